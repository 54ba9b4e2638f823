"""Tar files become zips: the same bytes every time, and nothing of a hostile one."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.archives import tars
from buildpacks.archives.zips import Bounds, open_archive
from buildpacks.errors import Refused
from tests import forge

FILES = {"./app-1.0/bin/run": b"#!/bin/sh\n", "./app-1.0/lib/a.jar": forge.library("a.A")}


def tar(files: dict[str, bytes], mode: str = "w:gz", *, more: tarfile.TarInfo | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        folder = tarfile.TarInfo("./app-1.0/")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), 1_700_000_000, 0o755
            archive.addfile(info, io.BytesIO(data))
        if more is not None:
            archive.addfile(more)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_the_zip_holds_the_files_and_is_the_same_every_time(tmp_path: Path, mode: str) -> None:
    path = forge.write(tmp_path / "a", tar(FILES, mode))
    assert tars.is_tar(path)
    for target in ("one.zip", "two.zip"):
        tars.to_zip(path, tmp_path / target, "a.tar.gz")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with open_archive(tmp_path / "one.zip") as archive:
        assert [member.name for member in archive.members] == ["app-1.0/bin/run", "app-1.0/lib/a.jar"]
        assert archive.read("app-1.0/lib/a.jar", 1 << 20) == FILES["./app-1.0/lib/a.jar"]
        assert {(member.mtime, member.stored) for member in archive.members} == {(1_700_000_000, True)}


def test_a_jar_is_no_tar_and_is_handed_on_as_it_is(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "a.jar", forge.jar())
    assert not tars.is_tar(path)
    with tars.as_zip(path, "a.jar") as same:
        assert same == path


def test_the_same_file_twice_is_taken_once(tmp_path: Path) -> None:
    twice = tar({**FILES, "app-1.0/lib/a.jar": FILES["./app-1.0/lib/a.jar"]})
    path = forge.write(tmp_path / "a", twice)
    tars.check(path, "a.tar.gz")
    tars.to_zip(path, tmp_path / "a.zip", "a.tar.gz")
    with open_archive(tmp_path / "a.zip") as archive:
        assert [member.name for member in archive.members] == ["app-1.0/bin/run", "app-1.0/lib/a.jar"]


def link(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("app-1.0/passwd")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("entry-is-link", tar(FILES, more=link(tarfile.SYMTYPE))),
        ("entry-is-link", tar(FILES, more=link(tarfile.LNKTYPE))),
        ("entry-is-link", tar(FILES, more=link(tarfile.FIFOTYPE))),
        ("entry-twice", tar({**FILES, "app-1.0/lib/a.jar": b"other"})),
        ("archive-truncated", tar(FILES)[:-20]),
        ("archive-truncated", tar(FILES, "w")[:1200]),
        ("archive-truncated", tar({"a": b"x" * 512}, "w")[: 3 * 512]),
        ("archive-truncated", gzip.compress(b"no tar at all" * 100)),
        ("archive-truncated", b"\x1f\x8b but no more"),
        ("archive-empty", tar({})),
        ("archive-too-large", tar({f"x{n}": b"" for n in range(11)})),
    ],
    # A gzip holds the time at which it was made: bytes would name the same test differently in each process.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_taken(tmp_path: Path, code: str, data: bytes) -> None:
    path = forge.write(tmp_path / "a.tar.gz", data)
    limits = Bounds(entries=10)
    calls: tuple[Callable[[], object], ...] = (
        lambda: tars.check(path, "a.tar.gz", limits),
        lambda: tars.to_zip(path, tmp_path / "x.zip", "a.tar.gz", limits),
    )
    for call in calls:
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.code == code
        assert "a.tar.gz" in caught.value.message


def test_a_file_that_is_there_twice_with_the_same_content_counts_once(tmp_path: Path) -> None:
    twice = {"app/a.txt": b"same", "./app/a.txt": b"same"}
    path = forge.write(tmp_path / "a.tar.gz", tar(twice))
    tars.check(path, "a.tar.gz")
    with tars.as_zip(path, "a.tar.gz") as made, open_archive(made) as archive:
        assert [member.name for member in archive.members] == ["app/a.txt"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "a.tar.gz", tar({"zeros": bytes(80 << 20)}))
    with pytest.raises(Refused) as caught:
        tars.to_zip(path, tmp_path / "x.zip", "a.tar.gz")
    assert caught.value.code == "archive-bomb"
    assert (tmp_path / "x.zip").stat().st_size < 1 << 20


def test_names_that_leave_the_archive_are_refused(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "a.tar", tar({"../../etc/passwd": b"x"}))
    with pytest.raises(Refused) as caught, tars.as_zip(path, "a.tar"):
        pass
    assert caught.value.code == "entry-outside"
