"""Libraries that are given as a folder."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from buildpacks.errors import Refused
from buildsvc.doors.cli.libraries import as_archive
from buildsvc.doors.cli.main import cli
from tests import forge
from tests.thin import library, thin_jar


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


def test_a_thin_jar_is_inspected_with_the_folder_of_its_libraries(tmp_path: Path) -> None:
    jar = forge.write(tmp_path / "order-1.0.jar", thin_jar("lib/a.jar", "lib/b.jar"))
    folder = tmp_path / "target" / "lib"
    folder.mkdir(parents=True)
    forge.write(folder / "a.jar", library("A"))
    alone = CliRunner().invoke(cli, ["inspect", str(jar)])
    assert alone.exit_code == 2
    lacking = CliRunner().invoke(cli, ["inspect", str(jar), "--libs", str(folder)])
    assert lacking.exit_code == 2
    assert "lib/b.jar" in lacking.stderr
    assert "lib/a.jar" not in lacking.stderr
    forge.write(folder / "b.jar", library("B"))
    found = CliRunner().invoke(cli, ["inspect", str(jar), "--libs", str(folder), "--json"])
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert (told["buildpack"], told["file"], told["title"]) == ("thin-app", "order-1.0.jar", "order-service")
    assert [layer["role"] for layer in told["layers"]] == ["dependencies", "application"]
