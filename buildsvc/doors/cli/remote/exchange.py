"""One question and its answer over HTTP, by the standard library: what a laptop needs, loaded in milliseconds.

Bodies are sent as they are read. Proxies of the environment are not asked: one set for the internet must not swallow
the intranet. Redirects are not followed. Certificates are checked against the system's, or against a fingerprint.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import SplitResult, urlencode, urlsplit

from buildpacks.errors import Refused, Unreachable
from buildpacks.sentences.values import foreign, sentence
from buildsvc.doors.cli.remote.pinning import PinnedConnection

CONNECT = 5.0
"""Seconds until a connection must stand."""
VERSION_HEADER = "X-Buildsvc-Version"
"""What a service says of itself to whoever may ask."""
BLOCK = 256 * 1024
"""Bytes read and sent at a time: many small ones double the processor time of an upload."""


class SizedBody(Protocol):
    """What is sent: bytes of a known number, read once."""

    def __len__(self) -> int: ...
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Question:
    """`path` begins behind the service's address. `wait` in seconds, for the answer's beginning and each next part."""

    method: str
    path: str
    params: Mapping[str, str | None]
    headers: Mapping[str, str]
    wait: float
    body: bytes | SizedBody | None = None


class HttpAnswer:
    """What came: the status at once, the content when it is read. Close it where it is not read to its end."""

    def __init__(self, url: str, response: http.client.HTTPResponse, connection: http.client.HTTPConnection) -> None:
        self.url = url
        self.status = response.status
        self.version = response.getheader(VERSION_HEADER)
        self._response = response
        self._connection = connection

    def header(self, name: str) -> str:
        """Return a header; "" where it is not there."""
        return self._response.getheader(name) or ""

    def content(self) -> bytes:
        """Return all of it. Raises Unreachable when the connection breaks."""
        try:
            return self._response.read()
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(self.url, error) from error
        finally:
            self.close()

    def some(self) -> bytes:
        """Return what has arrived, waiting for the first of it; empty at the end. Raises OSError or HTTPException."""
        return self._response.read1(65536)

    def close(self) -> None:
        self._response.close()
        self._connection.close()


class ServiceAddress:
    """Where a service is, and the fingerprint of its certificate where that is pinned. Raises Refused `bad-url`."""

    def __init__(self, url: str, fingerprint: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._fingerprint = fingerprint
        try:
            self._parts: SplitResult = urlsplit(self.url)
            self._port = self._parts.port
        except ValueError as error:
            raise self._bad() from error
        host = self._parts.hostname or ""
        if self._parts.scheme not in {"http", "https"} or not host or not host.isprintable() or " " in host:
            raise self._bad()

    def ask(self, question: Question) -> HttpAnswer:
        """Send the question and wait for the beginning of the answer. Raises Unreachable, and Refused `bad-url`."""
        connection = self._connection()
        try:
            connection.connect()
            connection.sock.settimeout(question.wait)
            response = _exchange(connection, self._target(question), question)
        except (http.client.InvalidURL, UnicodeError) as error:
            connection.close()
            raise self._bad() from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise unreachable(self.url, error) from error
        except BaseException:
            connection.close()
            raise
        return HttpAnswer(f"{self.url}{question.path}", response, connection)

    def _connection(self) -> http.client.HTTPConnection:
        host = self._parts.hostname or ""
        if self._parts.scheme == "https" and self._fingerprint:
            return PinnedConnection(host, self._port, self._fingerprint, timeout=CONNECT, blocksize=BLOCK)
        if self._parts.scheme == "https":
            checked = ssl.create_default_context()
            return http.client.HTTPSConnection(host, self._port, timeout=CONNECT, context=checked, blocksize=BLOCK)
        return http.client.HTTPConnection(host, self._port, timeout=CONNECT, blocksize=BLOCK)

    def _target(self, question: Question) -> str:
        given = {name: text for name, text in question.params.items() if text is not None}
        return self._parts.path + question.path + (f"?{urlencode(given)}" if given else "")

    def _bad(self) -> Refused:
        return Refused("bad-url", url=self.url)


def _exchange(connection: http.client.HTTPConnection, target: str, question: Question) -> http.client.HTTPResponse:
    headers = dict(question.headers)
    if question.body is not None:
        headers["Content-Length"] = str(len(question.body))
    try:
        connection.request(question.method, target, question.body, headers)
    except (BrokenPipeError, ConnectionResetError):
        # A service that refuses early closes the connection under the upload; its answer may lie here already.
        return _early_answer(connection)
    return connection.getresponse()


def _early_answer(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(connection.sock)
    response.begin()
    return response


def unreachable(url: str, error: Exception) -> Unreachable:
    """Return the failure that a broken connection stands for."""
    return Unreachable("service-unreachable", url=url, why=_why(error))


def _why(error: Exception) -> dict[str, Any]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return sentence("unreachable.certificate", text=error.verify_message)
    if isinstance(error, TimeoutError):
        return sentence("system.late")
    if isinstance(error, socket.gaierror):
        return sentence("unreachable.no-host")
    return foreign(error, path=False) if isinstance(error, OSError) else foreign(type(error).__name__)
