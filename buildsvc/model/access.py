"""Who may do what: four roles, each allowed what the lower ones are; and the auditor, who reads and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

EVERYWHERE = "*"
"""Stands for every application where roles are listed by application."""
AUDITOR = "auditor"


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
class Grants:
    """What somebody may: a role in every application, roles in some, and whether he is an auditor."""

    everywhere: Role | None = None
    applications: Mapping[str, Role] = field(default_factory=dict)
    auditor: bool = False

    @property
    def highest(self) -> Role | None:
        """The highest role that is held anywhere."""
        return _highest(self.everywhere, *self.applications.values())

    def role_in(self, application: str) -> Role | None:
        """Return the role in one application; None where nothing of it may even be seen."""
        return _highest(self.everywhere, self.applications.get(application))

    def where(self, needed: Role) -> tuple[str, ...] | None:
        """List the applications in which `needed` is held; None stands for every one."""
        if self.everywhere is not None and self.everywhere.allows(needed):
            return None
        return tuple(sorted(name for name in self.applications if self.holds(needed, name)))

    def holds(self, needed: Role, application: str) -> bool:
        """Whether this application may be dealt with as `needed`."""
        role = self.role_in(application)
        return role is not None and role.allows(needed)

    def at_most(self, role: Role, applications: tuple[str, ...] | None) -> Grants:
        """Give the same, no more than `role`, and in these applications only (None: in all)."""
        if applications is None:
            mine = {name: _lower(role, held) for name, held in self.applications.items()}
            everywhere = None if self.everywhere is None else _lower(role, self.everywhere)
            return Grants(everywhere, mine, self.auditor)
        held_in = {name: self.role_in(name) for name in applications}
        return Grants(None, {name: _lower(role, held) for name, held in held_in.items() if held is not None})

    def listed(self) -> dict[str, str]:
        """By application, with `*` for every one."""
        named = {name: str(role) for name, role in sorted(self.applications.items())}
        return named if self.everywhere is None else {EVERYWHERE: str(self.everywhere), **named}


@dataclass(frozen=True)
class Caller:
    """Who asks: a person, by a session or by a token of his own (`token` is its name), or a machine by its token.
    `person` is a person's id, None for a machine; `id` is that, or the id of a machine's token. `must` says what has to
    be done before anything else may be: `password`, `second-factor`.
    """

    name: str
    grants: Grants
    person: str | None = None
    token: str = ""
    must: tuple[str, ...] = ()
    id: str = ""

    @property
    def applications(self) -> tuple[str, ...] | None:
        """Return those that may be looked at; None stands for every one."""
        return self.grants.where(Role.VIEWER)

    @property
    def role(self) -> str:
        """What to call him in one word: the highest role."""
        return str(self.grants.highest or (AUDITOR if self.grants.auditor else "no role"))


@dataclass(frozen=True)
class TokenInfo:
    """What is known of a token; the token itself is kept by nobody. `applications` None means all of them. `person` is
    the id of whose own token it is: it may then never more than he may.
    """

    id: str
    name: str
    role: Role
    applications: tuple[str, ...] | None
    created: datetime
    actor: str = ""
    expires: datetime | None = None
    used: datetime | None = None
    person: str | None = None

    @property
    def grants(self) -> Grants:
        """What a machine's token may."""
        if self.applications is None:
            return Grants(self.role)
        return Grants(None, dict.fromkeys(self.applications, self.role))


@dataclass(frozen=True)
class BrowserSession:
    """A browser that is signed in by the token with the id `token`, or as the person with the id `person`. `ends` is
    when it ends whatever is done with it, `ended` when somebody ended it. `csrf` is what its changing requests repeat
    in a header.
    """

    id: str
    token: str
    csrf: str
    address: str
    created: datetime
    used: datetime
    ends: datetime
    ended: datetime | None = None
    person: str | None = None


def _highest(*roles: Role | None) -> Role | None:
    held = [role for role in roles if role is not None]
    return max(held, key=list(Role).index, default=None)


def _lower(first: Role, second: Role) -> Role:
    return min(first, second, key=list(Role).index)
