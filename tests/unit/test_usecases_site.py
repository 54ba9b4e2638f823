"""Libraries that were analysed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.analysis import ClassStats, Library
from buildsvc.store.ledger import Ledger
from buildsvc.usecases import site
from buildsvc.usecases.site import KnownLibraries
from tests.ledgers import open_ledger

A, B, C = (Library(f"lib/{n}.jar", f"{n:064x}", n, ClassStats(n, 61), None) for n in (1, 2, 3))


class Asked:
    """A ledger that notes which questions reach it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.questions = ledger, list[set[str]]()

    def libraries(self, digests: Iterable[str]) -> dict[str, Library]:
        self.questions.append(set(digests))
        return self.ledger.libraries(self.questions[-1])

    def remember_libraries(self, libraries: Iterable[Library]) -> None:
        self.ledger.remember_libraries(libraries)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.remember_libraries([A, B])
    yield Asked(ledger)
    ledger.close()


def test_the_ledger_is_asked_once_for_all_and_never_again_for_those_that_it_knew(asked: Asked) -> None:
    libraries = KnownLibraries(asked)  # type: ignore[arg-type]
    wanted = {A.sha256, B.sha256, C.sha256}
    assert libraries.among(wanted) == {A.sha256: A, B.sha256: B}
    assert libraries.among(wanted) == {A.sha256: A, B.sha256: B}
    assert asked.questions == [wanted, {C.sha256}]


def test_what_is_remembered_takes_the_place_of_what_was_known(asked: Asked) -> None:
    libraries = KnownLibraries(asked)  # type: ignore[arg-type]
    libraries.among([A.sha256])
    more = replace(A, servlet=("javax",))
    libraries.remember([more, C])
    assert libraries.among([A.sha256, C.sha256]) == {A.sha256: more, C.sha256: C}


def test_beyond_its_bound_it_begins_anew_and_still_answers(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "MOST_LIBRARIES", 1)
    libraries = KnownLibraries(asked)  # type: ignore[arg-type]
    for _ in range(2):
        assert libraries.among([A.sha256]) == {A.sha256: A}
        assert libraries.among([B.sha256]) == {B.sha256: B}
    assert len(asked.questions) == 4
