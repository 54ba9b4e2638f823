"""Libraries that are given as a folder."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from buildpacks.errors import Refused
from buildsvc.doors.cli.remote.libraries import as_archive


def test_a_file_is_taken_as_it_is_and_nothing_stays_nothing(tmp_path: Path) -> None:
    for given in (tmp_path / "lib.zip", None):
        with as_archive(given) as taken:
            assert taken == given


def test_a_folder_becomes_a_zip_of_its_jars_that_is_gone_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    (folder / "more").mkdir(parents=True)
    (folder / "a.jar").write_bytes(b"a" * 1000)
    (folder / "more" / "b.jar").write_bytes(b"b")
    (folder / "read.me").write_text("no library")
    with as_archive(folder) as taken:
        assert taken is not None
        assert taken.name == "lib.zip"
        with ZipFile(taken) as archive:
            assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == {
                "a.jar": b"a" * 1000,
                "more/b.jar": b"b",
            }
    assert not taken.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["a.jar", "more", "read.me"]


def test_a_folder_without_a_jar_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no jar in the folder") as caught, as_archive(tmp_path):
        pass
    assert caught.value.code == "no-libraries"
