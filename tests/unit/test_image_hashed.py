"""A file that is digested and brought to the disk while it is written."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from buildsvc.image import hashed
from buildsvc.image.hashed import FLUSH, HashedFile


class Reluctant(io.BytesIO):
    """Takes three bytes at a time, as a disk may that is nearly full."""

    def write(self, data: Any) -> int:
        return super().write(bytes(data)[:3])


def test_all_of_it_is_written_and_digested_though_the_file_takes_parts() -> None:
    file = Reluctant()
    with ThreadPoolExecutor(1) as aside:
        target = HashedFile(file, aside)
        target.write(b"one two three")
        target.write(memoryview(b" four"))
    assert file.getvalue() == b"one two three four"
    assert (target.size, target.sha256) == (18, hashlib.sha256(file.getvalue()).hexdigest())
    assert target.digest == f"sha256:{target.sha256}"


def test_it_goes_to_the_disk_before_it_is_whole_and_small_ones_only_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(os, "fdatasync", lambda _: flushed.append("early"))
    monkeypatch.setattr(os, "fsync", lambda _: flushed.append("end"))
    with (tmp_path / "small").open("wb", buffering=0) as file, hashed.hashed(file) as target:
        target.write(bytes(FLUSH - 1))
        target.flush()
    assert flushed == ["end"]
    with (tmp_path / "large").open("wb", buffering=0) as file, hashed.hashed(file) as target:
        for _ in range(4):
            target.write(bytes(FLUSH // 2))
    assert "early" in flushed
