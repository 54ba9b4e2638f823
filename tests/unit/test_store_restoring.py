"""The ledger is what makes a folder a site: restored last, and backed up only while it is sound."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import pytest

from buildpacks.errors import Failure
from buildsvc.store import restore
from buildsvc.store.backup import write_backup
from tests.ledgers import deployment, open_ledger, release

PAGE = 4096


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    ledger = open_ledger(folder / "ledger.db")
    release(ledger)
    for _ in range(300):
        deployment(ledger)
    ledger.close()
    return folder


def test_the_ledger_is_there_only_when_all_else_is(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(site / "ledger.db")
    write_backup(site, ledger, tmp_path / "site.backup")
    target, seen = tmp_path / "again", []
    usual = restore._copy

    def watched(source: IO[bytes], file: Path) -> str:
        seen.append((target / "ledger.db").exists())
        digest = usual(source, file)
        seen.append((target / "ledger.db").exists())
        return digest

    monkeypatch.setattr(restore, "_copy", watched)
    restore.read_back(tmp_path / "site.backup", target)
    assert seen
    assert not any(seen), "whoever is killed in the middle leaves no folder that looks like a site"
    assert (target / "ledger.db").exists()


def test_a_damaged_ledger_is_not_backed_up(site: Path, tmp_path: Path) -> None:
    ledger = open_ledger(site / "ledger.db")
    file = site / "ledger.db"
    data = bytearray(file.read_bytes())
    middle = len(data) // PAGE // 2 * PAGE
    data[middle : middle + 64] = bytes(64)
    file.write_bytes(data)
    with pytest.raises(Failure) as caught:
        write_backup(site, ledger, tmp_path / "site.backup")
    assert caught.value.code == "ledger-damaged"
    assert not (tmp_path / "site.backup").exists()
