"""Bounds: at each the archive is taken, one beyond it is refused; and the page that states them states these."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.archives import tars
from buildpacks.archives.limits import DEFAULT, RATIO_FLOOR, Bounds
from buildpacks.archives.names import LONGEST_FILE_NAME
from buildpacks.archives.zips import check
from buildpacks.errors import Refused
from buildpacks.paths import LONGEST_PART
from tests import corpus, forge

PAGE = (Path(__file__).parents[2] / "docs" / "safety.md").read_text(encoding="utf-8")
THREE = forge.archive({"a/b/c": b"12345", "d": b"1", "e": b"1234"}, stored=True)
DIRECTORY = 3 * 46 + len("a/b/cde")
LIBRARY = forge.archive({"x": b"1" * 4000}, stored=True)
PACKED = forge.archive({"BOOT-INF/lib/l.jar": LIBRARY})


def look(path: Path, limits: Bounds) -> None:
    analyse(path, "a.jar", limits=limits, every_byte=True)


def read_tar(path: Path, limits: Bounds) -> None:
    tars.check(path, "a.tar", limits)


def with_header(size: int) -> bytes:
    """A tar whose one file has an extended header of that many bytes."""
    info = tarfile.TarInfo("a")
    info.pax_headers = {"comment": "x" * size}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    return out.getvalue()


Bound = tuple[str, int, str, Callable[[Path, Bounds], None], bytes]
BOUNDS: list[Bound] = [
    ("entries", 3, "too-many-entries", check, THREE),
    ("directory", DIRECTORY, "directory-too-large", check, THREE),
    ("name", 5, "entry-too-large", check, THREE),
    ("depth", 2, "entry-too-deep", check, THREE),
    ("entry", 5, "entry-too-large", check, THREE),
    ("total", 10, "archive-too-large", check, THREE),
    ("script", len(forge.SCRIPT), "archive-truncated", check, forge.SCRIPT + THREE),
    ("packed_library", len(LIBRARY), "entry-too-large", look, PACKED),
    ("entries", 2, "archive-too-large", read_tar, corpus.tar({"a": b"", "b": b""})),
    ("entry", 4, "archive-too-large", read_tar, corpus.tar({"a": b"1234"})),
    ("total", 6, "archive-too-large", read_tar, corpus.tar({"a": b"123", "b": b"123"})),
    ("name", 3, "entry-too-large", read_tar, corpus.tar({"abc": b""})),
    ("depth", 2, "entry-too-deep", read_tar, corpus.tar({"a/b/c": b""})),
]


@pytest.mark.parametrize("case", BOUNDS, ids=[f"{case[0]} {case[2]}" for case in BOUNDS])
def test_at_the_bound_it_is_taken_and_one_beyond_it_is_refused(tmp_path: Path, case: Bound) -> None:
    field, bound, code, call, data = case
    path = forge.write(tmp_path / "a.jar", data)
    call(path, replace(DEFAULT, **{field: bound}))
    with pytest.raises(Refused) as caught:
        call(path, replace(DEFAULT, **{field: bound - 1}))
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(("field", "bound"), [("entries", 400), ("directory", 400)])
def test_a_library_is_bounded_like_the_archive(tmp_path: Path, field: str, bound: int) -> None:
    many = forge.archive({f"{n:02}": b"" for n in range(bound if field == "entries" else 8)}, stored=True)
    path = forge.write(tmp_path / "a.jar", forge.archive({"BOOT-INF/lib/many.jar": many}, stored=True))
    size = 8 * 48
    exact = bound if field == "entries" else size
    look(path, replace(DEFAULT, **{field: exact}))
    with pytest.raises(Refused, match=r"many.jar") as caught:
        look(path, replace(DEFAULT, **{field: exact - 1}))
    assert caught.value.code == "library-damaged"


def test_a_ratio_is_only_asked_for_above_64_megabytes(tmp_path: Path) -> None:
    small = forge.write(tmp_path / "a.jar", forge.archive({"zeros": bytes(RATIO_FLOOR)}))
    check(small)
    large = forge.write(tmp_path / "b.jar", forge.archive({"zeros": bytes(RATIO_FLOOR + 1)}))
    with pytest.raises(Refused) as caught:
        check(large)
    assert caught.value.code == "archive-bomb"
    check(large, replace(DEFAULT, ratio=RATIO_FLOOR // large.stat().st_size + 1))


def test_a_header_of_a_tar_without_end_is_refused_before_it_is_held(tmp_path: Path) -> None:
    for size, taken in ((1000, True), (60_000, False)):
        path = forge.write(tmp_path / "a.tar", with_header(size))
        limits = replace(DEFAULT, tar_header=20_000)
        if taken:
            tars.check(path, "a.tar", limits)
            continue
        with pytest.raises(Refused) as caught:
            tars.check(path, "a.tar", limits)
        assert caught.value.code == "tar-header"


def test_empty_folders_count_as_entries_of_a_tar(tmp_path: Path) -> None:
    folders = [tarfile.TarInfo(f"d{number}/") for number in range(10)]
    for folder in folders:
        folder.type = tarfile.DIRTYPE
    path = forge.write(tmp_path / "a.tar", corpus.tar({"a": b""}, "w", *folders))
    tars.check(path, "a.tar", replace(DEFAULT, entries=11))
    with pytest.raises(Refused) as caught:
        tars.check(path, "a.tar", replace(DEFAULT, entries=10))
    assert caught.value.code == "archive-too-large"


def words(value: int) -> str:
    for power, unit in ((30, "GiB"), (20, "MiB")):
        if value >= 1 << power and value % (1 << power) == 0:
            return f"{value >> power} {unit}"
    return f"{value:,}"


def test_the_page_states_every_bound_as_the_code_has_it() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    wanted = {field.name: words(getattr(DEFAULT, field.name)) for field in fields(Bounds)}
    assert {name: value.strip() for name, value in rows.items()} == wanted
    assert f"{LONGEST_PART} bytes" in PAGE
    assert f"{LONGEST_FILE_NAME} bytes" in PAGE
    assert words(RATIO_FLOOR) in PAGE
