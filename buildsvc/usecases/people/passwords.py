"""Passwords: what one must be like, and how it is kept: by Argon2id, which costs whoever guesses time and memory.

Parameters: RFC 9106 and the OWASP cheat sheet for password storage (19 MiB, two passes, one lane).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from buildpacks.errors import Refused
from buildsvc.model.person import name_key
from buildsvc.settings.settings import Settings

LONGEST: Final = 256
REMEMBERED: Final = 5
"""Former passwords that may not be taken again."""
TELLING_NAME: Final = 4
"""Characters of a name that a password may not hold; shorter ones are parts of many words."""
AT_A_TIME: Final = 2
"""Each takes 19 MiB while it is made: a crowd at the door waits instead of taking all memory."""
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without what is mistaken for something else when it is read aloud."""


class Passwords:
    """Makes hashes and compares with them, some at a time. Threads may share one."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turns = threading.BoundedSemaphore(AT_A_TIME)
        self._decoy = ""

    def digest(self, plain: str) -> str:
        """Hash a password; the same one never gives the same hash twice."""
        with self._turns:
            return self._hasher.hash(plain.encode("utf-8", "surrogatepass"))

    def fits(self, digest: str | None, plain: str) -> bool:
        """Whether it is the password. Without a hash it takes as long and is none: names are not told by the time."""
        if digest is None and not self._decoy:
            self._decoy = self.digest(secrets.token_urlsafe(16))
        try:
            with self._turns:
                right = self._hasher.verify(digest or self._decoy, plain[:LONGEST].encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
        return right and digest is not None

    def is_old(self, digest: str) -> bool:
        """Whether it was made with other parameters than are used by now."""
        return self._hasher.check_needs_rehash(digest)

    def any_fits(self, digests: Iterable[str], plain: str) -> bool:
        """Whether it is one of several."""
        return any(self.fits(one, plain) for one in digests)


def check_password(settings: Settings, plain: str, name: str) -> None:
    """Refuse a password that is not what the site asks for. Raises Refused `weak-password`."""
    if not settings.password_length <= len(plain) <= LONGEST:
        raise Refused("weak-password.length", shortest=settings.password_length, longest=LONGEST)
    if len(name) >= TELLING_NAME and name_key(name) in name_key(plain):
        raise Refused("weak-password.name")
    if len(set(plain)) < min(5, settings.password_length):
        raise Refused("weak-password.same")
    if (kinds := _kinds(plain)) < settings.password_kinds:
        raise Refused("weak-password.kinds", kinds=kinds, fewest=settings.password_kinds)


def initial_password(settings: Settings) -> str:
    """Make one that is handed over once, and changed by whoever got it."""
    length = max(16, settings.password_length)
    while True:
        plain = "".join(secrets.choice(_ALPHABET) for _ in range(length - 1)) + "-"
        if _kinds(plain) == _ALL_KINDS:
            return plain


_ALL_KINDS: Final = 4


def _kinds(plain: str) -> int:
    """How many it has of small letters, capitals, digits, all else."""
    one_of = {
        "small" if one.islower() else "capital" if one.isupper() else "digit" if one.isdigit() else "other"
        for one in plain
    }
    return len(one_of)
