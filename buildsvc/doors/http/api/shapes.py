"""What the routes take from path and query, and the lists they answer with: pydantic, so that OpenAPI knows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel, model_validator

from buildsvc.doors.http.api.told import Told
from buildsvc.doors.http.problems import Asked
from buildsvc.model import api
from buildsvc.model.deployment import Deployment

LARGEST = 2**63 - 1
"""The largest number that the ledger holds."""
Name = Annotated[str, Field(min_length=1, max_length=128)]


class OfApplication(Asked):
    application: Name


class OfComponent(OfApplication):
    component: Name


class OfRelease(OfComponent):
    number: int = Field(ge=1)


class OfDeployment(Asked):
    deployment: Name


class OfToken(Asked):
    name: Name


class UploadQuery(Asked):
    """`application` and `component` may also be form fields in front of the file."""

    filename: str | None = None
    application: Name | None = None
    component: Name | None = None
    force: bool = False


class DeploymentsQuery(Asked):
    application: Name | None = None
    component: str | None = None
    limit: int = Field(default=50, ge=1, le=500)


class EventsQuery(Asked):
    """`after`: only events with a higher number. `until=live`: end as soon as the new release serves."""

    after: int | None = Field(default=None, ge=0, le=LARGEST)
    until: Literal["end", "live"] = "end"


class ApplyQuery(Asked):
    """`file` is the Compose file's path inside the tar."""

    file: str | None = None


class LogsQuery(Asked):
    follow: bool = False
    tail: int = Field(default=200, ge=0, le=10_000)


class RollbackBody(Asked):
    """`to` None, and an empty body, mean the release that was live before."""

    to: int | None = Field(default=None, ge=0, le=LARGEST)

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        return {} if value is None else value


class SessionBody(Asked):
    token: str


class TokenBody(Asked):
    name: Name
    role: Literal["viewer", "developer", "operator", "admin"]
    applications: tuple[str, ...] | None = None


class DeploymentAnswer(RootModel[Deployment]):
    pass


class DeploymentsAnswer(RootModel[tuple[Deployment, ...]]):
    pass


class EventsAnswer(RootModel[tuple[Told, ...]]):
    pass


class ApplicationsAnswer(RootModel[tuple[api.ApplicationView, ...]]):
    pass


class ReleasesAnswer(RootModel[tuple[api.ReleaseView, ...]]):
    pass


class TokensAnswer(RootModel[tuple[api.TokenView, ...]]):
    pass


class AcceptedAnswer(RootModel[api.Accepted]):
    pass


class ApplicationAnswer(RootModel[api.ApplicationView]):
    pass


class ComponentAnswer(RootModel[api.ComponentView]):
    pass


class CreatedTokenAnswer(RootModel[api.CreatedToken]):
    pass


class SessionAnswer(RootModel[api.SessionView]):
    pass


class ServiceAnswer(BaseModel):
    """Which version of buildsvc answers, and the path of its OpenAPI document."""

    version: str
    document: str
