"""Who is here, as it travels between the service and its clients as JSON: persons, tokens, sessions. See `api`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class TokenView:
    name: str
    role: str
    applications: tuple[str, ...] | None
    created: datetime
    last_used: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True)
class CreatedToken:
    """The only time that the token itself is shown."""

    token: str
    view: TokenView


@dataclass(frozen=True)
class SessionView:
    """Who asks; `csrf` goes into the header `X-CSRF-Token` of every changing request of a browser. `role` is the
    highest one; `roles` are those by application, `*` for every one, and `may` are the actions by the same keys; where
    an application has no list, that of `*` holds. `needs` says which role an action takes. `must` is what has to be
    done before anything else: `password`, `second-factor`. `token` is one of one's own where that was asked for, shown
    this once.
    """

    name: str
    role: str
    csrf: str = ""
    kind: str = "token"
    roles: dict[str, str] = field(default_factory=dict)
    auditor: bool = False
    may: dict[str, tuple[str, ...]] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    must: tuple[str, ...] = ()
    token: str = ""


@dataclass(frozen=True)
class DeviceSignIn:
    """A sign-in that somebody agrees to in a browser (RFC 8628): by opening `address` and typing `user_code`, or by
    opening `complete`. `code` is what to ask with, every `interval` seconds, for `lasts` seconds at most.
    """

    code: str
    user_code: str
    address: str
    complete: str
    interval: int
    lasts: int


@dataclass(frozen=True)
class DeviceToken:
    """`token` is empty while nobody has agreed; `slower` asks for longer pauses."""

    token: str = ""
    slower: bool = False


@dataclass(frozen=True)
class PersonView:
    """A person; `roles` by application, `*` for every one. `locked` are the seconds for which he cannot sign in."""

    name: str
    proven_by: str
    roles: dict[str, str]
    auditor: bool
    created: datetime | None
    actor: str
    last_used: datetime | None = None
    second_factor: bool = False
    must: tuple[str, ...] = ()
    password_expires: datetime | None = None
    locked: float = 0.0


@dataclass(frozen=True)
class FirstPassword:
    """The only time that it is shown; it has to be changed first."""

    password: str
    person: PersonView


@dataclass(frozen=True)
class SecondFactor:
    """The only time that the secret is shown; `address` is what an authenticator reads as a picture."""

    secret: str
    address: str


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in; `name` is that of its token."""

    id: str
    name: str
    address: str
    created: datetime
    used: datetime
    ends: datetime
