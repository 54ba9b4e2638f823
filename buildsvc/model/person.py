"""A person: somebody who signs in by name, here or at the site's directory, and who has roles."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from buildpacks.errors import Refused
from buildsvc.model.access import Grants

LONGEST_NAME = 64
_NAME = re.compile(r"[^\W_][\w.@+-]*")


class ProvenBy(StrEnum):
    """Who says that it is him: this site by its password, an LDAP directory, an OpenID Connect provider."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, no password
    LDAP = "ldap"
    OIDC = "oidc"


@dataclass(frozen=True)
class Person:
    """`subject` is what the directory or provider calls him for ever, None before he first came by it. `password_set`
    is when his password was chosen; `temporary` says that somebody else chose it. `second_factor` says that he has one.
    """

    id: str
    name: str
    proven_by: ProvenBy
    grants: Grants = field(default_factory=Grants)
    created: datetime | None = None
    actor: str = ""
    subject: str | None = None
    password_set: datetime | None = None
    temporary: bool = False
    second_factor: bool = False
    used: datetime | None = None


def checked_name(name: str) -> str:
    """Give a person's name as it is kept: letters of any script, digits, . _ @ + -, in one form. Raises Refused."""
    plain = unicodedata.normalize("NFKC", name).strip()
    if len(plain) > LONGEST_NAME or not _NAME.fullmatch(plain):
        raise Refused("bad-person-name", name=name[: 2 * LONGEST_NAME], longest=LONGEST_NAME)
    return plain


def name_key(name: str) -> str:
    """Return what two names that only differ in case have in common."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
