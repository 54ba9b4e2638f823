"""A person: somebody who signs in by name, and who has roles."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from buildpacks.errors import Refused
from buildsvc.model.access import Grants

LONGEST_NAME = 64
BY_PASSWORD = "password"  # noqa: S105 - the name of a way, no password
"""What proves that it is him: a password that this site keeps."""
BY_DIRECTORY = "directory"
"""The same: the site's directory."""
BY_PROVIDER = "provider"
"""The same: the site's identity provider."""
_NAME = re.compile(r"[^\W_][\w.@+-]*")


@dataclass(frozen=True)
class Person:
    """`password_set` is when his password was chosen; `temporary` says that somebody else chose it. `second_factor`
    says that he has one.
    """

    id: str
    name: str
    proven_by: str
    grants: Grants = field(default_factory=Grants)
    created: datetime | None = None
    actor: str = ""
    password_set: datetime | None = None
    temporary: bool = False
    second_factor: bool = False
    used: datetime | None = None
    subject: str | None = None
    """What the directory or the identity provider calls him."""


def checked_name(name: str) -> str:
    """Give a person's name as it is kept: letters of any script, digits, . _ @ + -, in one form. Raises Refused."""
    plain = unicodedata.normalize("NFKC", name).strip()
    if len(plain) > LONGEST_NAME or not _NAME.fullmatch(plain):
        raise Refused("bad-person-name", name=name[: 2 * LONGEST_NAME], longest=LONGEST_NAME)
    return plain


def name_key(name: str) -> str:
    """Return what two names that only differ in case have in common."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
