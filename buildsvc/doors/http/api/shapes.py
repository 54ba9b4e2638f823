"""What the routes take from path and query, and the lists they answer with: pydantic, so that OpenAPI knows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from flask_openapi3.models.media_type import MediaType
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from buildsvc.doors.http.api.told import Told
from buildsvc.doors.http.problems import Asked
from buildsvc.model import api, people_views, version_views
from buildsvc.model.deployment import Deployment

EVENT_STREAM = "text/event-stream"
STREAMED = MediaType()
"""How the document tells a stream of events."""
BINARY = {"schema": {"type": "string", "format": "binary"}}
"""How the document tells bytes."""
LARGEST = 2**63 - 1
"""The largest number that the ledger holds."""
_MOST_SECONDS = 10 * 366 * 24 * 3600
Name = Annotated[str, Field(min_length=1, max_length=128)]


class OfApplication(Asked):
    application: Name = Field(description="The application's name.")


class OfComponent(OfApplication):
    component: Name = Field(description="The component's name.")


class OfRelease(OfComponent):
    number: int = Field(ge=1, description="The release's number within its component.")


class OfVersion(OfApplication):
    version: Name = Field(description="The version's name or number.")


class VersionsQuery(Asked):
    application: Name | None = Field(default=None, description="Only those of this application.")


class ToQuery(Asked):
    """`to`: another version by name or number, or `live`."""

    to: Name = Field(default="live", description="Another version by name or number, or `live`.")


class CauseQuery(Asked):
    cause: Literal["install", "upgrade", "rollback"] = Field(description="What it is for.")


class VersionBody(Asked):
    name: str | None = None
    note: str = ""


class ExportBody(Asked):
    """`platforms` empty means those that it was made for; `have` are digests that the target has already."""

    platforms: tuple[str, ...] = ()
    have: tuple[str, ...] = ()


class ChangeBody(Asked):
    """`name` is that of the application here, None for the version's own; secrets, site values by name, answers by
    place. `without_backup` names components whose data need not be written out first, `restored` those of which steps
    may be gone back behind that cannot be undone.
    """

    name: Name | None = None
    secrets: dict[str, str] = Field(default_factory=dict)
    answers: dict[str, Literal["site", "version"]] = Field(default_factory=dict)
    values: dict[str, str] = Field(default_factory=dict)
    without_backup: tuple[Name, ...] = ()
    restored: tuple[Name, ...] = ()


class OfDeployment(Asked):
    deployment: Name = Field(description="The deployment's id.")


class OfSession(Asked):
    session: Name = Field(description="The session's id.")


class AuditQuery(Asked):
    limit: int = Field(default=100, ge=1, le=10_000, description="How many at most, newest first.")
    before: int | None = Field(default=None, ge=1, le=LARGEST, description="Only entries with a lower number.")


class OfToken(Asked):
    name: Name = Field(description="The token's name.")


class UploadWishes(Asked):
    """Whose a file is, and what is to be done although something speaks against it."""

    application: Name | None = Field(
        default=None, description="The application it is for; otherwise the jar says whose it is."
    )
    component: Name | None = Field(default=None, description="The component to replace; otherwise found from the jar.")
    force: bool = Field(default=False, description="Deploy even when these very bytes are live already.")
    anyway: bool = Field(default=False, description="Deploy even where it says that it is another component's.")
    accept_gap: bool = Field(
        default=False, description="Agree to the interruption of an adopted component's first push."
    )


class UploadQuery(UploadWishes):
    """`application` and `component` may also be form fields in front of the file."""

    filename: str | None = Field(default=None, description="What the file is called; needed when the body is the file.")
    held: Name | None = Field(
        default=None, description="Instead of a file: one that came before, by the `held` of the question about it."
    )


class EventsQuery(Asked):
    """`after`: only events with a higher number. `until=live`: end as soon as the new release serves."""

    after: int | None = Field(default=None, ge=0, le=LARGEST, description="Only events with a higher number.")
    until: Literal["end", "live"] = Field(
        default="end", description="Where the stream ends: `live` as soon as the new release serves."
    )


class PlanQuery(Asked):
    """`plan` changes nothing."""

    plan: bool = Field(default=False, description="Only tell what would be done.")


class ApplyQuery(PlanQuery):
    """`file` is the Compose file's path inside the tar."""

    file: str | None = Field(default=None, description="The Compose file's path inside the tar.")
    remove_orphans: bool = Field(default=False, description="Take away components that the file does not name.")


