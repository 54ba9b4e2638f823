"""What the routes about persons and sessions take, and what they answer with: pydantic, so that OpenAPI knows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel, model_validator

from buildpacks.errors import ToldError
from buildsvc.doors.http.api.shapes import Name
from buildsvc.doors.http.problems import Asked
from buildsvc.model import people_views
from buildsvc.model.access import EVERYWHERE

_MOST_DAYS = 366
Typed = Annotated[str, Field(max_length=4096)]
_RoleName = Literal["viewer", "developer", "operator", "admin"]


class OfPerson(Asked):
    person: Name = Field(description="The person's name.")


class OfOwnToken(Asked):
    name: Name = Field(description="The token's own name, without the person's.")


class BodyFault(ToldError, ValueError):
    """Parts of a body that do not go together."""


class SignInBody(Asked):
    """A token; or a name with its password, and a one-time code where there is one. `issue` is the name of a token of
    one's own to be made instead of a session, good for so many days.
    """

    token: Typed | None = None
    name: Annotated[str, Field(max_length=256)] | None = None
    password: Typed = ""
    code: Annotated[str, Field(max_length=32)] = ""
    issue: Name | None = None
    days: int = Field(default=90, ge=1, le=_MOST_DAYS)

    @model_validator(mode="after")
    def _either(self) -> SignInBody:
        if (self.token is None) == (self.name is None):
            raise BodyFault("body-fault.token-or-name")
        if self.token is not None and self.issue is not None:
            raise BodyFault("body-fault.own-token")
        return self


class PasswordBody(Asked):
    old: Typed
    new: Typed


class CodeBody(Asked):
    code: Annotated[str, Field(max_length=32)]


class OwnTokenBody(Asked):
    """Never more than its owner may; it ends by itself."""

    name: Name
    role: _RoleName = "admin"
    applications: tuple[Name, ...] | None = None
    days: int = Field(default=90, ge=1, le=_MOST_DAYS)


class PersonBody(Asked):
    """`roles` by application, `*` for every one."""

    name: Annotated[str, Field(max_length=256)]
    roles: dict[Name, _RoleName] = Field(default_factory=dict, description=f"By application; `{EVERYWHERE}` is all.")
    auditor: bool = False


class RoleBody(Asked):
    """`none` takes it back; without `application` it is about all of them, and about being an auditor."""

    role: Literal["viewer", "developer", "operator", "admin", "auditor", "none"]
    application: Name | None = None


class PersonAnswer(RootModel[people_views.PersonView]):
    pass


class PersonsAnswer(RootModel[tuple[people_views.PersonView, ...]]):
    pass


class FirstPasswordAnswer(RootModel[people_views.FirstPassword]):
    pass


class SecondFactorAnswer(RootModel[people_views.SecondFactor]):
    pass
