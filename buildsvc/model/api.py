"""What travels between the service and its clients, as JSON. The command line's client and the web API share these.

Plain dataclasses: a laptop reads them without loading pydantic, the service's door wraps them for OpenAPI.
Nouns that are public as they are (Deployment, Release, Recorded) travel as themselves; see `deployment`, `release`
and `events`. Routes, all below `/api` and all but sign-in behind a token:

    POST   artifacts?filename&application&component&force      -> 202 Accepted, or 200 when nothing is deployed
    GET    deployments?application&component&limit · GET deployments/{id}   -> [Deployment] · Deployment
    GET    deployments/{id}/events?after&until                 -> SSE of Told (id = number), or [Told] as JSON
    GET    deployments/{id}/report · POST deployments/{id}/cancel   -> a signed page, HTML or text · Deployment
    GET    site-key                                            -> SiteKeyView
    GET    deployments/{id}/approval · POST deployments/{id}/approval   -> ApprovalView · Deployment (body: {decision,
                                                                           live, reason})
    POST   deployments/{id}/early                              -> Deployment (body: {reason})
    PUT    applications?file&plan&remove_orphans               -> 202 Accepted (body: Compose YAML, or a tar of it), or
                                                                  200 ApplyPlan when only the plan is asked for
    GET    applications · GET applications/{app}               -> [ApplicationView] · ApplicationView
    DELETE applications/{app}                                  -> 202 Accepted
    GET    applications/{app}/components/{c}                   -> ComponentView
    GET    applications/{app}/components/{c}/releases          -> [ReleaseView]
    GET    applications/{app}/components/{c}/releases/{n}/sbom -> a CycloneDX document
    POST   applications/{app}/components/{c}/rollback          -> 202 Accepted (body: {to})
    POST   applications/{app}/components/{c}/undo              -> 202 Accepted
    POST   applications/{app}/stop · POST applications/{app}/start   -> 202 Accepted (body of stop: {seconds})
    POST   applications/{app}/components/{c}/stop · POST applications/{app}/components/{c}/start  -> the same
    GET    applications/{app}/components/{c}/logs?follow&tail  -> SSE of LogLine
    GET    versions?application · POST applications/{app}/versions   -> [VersionView] · 202 (body: {name, note})
    GET    applications/{app}/versions/{v} · …/difference?to   -> VersionView · [ChangeView]
    POST   applications/{app}/versions/{v}/export              -> 202 Accepted (body: {platforms, have})
    POST   applications/{app}/versions/{v}/outlook?cause       -> OutlookView (body: {name, secrets, answers})
    POST   applications/{app}/versions/{v}/bring?cause         -> 202 Accepted (body: {name, secrets, answers})
    GET    have · GET bundles/{digest} · POST bundles?pin      -> [digest] · the file · WantedView (body: app.json)
    PUT    bundles/{id}/blobs/{digest} · POST bundles/{id}/finish   -> 204 · VersionView
    GET    tokens · POST tokens · DELETE tokens/{name}         -> [TokenView] · CreatedToken · 204
    GET    policy · PUT policy                                 -> PolicyView · PolicyView (body: the same)
    POST   policy/rules · POST policy/check                    -> PolicyView (body: PolicyRule) · [PolicyDenial]
    GET    session · POST session · DELETE session             -> SessionView · SessionView · 204
    GET    session/oidc · POST session/oidc                    -> {name, problem} · {address} (body: {to})
    GET    session/oidc/callback?state&code                    -> 303 to the page
    POST   session/oidc/device                                 -> DeviceSignIn
    POST   session/oidc/device/token                           -> DeviceToken (body: {code, issue, days})
    POST   session/password · POST session/second-factor       -> 204 · SecondFactor
    POST   session/second-factor/confirm                       -> 204
    GET    session/tokens · POST session/tokens · DELETE session/tokens/{name}   -> [TokenView] · CreatedToken · 204
    GET    persons · POST persons · DELETE persons/{name}      -> [PersonView] · FirstPassword · 204
    POST   persons/{name}/role · POST persons/{name}/unlock    -> PersonView · PersonView
    POST   persons/{name}/password                             -> FirstPassword
    DELETE persons/{name}/second-factor                        -> 204
    GET    sessions · DELETE sessions/{id}                     -> [OpenSession] · 204
    GET    audit?limit&before · GET audit/verdict              -> [AuditView] · AuditVerdictView
    GET    room · GET webhooks                                 -> RoomView · [WebhookView]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from buildsvc.model.deployment import Deployment
from buildsvc.model.instance import Instance

SIGNING_HEADERS = ("X-Buildsvc-Signature", "X-Buildsvc-Key")
"""Of a report: what signs its bytes, and the public key (PEM) of the site; both in base64."""


@dataclass(frozen=True)
class SiteKeyView:
    """The public key (PEM) that a site's records are signed with, and its SHA-256 in hex, to be compared by telephone.
    `command` is how OpenSSL, from `age` on, checks a report with it.
    """

    key: str
    kind: str
    fingerprint: str
    command: str
    age: str


@dataclass(frozen=True)
class Problem:
    """An RFC 9457 problem document. `code` is stable; `hint` is the next step."""

    title: str
    status: int
    detail: str
    code: str
    hint: str = ""
    type: str = "about:blank"
    variant: str = ""
    """Which of the sentences of this code, where it has several."""
    values: dict[str, Any] | None = None
    """What the sentence names; None where it is not out of the catalogue."""


@dataclass(frozen=True)
class Accepted:
    """Answer to anything that starts a deployment. `deployment` is None when there was nothing to do."""

    application: str
    component: str
    deployment: Deployment | None
    message: str
    matched_by: str = ""
    artifact: str = ""
    already_live: int | None = None
    said: dict[str, Any] | None = None
    """The message as a sentence with its values; it is told in the reader's language."""
    matched_said: dict[str, Any] | None = None
    """The same of `matched_by`."""


