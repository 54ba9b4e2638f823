"""What travels between the service and its clients, as JSON. The command line's client and the web API share these.

Nouns that are public as they are (Deployment, Release, Recorded) travel as themselves; see `deployment`, `release`
and `events`. Routes, all below `/api` and all but sign-in behind a token:

    POST   artifacts?filename&application&component&force      -> 202 Accepted, or 200 when nothing is deployed
    GET    deployments?application&component&limit             -> [Deployment]
    GET    deployments/{id}                                    -> Deployment
    GET    deployments/{id}/events?after&until                 -> SSE of Told (id = number), or [Told] as JSON
    POST   deployments/{id}/cancel                             -> Deployment
    PUT    applications?file                                   -> 202 Accepted (body: Compose YAML, or a tar of it)
    GET    applications                                        -> [ApplicationView]
    GET    applications/{app}                                  -> ApplicationView
    DELETE applications/{app}                                  -> 202 Accepted
    GET    applications/{app}/components/{c}                   -> ComponentView
    GET    applications/{app}/components/{c}/releases          -> [ReleaseView]
    GET    applications/{app}/components/{c}/releases/{n}/sbom -> a CycloneDX document
    POST   applications/{app}/components/{c}/rollback          -> 202 Accepted (body: RollbackRequest)
    GET    applications/{app}/components/{c}/logs?follow&tail  -> SSE of LogLine
    GET    tokens · POST tokens · DELETE tokens/{name}         -> [TokenView] · CreatedToken · 204
    GET    session · POST session · DELETE session             -> SessionView · SessionView · 204
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Event
from buildsvc.model.instance import Instance


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(BaseModel):
    """An RFC 9457 problem document. `code` is stable; `hint` is the next step."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""


class Accepted(Wire):
    """Answer to anything that starts a deployment. `deployment` is None when there was nothing to do."""

    application: str
    component: str
    deployment: Deployment | None
    message: str
    matched_by: str = ""
    artifact: str = ""
    already_live: int | None = None


ComponentState = Literal["waiting", "running", "starting", "unhealthy", "down", "unknown"]


class ComponentView(Wire):
    """One component as it is now. `release`, `filename` and `since` are None for image components and waiting ones."""

    name: str
    kind: Literal["jar", "image"]
    state: ComponentState
    image: str
    release: int | None = None
    filename: str | None = None
    version: str | None = None
    since: datetime | None = None
    ports: tuple[str, ...] = ()
    deployment: Deployment | None = None
    """The newest deployment of this component, ended or not."""
    instances: tuple[Instance, ...] = ()


class ApplicationView(Wire):
    """`seen` is when the observer last looked, `age` that many seconds ago; `problem` says why it could not."""

    name: str
    components: tuple[ComponentView, ...]
    seen: datetime | None
    age: float | None
    problem: str = ""
    deployment: Deployment | None = None
    """The newest deployment of the application as a whole (`apply`, `remove`)."""


class ReleaseView(Wire):
    """One release, as the list shows it. `served` is False for one that never answered: its deployment failed."""

    number: int
    live: bool
    served: bool
    artifact: str
    filename: str
    version: str | None
    java: int
    base: str
    image: str
    created: datetime


class Told(Wire):
    """A Recorded with its words. `stage` is the step reached with it; `number` is 0 where the event is passing."""

    number: int
    at: datetime
    event: Event
    text: str
    stage: str | None = None


class RollbackRequest(Wire):
    """`to` None means the release that was live before."""

    to: int | None = None


class TokenView(Wire):
    name: str
    role: str
    applications: tuple[str, ...] | None
    created: datetime
    last_used: datetime | None = None


class TokenRequest(Wire):
    name: str
    role: Literal["viewer", "developer", "operator", "admin"]
    applications: tuple[str, ...] | None = None


class CreatedToken(Wire):
    """The only time that the token itself is shown."""

    token: str
    view: TokenView


class SessionRequest(Wire):
    token: str


class SessionView(Wire):
    """Who is signed in; `csrf` goes into the header `X-CSRF-Token` of every changing request of a browser."""

    name: str
    role: str
    csrf: str = ""
