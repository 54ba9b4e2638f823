"""Backups by themselves: in time, only so many, encrypted where a key is given; and a failed one is told."""

from __future__ import annotations

import tarfile
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner

from buildsvc import wiring
from buildsvc.doors.cli.main import cli
from buildsvc.model.access import Role
from buildsvc.settings.reading import read
from buildsvc.usecases.tend import backups, surroundings
from tests.workshops import Bench

DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mnt"
    made.mkdir()
    return made


def bench_of(tmp_path: Path, folder: Path, **more: str) -> Bench:
    made = Bench(tmp_path / "data", java=17, BUILDSVC_BACKUP_FOLDER=str(folder), **more)
    made.apply()
    made.live("1.0")
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_is_made_every_day_and_the_newest_are_kept(tmp_path: Path, folder: Path) -> None:
    bench = bench_of(tmp_path, folder, BUILDSVC_BACKUP_KEEP="2")
    (folder / "mine.tar").touch()
    (folder / "buildsvc-of-mine.tar").touch()
    for _ in range(3):
        for _ in range(4):
            backups.tend(bench.site)
            bench.clock.forward(DAY / 4)
    assert names(folder) == [
        "buildsvc-20260103-030405.tar",
        "buildsvc-20260104-030405.tar",
        "buildsvc-of-mine.tar",
        "mine.tar",
    ]


def test_without_a_folder_in_the_settings_nothing_is_made(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    backups.tend(bench.site)
    assert bench.ledger.recall(backups.FACT) is None


def test_a_failed_one_is_told_and_tried_again_soon(tmp_path: Path, folder: Path) -> None:
    bench = bench_of(tmp_path, folder)
    folder.rmdir()
    backups.tend(bench.site)
    assert bench.ledger.notices() == {"backup": 1}
    assert "is not there" in bench.ledger.recall(backups.FACT)["why"]
    folder.mkdir()
    backups.tend(bench.site)
    assert names(folder) == []
    bench.clock.forward(backups.RETRY.total_seconds())
    backups.tend(bench.site)
    assert len(names(folder)) == 1
    assert bench.ledger.recall(backups.FACT)["why"] == ""


def test_a_key_that_is_none_is_told_and_nothing_is_written_in_the_clear(tmp_path: Path, folder: Path) -> None:
    bench = bench_of(tmp_path, folder, BUILDSVC_BACKUP_KEY="age1nonsense")
    backups.tend(bench.site)
    assert names(folder) == []
    assert "no public key" in bench.ledger.recall(backups.FACT)["why"]


def test_an_empty_server_and_an_encrypted_backup_are_the_whole_site(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = pyrage.x25519.Identity.generate()
    key = tmp_path / "key.txt"
    key.write_text(f"# created: today\n{pair}\n")
    bench = bench_of(tmp_path, folder, BUILDSVC_BACKUP_KEY=str(pair.to_public()), BUILDSVC_BACKUP_BASES="yes")
    bench.ledger.create_token("laptop", Role.DEVELOPER, given="the-token-of-the-laptop")
    backups.tend(bench.site)
    (made,) = folder.iterdir()
    assert made.name.endswith(".tar.age")
    assert not tarfile.is_tarfile(made)
    assert list((bench.settings.paths.tmp).iterdir()) == []
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "again"))
    without = CliRunner().invoke(cli, ["restore", str(made)])
    assert (without.exit_code, "--identity" in without.stderr) == (2, True)
    done = CliRunner().invoke(cli, ["restore", str(made), "--identity", str(key)])
    assert done.exit_code == 0, done.output
    again = wiring.open_site(read({"BUILDSVC_DATA": str(tmp_path / "again"), "HOME": str(tmp_path)}))
    live = again.ledger.live("shop", "order")
    assert live is not None
    assert again.secrets.get("shop", "order/DB_PASSWORD") == "geheim"
    assert again.ledger.token("the-token-of-the-laptop") is not None
    assert again.artifacts.path(live.release.artifact).is_file()
    assert [verdict.damaged for verdict in again.bases.verify()] == [(), ()]
    wiring.close(again)


def test_another_key_opens_nothing_and_leaves_nothing(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = bench_of(tmp_path, folder, BUILDSVC_BACKUP_KEY=str(pyrage.x25519.Identity.generate().to_public()))
    backups.tend(bench.site)
    (made,) = folder.iterdir()
    key = tmp_path / "key.txt"
    key.write_text(str(pyrage.x25519.Identity.generate()))
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "again"))
    done = CliRunner().invoke(cli, ["restore", str(made), "--identity", str(key)])
    assert (done.exit_code, "does not open" in done.stderr) == (2, True)
    assert not (tmp_path / "again").exists()


def test_little_room_and_a_certificate_that_ends_soon_are_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    now = bench.clock.now()
    surroundings.look(bench.site, lambda: 3 << 30, lambda: now + timedelta(days=22))
    surroundings.look(bench.site, lambda: 3 << 30, lambda: None)
    assert bench.ledger.notices() == {}
    surroundings.look(bench.site, lambda: 1 << 30, lambda: now + timedelta(days=20))
    assert bench.ledger.notices() == {"disk": 1, "certificate": 1}
