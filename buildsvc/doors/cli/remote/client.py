"""The service as its clients see it: one method a route, answers as the shared models, problems as Failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar
from urllib.parse import quote

from buildpacks.errors import Conflict, Denied, Failure, NotFound, Refused, Unreachable
from buildpacks.sentences import catalogue
from buildsvc.doors.cli.decoding import NotDecoded, read_json, spell
from buildsvc.doors.cli.remote.exchange import HttpAnswer, Question, ServiceAddress, SizedBody
from buildsvc.doors.cli.remote.form import Form
from buildsvc.doors.cli.remote.listening import StreamMessage, messages
from buildsvc.model.api import Accepted, ApplicationView, CreatedToken, Problem, ReleaseView, SessionView, TokenView
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Recorded
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


class Client:
    """Speaks to one service. Raises Unreachable, Denied, NotFound, Conflict, Refused or ServiceError."""

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
        return self._get(SessionView, "session")

    def push(
        self,
        path: Path | None,
        *,
        application: str | None,
        component: str | None,
        force: bool,
        progress: Progress,
        libraries: Path | None = None,
    ) -> Accepted:
        """Upload a jar, the libraries of a thin jar, or both. `progress` gets bytes sent and the size of all."""
        query: dict[str, str | None] = {"application": application, "component": component}
        if force:
            query["force"] = "true"
        if path is not None and libraries is None:
            query["filename"] = path.name
            with path.open("rb") as stream:
                return self._send("POST", "artifacts", query, _Body(stream, path.stat().st_size, progress))
        files = {"artifact": path, "libraries": libraries}
        with Form({field: file for field, file in files.items() if file is not None}) as form:
            return self._send("POST", "artifacts", query, _Body(form, form.size, progress, form.kind))

    def apply(self, stream: IO[bytes], filename: str, progress: Progress) -> Accepted:
        """Install or update an application from `stream`, the tar of a Compose file and what it names; it can seek."""
        size = stream.seek(0, 2)
        stream.seek(0)
        query = {"file": filename}
        return self._send("PUT", "applications", query, _Body(stream, size, progress, "application/x-tar"))

    def deployments(self, application: str | None, component: str | None, limit: int) -> list[Deployment]:
        query = {"application": application, "component": component, "limit": str(limit)}
        return self._get(list[Deployment], "deployments", query)

    def deployment(self, identifier: str) -> Deployment:
        return self._get(Deployment, f"deployments/{_part(identifier)}")

    def cancel(self, identifier: str) -> Deployment:
        return self._decode(Deployment, self._call("POST", f"deployments/{_part(identifier)}/cancel"))

    def events(self, identifier: str) -> list[Recorded]:
        """All events that a deployment has so far."""
        return self._get(list[Recorded], f"deployments/{_part(identifier)}/events")

    def event_stream(self, identifier: str, last: int) -> Iterator[StreamMessage]:
        """One connection's worth of a deployment's events behind number `last`."""
        return self._stream(f"deployments/{_part(identifier)}/events", {}, last)

    def applications(self) -> list[ApplicationView]:
        return self._get(list[ApplicationView], "applications")

    def application(self, name: str) -> ApplicationView:
        return self._get(ApplicationView, f"applications/{_part(name)}")

    def remove(self, name: str) -> Accepted:
        return self._decode(Accepted, self._call("DELETE", f"applications/{_part(name)}"))

    def releases(self, application: str, component: str) -> list[ReleaseView]:
        return self._get(list[ReleaseView], f"applications/{_part(application)}/components/{_part(component)}/releases")

    def sbom(self, application: str, component: str, release: int) -> bytes:
        """The bill of materials of a release, as CycloneDX JSON."""
        path = f"applications/{_part(application)}/components/{_part(component)}/releases/{release}/sbom"
        document = self._call("GET", path, headers={"Accept": "*/*"}).content()
        self._read(dict[str, Any], path, document)
        return document

    def rollback(self, application: str, component: str, to: int | None) -> Accepted:
        path = f"applications/{_part(application)}/components/{_part(component)}/rollback"
        return self._decode(Accepted, self._call("POST", path, json={"to": to}))

    def logs(self, application: str, component: str, *, follow: bool, tail: int) -> Iterator[StreamMessage]:
        path = f"applications/{_part(application)}/components/{_part(component)}/logs"
        return self._stream(path, {"follow": "true" if follow else "false", "tail": str(tail)}, None)

    def tokens(self) -> list[TokenView]:
        return self._get(list[TokenView], "tokens")

    def create_token(self, name: str, role: str, applications: tuple[str, ...] | None) -> CreatedToken:
        """Make a token; `applications` None means all of them."""
        asked = {"name": name, "role": role, "applications": applications}
        return self._decode(CreatedToken, self._call("POST", "tokens", json=asked))

    def revoke_token(self, name: str) -> None:
        self._call("DELETE", f"tokens/{_part(name)}").close()

    def _get(self, shape: type[T], path: str, params: Mapping[str, str | None] | None = None) -> T:
        return self._decode(shape, self._call("GET", path, params=params or {}))

    def _send(self, method: str, path: str, query: Mapping[str, str | None], body: _Body) -> Accepted:
        headers = {"Content-Type": body.kind}
        try:
            answer = self._call(method, path, params=query, body=body, headers=headers, wait=UPLOADED)
        except Unreachable:
            # A service that refuses early closes the connection under the upload; a short question tells why.
            self.whoami()
            raise
        return self._decode(Accepted, answer)

    def _stream(self, path: str, params: dict[str, str], last: int | None) -> Iterator[StreamMessage]:
        headers = {"Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        answer = self._call("GET", path, params=params, headers=headers, wait=QUIET)
        try:
            yield from messages(answer)
        finally:
            answer.close()

    def _call(
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

    def _decode(self, shape: type[T], answer: HttpAnswer) -> T:
        return self._read(shape, answer.url, answer.content())

    def _read(self, shape: type[T], url: str, content: bytes) -> T:
        try:
            return read_json(shape, content)
        except NotDecoded as error:
            raise ServiceError("not-buildsvc.answer", url=url, error=error) from error


class _Body:
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


def _part(name: str) -> str:
    return quote(name, safe="")


def _failure(url: str, answer: HttpAnswer) -> Failure:
    """Make the Failure that a problem document stands for; the status decides its class."""
    status = answer.status
    try:
        problem = read_json(Problem, answer.content())
    except NotDecoded:
        return ServiceError("not-buildsvc.status", url=url, status=status)
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
