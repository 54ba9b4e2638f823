"""Whose sign-in it is, as far as only the use case can be watched."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.usecases.people.passwords import Passwords
from buildsvc.usecases.people.signing_in import Credentials, WrongSignIn, prove
from tests.workshops import Bench


class WatchedPasswords(Passwords):
    """Remembers what it was asked to compare with."""

    def __init__(self) -> None:
        super().__init__()
        self.compared: list[str | None] = []

    def fits(self, digest: str | None, plain: str) -> bool:
        self.compared.append(digest)
        return super().fits(digest, plain)


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_password(tmp_path: Path) -> None:
    passwords = WatchedPasswords()
    with pytest.raises(WrongSignIn):
        prove(Bench(tmp_path / "data").site, passwords, None, Credentials("nobody", "a password"))
    assert passwords.compared == [None]
