from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from buildpacks.analysis import ClassStats, Library
from buildsvc.model.artifact import Artifact
from buildsvc.store.ledger import Ledger
from buildsvc.store.ledger.codec import dump, load
from tests.ledgers import ARTIFACT, open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def library(number: int) -> Library:
    maven = ("group", f"lib-{number}", "1.0") if number % 2 else None
    return Library(f"BOOT-INF/lib/{number}.jar", f"{number:064x}", number, ClassStats(number, 61), maven)


def test_an_artifact_is_remembered_under_its_newest_name(ledger: Ledger) -> None:
    now = ledger.clock.now()
    assert ledger.artifact(ARTIFACT) is None
    ledger.remember_artifact(Artifact(ARTIFACT, "old.jar", 7, now))
    newer = Artifact(ARTIFACT, "new.jar", 7, now + timedelta(seconds=1))
    ledger.remember_artifact(newer)
    assert ledger.artifact(ARTIFACT) == newer


def test_known_libraries_come_back_by_digest_and_unknown_ones_are_left_out(ledger: Ledger) -> None:
    ledger.remember_libraries([library(1), library(2)])
    ledger.remember_libraries([library(2), library(3)])
    ledger.remember_libraries([])
    found = ledger.libraries([library(2).sha256, library(3).sha256, "f" * 64])
    assert found == {library(2).sha256: library(2), library(3).sha256: library(3)}
    assert ledger.libraries([]) == {}


def test_what_a_later_look_found_out_is_remembered_and_an_older_record_is_read(ledger: Ledger) -> None:
    ledger.remember_libraries([library(1), library(2)])
    looked_at = replace(library(1), servlet=("javax",))
    ledger.remember_libraries([looked_at])
    assert ledger.libraries([library(1).sha256, library(2).sha256]) == {
        library(1).sha256: looked_at,
        library(2).sha256: library(2),
    }
    assert library(2).servlet is None
    older = json.loads(dump(Library, library(2)))
    del older["servlet"]
    assert load(Library, json.dumps(older)) == library(2)


def test_more_libraries_than_fit_into_one_query_are_found(ledger: Ledger) -> None:
    ledger.remember_libraries(library(n) for n in range(1200))
    assert len(ledger.libraries(library(n).sha256 for n in range(1200))) == 1200


def test_a_hundred_libraries_are_looked_up_by_one_question(ledger: Ledger) -> None:
    ledger.remember_libraries(library(n) for n in range(100))
    digests = [library(n).sha256 for n in range(100)]
    asked = []
    event.listen(ledger._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert set(ledger.libraries(digests)) == set(digests)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_a_fact_of_the_site_is_remembered_and_forgotten(ledger: Ledger) -> None:
    assert ledger.recall("k") is None
    ledger.remember("k", {"a": [1, "二"]})
    assert ledger.recall("k") == {"a": [1, "二"]}
    ledger.remember("k", None)
    assert ledger.recall("k") is None


def test_what_another_version_of_the_analyser_said_of_libraries_is_forgotten(ledger: Ledger) -> None:
    ledger.remember_libraries([library(1)])
    ledger.take_libraries_of("one")
    assert ledger.libraries([library(1).sha256]) == {}, "nobody knows which version stated it"
    ledger.remember_libraries([library(1)])
    ledger.take_libraries_of("one")
    assert ledger.libraries([library(1).sha256]) == {library(1).sha256: library(1)}
    ledger.take_libraries_of("two")
    assert ledger.libraries([library(1).sha256]) == {}
