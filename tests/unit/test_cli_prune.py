"""`buildsvc prune --dry-run`, and what a site says of releases that went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from buildsvc.store.backup import write_backup
from buildsvc.usecases.tend import pruning
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Its clock stands in the past, and so is everything that the ledger has: for the command all of it is old."""
    made = Bench(tmp_path / "data", BUILDSVC_KEEP_RELEASES="1")
    made.apply()
    for version in ("1.0", "2.0", "3.0"):
        made.live(version)
        made.clock.forward(3600)
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BUILDSVC_KEEP_RELEASES", "1")
    return made


def test_it_names_what_would_go_and_says_that_nothing_was_changed(bench: Bench) -> None:
    bench.clock.forward(86_400)
    done = CliRunner().invoke(cli, ["prune", "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "release 1 of order in shop: order-service.jar, made" in done.output
    assert "1 release, 0 versions" in done.output
    assert "and up to 1 image of the engine" in done.output
    assert "Nothing was changed." in done.output
    assert [one.number for one in bench.ledger.whole_releases()] == [1, 2, 3]


def test_as_json_it_is_complete(bench: Bench) -> None:
    told = json.loads(CliRunner().invoke(cli, ["prune", "--dry-run", "--json"]).output)
    first = bench.ledger.release("shop", "order", 1)
    assert told["releases"] == [{"application": "shop", "component": "order", "number": 1}]
    assert (told["images"], told["versions"]) == ([first.image.reference], [])


def test_a_backup_misses_nothing_of_what_was_pruned(bench: Bench, tmp_path: Path) -> None:
    bench.clock.forward(10 * 365 * 86_400)
    assert pruning.prune(bench.workshop).releases == 1
    first = bench.ledger.release("shop", "order", 1)
    assert not bench.site.layout.has(f"sha256:{first.artifact}")
    assert write_backup(bench.settings.data, bench.ledger, tmp_path / "b.tar").missing == ()