class LogsQuery(Asked):
    follow: bool = Field(default=False, description="Go on as lines are written.")
    tail: int = Field(default=200, ge=0, le=10_000, description="How many earlier lines come first.")


class MayBeEmpty(Asked):
    """A body that may be left out."""

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        return {} if value is None else value


class RollbackBody(MayBeEmpty):
    """`to` None, and an empty body, mean the release that was live before. `reason` goes to the audit log. `restored`
    names the component where it goes back behind a step of the data that cannot be undone.
    """

    to: int | None = Field(default=None, ge=0, le=LARGEST)
    restored: tuple[Name, ...] = ()
    reason: str = Field(default="", max_length=500)


class StopBody(MayBeEmpty):
    """`seconds` None, and an empty body, mean until somebody starts it."""

    seconds: float | None = Field(default=None, gt=0, le=366 * 86400)


class RestartBody(MayBeEmpty):
    """`reason` goes to the audit log."""

    reason: str = Field(default="", max_length=500)


class TokenBody(Asked):
    name: Name
    role: Literal["viewer", "developer", "operator", "admin"]
    applications: tuple[str, ...] | None = None
    expires: int | None = Field(default=None, ge=1, le=_MOST_SECONDS, description="Seconds until it ends by itself.")


class PolicyBody(Asked):
    """The whole policy: tables of rules by key."""

    site: dict[str, list[str]] = Field(default_factory=dict, description="What holds for every application.")
    applications: dict[Name, dict[str, list[str]]] = Field(
        default_factory=dict, description="What is added for the application of this name."
    )


class PolicyRuleBody(Asked):
    """One rule to add (`allow`) or to take back."""

    key: str = Field(description="Which kind of rule: binds, ports, capabilities and so on.")
    value: str = Field(max_length=4096, description="What is allowed.")
    application: Name | None = Field(default=None, description="For this application only.")
    allow: bool = Field(default=True, description="false takes the rule back.")


class DeploymentAnswer(RootModel[Deployment]):
    pass


class EventsAnswer(RootModel[tuple[Told, ...]]):
    """As a list, or one after the other as a stream."""

    model_config = cast("ConfigDict", {"openapi_extra": {"content": {EVENT_STREAM: STREAMED}}})


class ApplicationsAnswer(RootModel[tuple[api.ApplicationView, ...]]):
    pass


class ReleasesAnswer(RootModel[tuple[api.ReleaseView, ...]]):
    pass


class TokensAnswer(RootModel[tuple[people_views.TokenView, ...]]):
    pass


class AcceptedAnswer(RootModel[api.Accepted]):
    pass


class ApplyPlanAnswer(RootModel[api.ApplyPlan]):
    pass


class ApplicationAnswer(RootModel[api.ApplicationView]):
    pass


class ComponentAnswer(RootModel[api.ComponentView]):
    pass


class CreatedTokenAnswer(RootModel[people_views.CreatedToken]):
    pass


class PolicyAnswer(RootModel[api.PolicyView]):
    pass


class PolicyDenialsAnswer(RootModel[tuple[api.PolicyDenial, ...]]):
    pass


class SessionsAnswer(RootModel[tuple[people_views.OpenSession, ...]]):
    pass


class AuditAnswer(RootModel[tuple[api.AuditView, ...]]):
    pass


class AuditVerdictAnswer(RootModel[api.AuditVerdictView]):
    pass


class SessionAnswer(RootModel[people_views.SessionView]):
    pass


class AboutAnswer(BaseModel):
    """Which version of buildsvc answers, and the path of its OpenAPI document."""

    version: str
    document: str


class VersionAnswer(RootModel[version_views.VersionView]):
    pass


class VersionsAnswer(RootModel[tuple[version_views.VersionView, ...]]):
    pass


class Changes(RootModel[tuple[version_views.ChangeView, ...]]):
    pass


class OutlookAnswer(RootModel[version_views.OutlookView]):
    pass


class Digests(RootModel[tuple[str, ...]]):
    pass
