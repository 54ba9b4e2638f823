"""Who may do what: four roles, each allowed what the lower ones are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """viewer < developer < operator < admin."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def allows(self, needed: Role) -> bool:
        """Whether somebody with this role may do what asks for `needed`."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True)
class TokenInfo:
    """What is known of a token; the token itself is kept by nobody. `applications` None means all of them."""

    id: str
    name: str
    role: Role
    applications: tuple[str, ...] | None
    created: datetime
    actor: str = ""
    expires: datetime | None = None
    used: datetime | None = None

    def reaches(self, application: str) -> bool:
        """Whether this token is for `application` at all."""
        return self.applications is None or application in self.applications


@dataclass(frozen=True)
class BrowserSession:
    """A browser that is signed in by the token with the id `token`. `ends` is when it ends whatever is done with it,
    `ended` when somebody ended it. `csrf` is what its changing requests repeat in a header.
    """

    id: str
    token: str
    csrf: str
    address: str
    created: datetime
    used: datetime
    ends: datetime
    ended: datetime | None = None