@dataclass(frozen=True)
class ChangedComponent:
    """`keys` are those of the component that differ. `gap`: its container is made anew, and is away meanwhile."""

    name: str
    keys: tuple[str, ...]
    gap: bool


@dataclass(frozen=True)
class ApplyPlan:
    """What `apply` would do. `added`, `removed` and `same` are names of components; `new`: nothing of it runs yet."""

    application: str
    new: bool
    added: tuple[str, ...]
    changed: tuple[ChangedComponent, ...]
    removed: tuple[str, ...]
    same: tuple[str, ...]
    warnings: tuple[str, ...] = ()


ComponentState = Literal["waiting", "running", "starting", "unhealthy", "down", "stopped", "unknown"]


@dataclass(frozen=True)
class ComponentView:
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
    stopped_by: str | None = None
    """Who stopped it, where it is to stand still; `stopped_until` ends that, None is until somebody starts it."""
    stopped_until: datetime | None = None
    java: int | None = None
    """The Java release that it runs on."""
    needs: tuple[str, ...] = ()
    """Components of the same application that it depends on, by its file or by an address in its environment."""
    addresses: tuple[str, ...] = ()
    """Where it can be reached from outside: the bind address (0.0.0.0: every one) and the port."""
    undo_until: datetime | None = None
    """Until when the release before runs still, so that going back to it is a switch; None where it does not."""


@dataclass(frozen=True)
class ApplicationView:
    """`seen` is when the engine last said what runs, `age` that many seconds ago; `problem` says why it said nothing
    since. `engine_answers` is None where nobody has asked it lately.
    """

    name: str
    components: tuple[ComponentView, ...]
    seen: datetime | None
    age: float | None
    problem: str = ""
    deployment: Deployment | None = None
    """The newest deployment of the application as a whole (`apply`, `remove`)."""
    engine_answers: bool | None = None
    problem_said: dict[str, Any] | None = None
    """The problem's sentence and its values."""


@dataclass(frozen=True)
class ReleaseView:
    """One release, as the list shows it. `served` is False for one that never answered: its deployment failed. Nobody
    can go back to a `pruned` one.
    """

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
    pruned: bool = False


@dataclass(frozen=True)
class PolicyView:
    """The site policy: rules by key, for every application and for some."""

    site: dict[str, tuple[str, ...]]
    applications: dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True)
class PolicyDenial:
    """What the policy does not allow of a Compose file; `rule` is the command that admits it, empty where none does."""

    thing: str
    says: str
    rule: str


@dataclass(frozen=True)
class AuditView:
    """One entry of the audit log; `hash` chains it to the one before it."""

    number: int
    at: datetime
    actor: str
    action: str
    target: str
    address: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class AuditVerdictView:
    """Whether the audit log is as it was written. `number` and `hash` are its head: compare them with what a backup or
    a syslog holds. `sealed` is the number in the sealed file, None where there is none that can be opened.
    """

    number: int
    hash: str
    sealed: int | None
    faults: tuple[str, ...]
