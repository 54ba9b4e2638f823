from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Never

import pytest

from buildpacks.errors import Refused
from buildsvc.store import durable_files


@pytest.fixture
def tmp(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def test_a_file_is_replaced_whole_with_its_mode_and_no_temporary_file_stays(tmp_path: Path, tmp: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old and longer")
    durable_files.atomic_write(path, b"new", tmp=tmp, mode=0o640)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def broken(_descriptor: int) -> Never:
        raise OSError(5, "the disk is broken")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="the disk is broken"):
        durable_files.atomic_write(path, b"new", tmp=tmp)
    assert path.read_text() == "old"
    assert list(tmp.iterdir()) == []


def test_too_little_space_says_how_much_there_is_and_is_needed(tmp_path: Path) -> None:
    durable_files.require_free(tmp_path, 1)
    with pytest.raises(Refused) as failure:
        durable_files.require_free(tmp_path, 1 << 60)
    assert failure.value.code == "disk-full"
    assert f"{(1 << 60) >> 20} MiB are needed" in failure.value.message
    assert str(tmp_path) in failure.value.message
