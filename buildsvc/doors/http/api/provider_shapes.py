"""What the routes of signing in by an identity provider take and answer with."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel

from buildsvc.doors.http.api.shapes import Name
from buildsvc.doors.http.problems import Asked
from buildsvc.model import people_views
from buildsvc.model.api import Problem

_MOST_DAYS = 366
_Sent = Annotated[str, Field(max_length=4096)]


class BeginBody(Asked):
    """`to`: the page of this site to come back to, as a path."""

    to: Annotated[str, Field(max_length=1024)] = "/"


class CameBackQuery(BaseModel):
    """What a provider sends a browser back with; it may say more (RFC 6749, 4.1.2)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    state: _Sent = Field(default="", description="What this service sent it there with.")
    code: _Sent | None = Field(default=None, description="The code that stands for the agreement.")
    iss: _Sent | None = Field(default=None, description="Who answers (RFC 9207).")
    error: _Sent | None = Field(default=None, description="Why there is no code.")
    error_description: _Sent | None = Field(default=None, description="The same for people.")


class DeviceBody(Asked):
    """`code` is what beginning answered; `issue` names the token of one's own to be made, good for so many days."""

    code: _Sent
    issue: Name
    days: int = Field(default=90, ge=1, le=_MOST_DAYS)


class ProviderAnswer(BaseModel):
    """`name` is empty where the site has no provider; `problem`: why the last sign-in of this browser failed."""

    name: str
    problem: Problem | None = None


class AddressAnswer(BaseModel):
    address: str


class DeviceAnswer(RootModel[people_views.DeviceSignIn]):
    pass


class DeviceTokenAnswer(RootModel[people_views.DeviceToken]):
    pass
