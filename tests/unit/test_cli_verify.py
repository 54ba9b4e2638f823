"""`buildsvc verify`: what is damaged is told with whose it is, and by the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.live("1.0")
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "data"))
    return made


def test_a_whole_site_is_said_to_be_whole(bench: Bench) -> None:
    done = CliRunner().invoke(cli, ["verify"])
    assert (done.exit_code, done.output) == (0, "Everything that is kept is whole.\n")


def test_a_damaged_artifact_is_told_with_its_release_and_its_remedy(bench: Bench) -> None:
    release = bench.ledger.releases("shop", "order")[0]
    path = bench.site.artifacts.path(release.artifact)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = CliRunner().invoke(cli, ["verify"])
    assert done.exit_code == 1
    assert f"artifact sha256:{release.artifact} (order-service.jar, release 1 of order in shop)" in done.output
    assert "-> Push that file again" in done.output
    told = json.loads(CliRunner().invoke(cli, ["verify", "--json"]).output)
    assert [(one["kind"], one["mended"]) for one in told] == [("artifact", "")]


def test_a_backup_without_repair_is_wrong_usage(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "b.tar").touch()
    assert CliRunner().invoke(cli, ["verify", "--from", str(tmp_path / "b.tar")]).exit_code == 2
