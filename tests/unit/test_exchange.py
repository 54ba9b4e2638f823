"""One question over HTTP as the laptop asks it: proxies, redirects, certificates, addresses, time-outs."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from buildpacks.errors import Refused, Unreachable
from buildsvc.doors.cli.remote.exchange import Question, ServiceAddress

ASK = Question("GET", "/api/x", {"a": "ä b", "none": None}, {"Accept": "*/*"}, 5.0)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def answering(*answers: bytes, wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain) -> Iterator[int]:
    """A server that gives each connection the next answer, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                plain, _ = server.accept()
                try:
                    with wrap(plain) as connection:
                        asked.append(connection.recv(65536))
                        connection.sendall(answer)
                except OSError:
                    plain.close()

        asked: list[bytes] = []
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering(OK) as port:
        assert ServiceAddress(f"http://127.0.0.1:{port}").ask(ASK).content() == b"ok"


def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with answering(moved) as port:
        answer = ServiceAddress(f"http://127.0.0.1:{port}/").ask(ASK)
        assert (answer.status, answer.content()) == (302, b"")


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://x:99999", "http://[::1", "http://a b/", "x:8420"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises((Refused, Unreachable)) as caught:
        ServiceAddress(url).ask(ASK)
    assert caught.value.code in {"bad-url", "service-unreachable"}
    assert caught.value.hint


def test_a_service_that_says_nothing_in_time_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = Question("GET", "/api/x", {}, {}, 0.1)
        with pytest.raises(Unreachable, match="no answer in time"):
            ServiceAddress(f"http://127.0.0.1:{silent.getsockname()[1]}").ask(asked)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_an_answer_that_breaks_off_is_unreachable(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(Unreachable):
        ServiceAddress(f"http://127.0.0.1:{port}").ask(ASK).content()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def wrap(plain: socket.socket) -> socket.socket:
        return context.wrap_socket(plain, server_side=True)

    with answering(OK, OK, wrap=wrap) as port:
        with pytest.raises(Unreachable, match="its certificate is not trusted"):
            ServiceAddress(f"https://127.0.0.1:{port}").ask(ASK)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert ServiceAddress(f"https://127.0.0.1:{port}").ask(ASK).content() == b"ok"
