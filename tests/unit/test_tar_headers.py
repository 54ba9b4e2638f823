"""Headers of tars are read by ourselves: what writers make is understood, what was made to be slow is not tried."""

from __future__ import annotations

import ast
import io
import tarfile
import time
from pathlib import Path

import pytest

from buildpacks.archives import tar_headers
from tests import corpus

ROOT = Path(__file__).parents[2]
LONG = "顶/" + "a-name-that-no-old-header-holds/" * 9 + "订单.jar"


def written(form: int, *entries: tarfile.TarInfo, mode: str = "w") -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for entry in entries:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    out.seek(0)
    return out


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0, mtime: float = 7) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mtime = kind, link, size, mtime
    return info


@pytest.mark.parametrize("mode", ["r|", "r:", "r|*"])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_what_tar_writes_is_read_as_tarfile_reads_it(form: int, mode: str) -> None:
    entries = (entry(LONG, size=513), entry("links/" + LONG, tarfile.SYMTYPE, LONG), entry("folder", tarfile.DIRTYPE),
               entry("late", size=1, mtime=1.5 if form == tarfile.PAX_FORMAT else 1))  # fmt: skip
    data = written(form, *entries)
    with tarfile.open(fileobj=io.BytesIO(data.getvalue())) as usual:
        expected = [(one.name, one.type, one.size, one.linkname, one.mtime) for one in usual]
    with tar_headers.opened(data, mode) as archive:
        found = []
        for one in archive:
            content = archive.extractfile(one) if one.isreg() else None
            assert content is None or content.read() == b"x" * one.size
            found.append((one.name, one.type, one.size, one.linkname, one.mtime))
    assert found == expected
    assert len(found) == 4


def test_a_header_for_all_files_holds_for_all_and_the_nearer_one_wins() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"mtime": "5"}) as archive:
        archive.addfile(entry("a", mtime=3))
        archive.addfile(entry("b", mtime=2.5))
    out.seek(0)
    with tar_headers.opened(out) as archive:
        assert [(one.name, one.mtime) for one in archive] == [("a", 5), ("b", 2.5)]


@pytest.mark.parametrize("mode", ["r|", "r:"])
def test_a_header_made_to_be_slow_is_refused_at_once(mode: str) -> None:
    hostile = next(data for what, _, data, _ in corpus.nasty_tars() if what == "a pax header with 60,000 digits")
    began = time.process_time()
    with pytest.raises(tarfile.ReadError), tar_headers.opened(io.BytesIO(hostile), mode) as archive:
        archive.getmembers()
    assert time.process_time() - began < 1


def test_a_damaged_header_is_no_end_of_the_archive() -> None:
    data = bytearray(written(tarfile.USTAR_FORMAT, entry("a"), entry("b")).getvalue())
    data[512] ^= 1
    with tar_headers.opened(io.BytesIO(data)) as archive, pytest.raises(tarfile.ReadError, match="damaged"):
        archive.getmembers()


def test_every_tar_is_opened_by_the_careful_reader() -> None:
    careless = []
    for path in (*ROOT.glob("buildpacks/**/*.py"), *ROOT.glob("buildsvc/**/*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith(
                ("tarfile.open", "tarfile.TarF")
            ):
                continue
            told = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
            if not told or not ast.unparse(told[0]).startswith(("'w", "'x")):
                careless.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert [one for one in careless if "tar_headers" not in one] == []
