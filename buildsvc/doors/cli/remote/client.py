"""The service as its clients see it: one method a route."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from buildsvc.doors.cli.remote.adding_calls import AddingCalls
from buildsvc.doors.cli.remote.adoption_calls import AdoptionCalls
from buildsvc.doors.cli.remote.approval_calls import ApprovalCalls
from buildsvc.doors.cli.remote.asking import UPLOADED, Progress, Sent, ServiceError, as_tar, part
from buildsvc.doors.cli.remote.data_calls import DataCalls
from buildsvc.doors.cli.remote.form import Form
from buildsvc.doors.cli.remote.listening import StreamMessage
from buildsvc.doors.cli.remote.parted import LEAST, PartedCalls
from buildsvc.doors.cli.remote.person_calls import PersonCalls
from buildsvc.doors.cli.remote.policy_calls import PolicyCalls
from buildsvc.doors.cli.remote.record_calls import RecordCalls
from buildsvc.doors.cli.remote.version_calls import VersionCalls
from buildsvc.model.api import SIGNING_HEADERS, Accepted, ApplicationView, ApplyPlan, ReleaseView
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Recorded
from buildsvc.model.people_views import CreatedToken, TokenView

__all__ = ["Client", "Progress", "ServiceError"]


class Client(
    AddingCalls,
    AdoptionCalls,
    VersionCalls,
    DataCalls,
    PolicyCalls,
    ApprovalCalls,
    PersonCalls,
    RecordCalls,
    PartedCalls,
):
    """Speaks to one service. Raises Unreachable, Denied, NotFound, Conflict, Refused or ServiceError."""

    def push(
        self,
        path: Path | None,
        *,
        application: str | None,
        component: str | None,
        force: bool,
        progress: Progress,
        libraries: Path | None = None,
        anyway: bool = False,
        accept_gap: bool = False,
    ) -> Accepted:
        """Upload a jar, the libraries of a thin jar, or both. `progress` gets bytes sent and the size of all."""
        query: dict[str, str | None] = {"application": application, "component": component}
        wishes = {"force": force, "anyway": anyway, "accept_gap": accept_gap}
        query |= {name: "true" for name, said in wishes.items() if said}
        if path is not None and libraries is None:
            size = path.stat().st_size
            accepted = self.push_parts(path, query, progress) if size >= LEAST else None
            if accepted is not None:
                return accepted
            query["filename"] = path.name
            with path.open("rb") as stream:
                return self.send("POST", "artifacts", query, Sent(stream, size, progress))
        files = {"artifact": path, "libraries": libraries}
        with Form({field: file for field, file in files.items() if file is not None}) as form:
            return self.send("POST", "artifacts", query, Sent(form, form.size, progress, form.kind))

    def plan(self, stream: IO[bytes], filename: str, progress: Progress) -> ApplyPlan:
        """Ask what applying `stream` would do."""
        query = {"file": filename, "plan": "true"}
        body = as_tar(stream, progress)
        headers = {"Content-Type": body.kind}
        answer = self.call("PUT", "applications", params=query, body=body, headers=headers, wait=UPLOADED)
        return self.decode(ApplyPlan, answer)

    def apply(self, stream: IO[bytes], filename: str, progress: Progress, *, remove_orphans: bool = False) -> Accepted:
        """Install or update an application from `stream`, the tar of a Compose file and what it names; it can seek."""
        query = {"file": filename, "remove_orphans": "true" if remove_orphans else None}
        return self.send("PUT", "applications", query, as_tar(stream, progress))

    def deployments(self, application: str | None, component: str | None, limit: int) -> list[Deployment]:
        query = {"application": application, "component": component, "limit": str(limit)}
        return self.get(list[Deployment], "deployments", query)

    def deployment(self, identifier: str) -> Deployment:
        return self.get(Deployment, f"deployments/{part(identifier)}")

    def cancel(self, identifier: str) -> Deployment:
        return self.decode(Deployment, self.call("POST", f"deployments/{part(identifier)}/cancel"))

    def events(self, identifier: str) -> list[Recorded]:
        """Return all events that a deployment has so far."""
        return self.get(list[Recorded], f"deployments/{part(identifier)}/events")

    def event_stream(self, identifier: str, last: int) -> Iterator[StreamMessage]:
        """One connection's worth of a deployment's events behind number `last`."""
        return self.stream(f"deployments/{part(identifier)}/events", {}, last)

    def applications(self) -> list[ApplicationView]:
        return self.get(list[ApplicationView], "applications")

    def application(self, name: str) -> ApplicationView:
        return self.get(ApplicationView, f"applications/{part(name)}")

    def remove(self, name: str) -> Accepted:
        return self.decode(Accepted, self.call("DELETE", f"applications/{part(name)}"))

    def releases(self, application: str, component: str) -> list[ReleaseView]:
        return self.get(list[ReleaseView], f"{_path(application, component)}/releases")

    def sbom(self, application: str, component: str, release: int) -> bytes:
        """Fetch the bill of materials of a release, as CycloneDX JSON."""
        path = f"{_path(application, component)}/releases/{release}/sbom"
        document = self.call("GET", path, headers={"Accept": "*/*"}).content()
        self.read(dict[str, Any], path, document)
        return document

    def report(self, deployment: str, kind: str) -> tuple[bytes, tuple[bytes, ...]]:
        """Fetch the page as text/html or text/plain, with its signature and the site's public key; neither comes from
        an older service.
        """
        answer = self.call("GET", f"deployments/{part(deployment)}/report", headers={"Accept": kind})
        told = [answer.header(name) for name in SIGNING_HEADERS]
        return answer.content(), tuple(b64decode(text) for text in told) if all(told) else ()

    def undo(self, application: str, component: str) -> Accepted:
        path = f"{_path(application, component)}/undo"
        return self.decode(Accepted, self.call("POST", path))

    def stop(self, application: str, component: str | None, seconds: float | None) -> Accepted:
        path = f"{_path(application, component)}/stop"
        return self.decode(Accepted, self.call("POST", path, json={"seconds": seconds}))

    def start(self, application: str, component: str | None) -> Accepted:
        return self.decode(Accepted, self.call("POST", f"{_path(application, component)}/start"))

    def restart(self, application: str, component: str, reason: str) -> Accepted:
        path = f"{_path(application, component)}/restart"
        return self.decode(Accepted, self.call("POST", path, json={"reason": reason}))

    def rollback(self, application: str, component: str, to: int | None, restored: tuple[str, ...] = ()) -> Accepted:
        path = f"{_path(application, component)}/rollback"
        asked = {"to": to, "restored": restored} if restored else {"to": to}
        return self.decode(Accepted, self.call("POST", path, json=asked))

    def logs(self, application: str, component: str, *, follow: bool, tail: int) -> Iterator[StreamMessage]:
        path = f"{_path(application, component)}/logs"
        return self.stream(path, {"follow": "true" if follow else "false", "tail": str(tail)}, None)

    def tokens(self) -> list[TokenView]:
        return self.get(list[TokenView], "tokens")

    def create_token(
        self, name: str, role: str, applications: tuple[str, ...] | None, expires: int | None = None
    ) -> CreatedToken:
        """Make a token; `applications` None means all of them; it ends `expires` seconds from now."""
        asked: dict[str, object] = {"name": name, "role": role, "applications": applications}
        if expires is not None:
            asked["expires"] = expires
        return self.decode(CreatedToken, self.call("POST", "tokens", json=asked))

    def revoke_token(self, name: str) -> None:
        self.call("DELETE", f"tokens/{part(name)}").close()


def _path(application: str, component: str | None) -> str:
    whole = f"applications/{part(application)}"
    return f"{whole}/components/{part(component)}" if component else whole
