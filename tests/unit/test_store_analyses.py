"""Records of what artifacts are: they come back as they were, or not at all."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildsvc.store.analyses import Analyses
from tests import elves, forge

LIBRARY = forge.library("a.A", maven=("demo", "a", "1"), extra={"x/libfoo.so": elves.shared()})
KINDS = {
    "boot.jar": forge.boot_jar(
        libraries={"a-1.jar": LIBRARY}, resources={"application.yml": bytes(range(256)), "漢字.txt": b"x"}
    ),
    "plain.jar": forge.jar(extra={"native/libbar.so": elves.shared(elves.ARM64)}),
    "shop.war": forge.war("javax", libraries={"a-1.jar": LIBRARY}),
    "folder.zip": forge.archive({"app/lib/a.jar": LIBRARY, "app/conf/application.properties": b"a=b\n"}),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def store(folder: Path) -> Analyses:
    return Analyses(folder, folder / "tmp", "v1")


def known(tmp_path: Path, name: str = "boot.jar") -> Analysis:
    return analyse(forge.write(tmp_path / name, KINDS[name]), name, machines=("amd64",))


@pytest.mark.parametrize("name", KINDS)
def test_what_is_kept_comes_back_as_it_was(store: Analyses, folder: Path, tmp_path: Path, name: str) -> None:
    found = known(tmp_path, name)
    store.keep(found)
    assert store.read(found.sha256, Path(found.path)) == found
    assert list((folder / "tmp").iterdir()) == []


def test_it_is_about_the_file_that_lies_where_it_is_now(store: Analyses, tmp_path: Path) -> None:
    found = known(tmp_path)
    store.keep(found)
    again = store.read(found.sha256, tmp_path / "elsewhere")
    assert again is not None
    assert again.path == str(tmp_path / "elsewhere")


def test_the_same_facts_make_the_same_bytes(store: Analyses, folder: Path, tmp_path: Path) -> None:
    found = known(tmp_path)
    store.keep(found)
    before = (folder / "analyses" / found.sha256).read_bytes()
    store.keep(found)
    assert (folder / "analyses" / found.sha256).read_bytes() == before


def test_what_another_version_of_the_analyser_said_does_not_count(
    store: Analyses, folder: Path, tmp_path: Path
) -> None:
    found = known(tmp_path)
    store.keep(found)
    assert Analyses(folder, folder / "tmp", "v2").read(found.sha256, tmp_path) is None


def test_nothing_is_known_of_what_was_never_kept_or_was_removed(store: Analyses, tmp_path: Path) -> None:
    found = known(tmp_path)
    assert store.read(found.sha256, tmp_path) is None
    store.keep(found)
    store.remove(found.sha256)
    store.remove(found.sha256)
    assert store.read(found.sha256, tmp_path) is None


@pytest.mark.parametrize("at", [0, 30, 60, 110, -1], ids=["form", "version", "digest", "body", "end"])
def test_a_changed_byte_makes_it_no_record(store: Analyses, folder: Path, tmp_path: Path, at: int) -> None:
    found = known(tmp_path)
    store.keep(found)
    path = folder / "analyses" / found.sha256
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))
    assert store.read(found.sha256, tmp_path) is None


@pytest.mark.parametrize("kept", [0, 40, 200], ids=["nothing", "half a line", "half a body"])
def test_a_cut_record_is_none(store: Analyses, folder: Path, tmp_path: Path, kept: int) -> None:
    found = known(tmp_path)
    store.keep(found)
    path = folder / "analyses" / found.sha256
    path.write_bytes(path.read_bytes()[:kept])
    assert store.read(found.sha256, tmp_path) is None


@pytest.mark.parametrize(
    "body",
    [b"no zlib", zlib.compress(b"no json"), zlib.compress(b"{}"), zlib.compress(b"\xff"), zlib.compress(b"{}")[:-1]],
    ids=["not deflated", "not JSON", "without fields", "not UTF-8", "without its end"],
)
def test_a_body_that_is_whole_and_means_nothing_is_no_record(
    store: Analyses, folder: Path, tmp_path: Path, body: bytes
) -> None:
    found = known(tmp_path)
    store.keep(found)
    (folder / "analyses" / found.sha256).write_bytes(store._line(body) + body)
    assert store.read(found.sha256, tmp_path) is None


def test_a_record_under_another_artifact_s_digest_is_none_of_it(store: Analyses, folder: Path, tmp_path: Path) -> None:
    found = known(tmp_path)
    store.keep(found)
    other = "0" * 64
    (folder / "analyses" / found.sha256).rename(folder / "analyses" / other)
    assert store.read(other, tmp_path) is None


def test_more_than_a_record_may_be_is_not_unpacked(
    store: Analyses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = known(tmp_path)
    store.keep(found)
    monkeypatch.setattr("buildsvc.store.analyses._LARGEST", 100)
    assert store.read(found.sha256, tmp_path) is None
