"""One service asked over HTTP: its answers as the shared models, its problems as Failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import IO, Self, TypeVar
from urllib.parse import quote

from buildpacks.errors import Conflict, Denied, Failure, NotFound, Refused, Unreachable
from buildpacks.sentences import catalogue
from buildsvc.doors.cli.decoding import NotDecoded, read_json, spell
from buildsvc.doors.cli.remote.exchange import HttpAnswer, Question, ServiceAddress, SizedBody
from buildsvc.doors.cli.remote.listening import StreamMessage, messages
from buildsvc.doors.cli.remote.other_version import explained
from buildsvc.model.api import Accepted, Problem
from buildsvc.model.people_views import SessionView
from buildsvc.model.streams import Readable

Progress = Callable[[int, int], None]
T = TypeVar("T")

ANSWER = 60.0
"""Seconds until an ordinary answer must begin."""
UPLOADED = 600.0
"""Seconds that the service may take to judge an upload once the last byte is there."""
QUIET = 45.0
"""Seconds of silence after which an event stream counts as broken; the service sends a heartbeat more often."""


class ServiceError(Failure):
    """The service answered, but with an error of its own."""

    exit_status = 3


class Asking:
    """Asks one service. Raises Unreachable, Denied, NotFound, Conflict, Refused or ServiceError."""

    def __init__(
        self, url: str, token: str | None, language: str = catalogue.DEFAULT, *, fingerprint: str | None = None
    ) -> None:
        self._address = ServiceAddress(url, fingerprint)
        self.url = self._address.url
        self._headers = {"Accept": "application/json", "Accept-Language": language, "User-Agent": "buildsvc"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Each question closes its own connection."""

    def whoami(self) -> SessionView:
        return self.get(SessionView, "session")

    def get(self, shape: type[T], path: str, params: Mapping[str, str | None] | None = None) -> T:
        return self.decode(shape, self.call("GET", path, params=params or {}))

    def send(self, method: str, path: str, query: Mapping[str, str | None], body: Sent) -> Accepted:
        headers = {"Content-Type": body.kind}
        try:
            answer = self.call(method, path, params=query, body=body, headers=headers, wait=UPLOADED)
        except Unreachable:
            # A service that refuses early closes the connection under the upload; a short question tells why.
            self.whoami()
            raise
        return self.decode(Accepted, answer)

    def stream(self, path: str, params: dict[str, str], last: int | None) -> Iterator[StreamMessage]:
        headers = {"Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        answer = self.call("GET", path, params=params, headers=headers, wait=QUIET)
        try:
            yield from messages(answer)
        finally:
            answer.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | None] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        body: bytes | SizedBody | None = None,
        wait: float = ANSWER,
    ) -> HttpAnswer:
        sent = {**self._headers, **(headers or {})}
        if json is not None:
            body = spell(json).encode()
            sent["Content-Type"] = "application/json"
        answer = self._address.ask(Question(method, f"/api/{path}", params or {}, sent, wait, body))
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _failure(self.url, answer)
        return answer

    def decode(self, shape: type[T], answer: HttpAnswer) -> T:
        try:
            return self.read(shape, answer.url, answer.content())
        except ServiceError as error:
            raise explained(error, answer.version) from error

    def read(self, shape: type[T], url: str, content: bytes) -> T:
        try:
            return read_json(shape, content)
        except NotDecoded as error:
            raise ServiceError("not-buildsvc.answer", url=url, error=error) from error


class Sent:
    """A file on its way out that tells how far it is. It has a length, so that the service sees one too."""

    def __init__(self, stream: Readable, size: int, progress: Progress, kind: str = "application/octet-stream") -> None:
        self.kind = kind
        self._stream = stream
        self._size = size
        self._sent = 0
        self._progress = progress

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._sent += len(chunk)
        self._progress(self._sent, self._size)
        return chunk


def as_tar(stream: IO[bytes], progress: Progress) -> Sent:
    """Send a tar from its beginning, wherever `stream` stands; it can seek."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return Sent(stream, size, progress, "application/x-tar")


def part(name: str) -> str:
    return quote(name, safe="")


def _failure(url: str, answer: HttpAnswer) -> Failure:
    """Make the Failure that an answer stands for."""
    try:
        problem = read_json(Problem, answer.content())
    except NotDecoded:
        return ServiceError("not-buildsvc.status", url=url, status=answer.status)
    return explained(meant_by(problem, answer.status), answer.version)


def meant_by(problem: Problem, status: int) -> Failure:
    """Make the Failure that a problem is, by the status that it came or would have come with."""
    kinds: dict[int, type[Failure]] = {
        401: Denied,
        403: Denied,
        404: NotFound,
        409: Conflict,
        503: Unreachable,
        507: Refused,
    }
    kind = kinds.get(status, Refused if status < HTTPStatus.INTERNAL_SERVER_ERROR else ServiceError)
    failure = kind(problem.code, problem.detail, problem.hint)
    failure.variant, failure.values = problem.variant, problem.values
    return failure
