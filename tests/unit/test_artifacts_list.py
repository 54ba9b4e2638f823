"""The list of real artifacts covers what it has to, and what is compared with it is judged rightly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.proof import table
from scripts.proof.listing import Answer, Artifact, BadList, Ending, read, unknown
from scripts.proof.outcome import Build, Outcome, Run, faults

WANTED = Artifact("shop 1.0", "maven a:b:1", kind="war", java=8, base=8, warns="old", answer=Answer(text="Shop"))
ENDS = replace(WANTED, answer=None, ending=Ending(0, "bye"))
BUILT = Build("war", 8, 8, 3, 4_200_000, 0.5, ("It is old.",))
RAN = Run(7.25, None, {8080: (200, "Shop")}, met=True)
WELL = Outcome(WANTED, 12_000_000, BUILT, RAN)


def test_the_list_has_every_kind_and_most_of_it_is_by_others() -> None:
    found = read()
    assert {one.kind for one in found} >= {
        "spring-boot",
        "executable-jar",
        "thin-app",
        "quarkus",
        "distribution",
        "war",
    }
    assert {one.base for one in found} >= {8, 11, 17, 21, 25}
    assert {one.server for one in found} >= {"9.0", "10.1"}
    assert sum(not one.source.startswith("made ") for one in found) >= 30


def test_what_is_fetched_is_fixed_by_its_digest() -> None:
    assert [one.name for one in read() if not one.source.startswith("made ") and len(one.sha256) != 64] == []


def test_ci_runs_one_of_each_family_at_most_and_a_dozen_at_least() -> None:
    families = [one.family for one in read() if one.ci]
    assert len(families) == len(set(families)) >= 12


@pytest.mark.parametrize(
    "text",
    [
        '[[artifact]]\nname = "a"\nsource = "maven a:b:1"\nrefused = "x"\nbasis = 8',
        '[[artifact]]\nname = "a"\nrefused = "x"',
        '[[artifact]]\nname = "a"\nsource = "maven a:b:1"',
        '[[artifact]]\nname = "a"\nsource = "maven a:b:1"\nrefused = "x"\nending = {}',
        '[[artifact]]\nname = "a"\nsource = "s"\nrefused = "x"\n' * 2,
    ],
)
def test_a_list_that_says_something_else_is_refused_with_the_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.toml").write_text(text)
    with pytest.raises(BadList, match="a"):
        read(tmp_path / "list.toml")


def test_as_expected_is_without_fault() -> None:
    assert faults(WELL) == ()


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (replace(WELL, build=replace(BUILT, kind="quarkus")), "kind"),
        (replace(WELL, build=replace(BUILT, java=11)), "needs Java 11"),
        (replace(WELL, build=replace(BUILT, base=17)), "got Java 17"),
        (replace(WELL, build=replace(BUILT, warnings=())), "no warning"),
        (replace(WELL, run=replace(RAN, met=False, code=3)), "ended with 3"),
        (replace(WELL, build=None, run=None, refused="no-main-class", said="It is a library."), "It is a library."),
        (replace(WELL, artifact=replace(WANTED, answer=None, refused="ear")), "expected ear"),
        (replace(WELL, artifact=ENDS, run=replace(RAN, code=1)), "code is 1"),
        (replace(WELL, artifact=ENDS, run=replace(RAN, code=0)), "print 'bye'"),
    ],
)
def test_what_is_not_as_expected_is_named(outcome: Outcome, word: str) -> None:
    (fault,) = faults(outcome)
    assert word in fault


def test_of_an_unknown_artifact_everything_is_as_expected() -> None:
    artifact = unknown("a:b:1")
    assert artifact.source == "maven a:b:1"
    for outcome in (Outcome(artifact, 1, refused="ear", said="An ear."), Outcome(artifact, 1, BUILT, RAN)):
        assert faults(outcome) == ()


def test_rows_of_others_stay_in_the_order_of_the_list(tmp_path: Path) -> None:
    page = tmp_path / "artifacts.md"
    page.write_text(f"before\n{table.BEGIN}\n\n{table.END}\nafter\n")
    other = replace(WELL, artifact=replace(WANTED, name="first"), build=None, run=None, refused="ear")
    table.write([WELL], ["first", "shop 1.0"], page)
    table.write([replace(other, artifact=replace(other.artifact, refused="ear"))], ["first", "shop 1.0"], page)
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")][2:]
    assert rows == [
        "| first | 12 | - | - | - | - | - | - | refused: ear |",
        "| shop 1.0 | 12 | war | 8 | 3 | 4.2 | 0.50 | 7.2 | GET / on 8080: 200 |",
    ]
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("after\n")
