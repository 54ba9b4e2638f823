"""An artifact as a comparison sees it: names, CRCs, contents on demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildpacks.inside.outline import outlined
from tests import forge


def test_files_are_known_by_name_and_read_on_demand(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "a.jar", forge.jar(extra={"a.txt": b"text"}))
    with outlined(path, "a.jar") as found:
        assert set(found.files) == {"META-INF/MANIFEST.MF", "demo/Main.class", "a.txt"}
        assert found.read("a.txt") == b"text"
        assert found.read("a.txt", limit=3) is None
        assert found.read("b.txt") is None
        assert found.manifest()["Main-Class"] == "demo.Main"


@pytest.mark.parametrize("stored", [True, False])
def test_a_nested_jar_is_looked_into_whether_it_is_stored_or_not(tmp_path: Path, stored: bool) -> None:
    library = forge.library("demo.A", maven=("demo", "a", "1.0"))
    path = forge.write(tmp_path / "a.jar", forge.boot_jar(libraries={"a-1.0.jar": library}, nested_stored=stored))
    with outlined(path, "a.jar") as found:
        inside = found.inside("BOOT-INF/lib/a-1.0.jar")
        assert inside is not None
        assert "demo/A.class" in inside.files
        assert found.inside("BOOT-INF/classes/demo/App.class") is None


def test_the_folder_that_holds_everything_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "a.zip", forge.archive({"app-1.0/lib/a.jar": forge.jar(), "app-1.0/bin/run": b"#!"}))
    with outlined(path, "a.zip") as found:
        assert (found.root, set(found.files)) == ("app-1.0/", {"lib/a.jar", "bin/run"})


def test_a_script_in_front_moves_nothing(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "a.jar", forge.with_script(forge.jar(extra={"a.txt": b"text"})))
    with outlined(path, "a.jar") as found:
        assert found.read("a.txt") == b"text"


def test_a_damaged_entry_reads_as_nothing(tmp_path: Path) -> None:
    data = forge.jar(extra={"a.txt": b"some text of a length"}, stored=(".txt",))
    path = forge.write(tmp_path / "a.jar", data.replace(b"PK\x03\x04", b"PK\x03\x05"))
    with outlined(path, "a.jar") as found:
        assert found.read("a.txt") is None


@pytest.mark.parametrize("data", [b"", b"no zip", forge.truncated(forge.jar())])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    path = forge.write(tmp_path / "a.jar", data)
    with pytest.raises(Refused), outlined(path, "a.jar"):
        pass
