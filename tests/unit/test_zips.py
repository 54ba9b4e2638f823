"""Archives: strict reading."""

import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildpacks.analyse import analyse
from buildpacks.archives.zips import Bounds, check, open_archive
from buildpacks.errors import Failure, Refused
from buildpacks.kinds.detect import detect
from tests import forge

BOOT = forge.boot_jar(
    layers={"dependencies": ["BOOT-INF/lib/"], "application": ["BOOT-INF/classes/"]},
    libraries={"n-1.jar": forge.library("a.B", "a.C", extra={"lib/x.so": forge.elf()}, maven=("g", "n", "1"))},
)


def refusal(tmp_path: Path, data: bytes, limits: Bounds | None = None) -> Refused:
    path = forge.write(tmp_path / "app.jar", data)
    with pytest.raises(Refused) as caught:
        check(path, limits or Bounds())
    assert path.read_bytes() == data
    assert caught.value.hint
    return caught.value


def test_a_whole_jar_is_read_member_by_member(tmp_path: Path) -> None:
    content = {"a.txt": b"alpha" * 1000, "b/": b"", "b/c.txt": b"stored"}
    path = forge.write(tmp_path / "a.jar", forge.archive(content, stored=("c.txt",)))
    with open_archive(path) as archive:
        assert [member.name for member in archive.members] == ["a.txt", "b/", "b/c.txt"]
        assert archive.read("a.txt", 5000) == content["a.txt"]
        stored = archive.by_name["b/c.txt"]
        assert stored.stored
        assert path.read_bytes()[stored.offset : stored.offset + stored.size] == b"stored"
        assert archive.by_name["b/"].is_dir
        assert stored.mtime == 1715941230  # 2024-05-17 10:20:30 UTC


@pytest.mark.parametrize(
    "data",
    [BOOT, forge.zip64(BOOT), forge.SCRIPT + BOOT, forge.with_script(BOOT), forge.SCRIPT + forge.zip64(BOOT),
     forge.archive({"a": b"1"}, comment=b"a comment that fits")],
    ids=["plain", "zip64", "script, own offsets", "script, file offsets", "script and zip64", "comment"],
)  # fmt: skip
def test_every_honest_form_is_taken(tmp_path: Path, data: bytes) -> None:
    path = forge.write(tmp_path / "app.jar", data)
    with open_archive(path) as archive, zipfile.ZipFile(path) as reference:
        for info in reference.infolist():
            assert b"".join(archive.stream(info.filename)) == reference.read(info)


def test_every_truncation_of_a_boot_jar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "app.jar"
    for length in range(1, len(BOOT)):
        path.write_bytes(BOOT[:length])
        with pytest.raises(Refused):
            check(path)


def test_a_jar_cut_where_a_nested_jar_ends_is_refused_although_zipfile_opens_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(forge.write(tmp_path / "whole.jar", BOOT)) as whole:
        nested = whole.getinfo("BOOT-INF/lib/spring-web-6.1.6.jar")
    cut = BOOT[: BOOT.index(b"PK\x03\x04", nested.header_offset + nested.file_size)]
    for data in (cut, forge.SCRIPT + cut):
        path = forge.write(tmp_path / "app.jar", data)
        assert zipfile.is_zipfile(path)
        assert refusal(tmp_path, data).code == "archive-truncated"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("empty-file", b""),
        ("not-an-archive", b"\x00\x01\x02\x03"),
        ("archive-empty", forge.archive({})),
        ("archive-truncated", forge.truncated(BOOT)),
        ("archive-truncated", BOOT + b"\n"),
        ("entry-encrypted", forge.encrypted(BOOT)),
        ("entry-outside", forge.archive({"../etc/passwd": b"x"})),
        ("entry-outside", forge.archive({"a/../../b": b"x"})),
        ("entry-outside", forge.archive({"/etc/passwd": b"x"})),
        ("entry-outside", forge.archive({"..\\b": b"x"})),
        ("entry-outside", forge.archive({"C:/b": b"x"})),
        ("entry-outside", forge.archive({"": b"x"})),
        ("entry-name", forge.renamed(forge.archive({"aXb": b"x"}), b"aXb", b"a\0b")),
        ("entry-name", forge.renamed(forge.archive({"aXb": b"x"}), b"aXb", b"a\nb")),
        ("entry-twice", forge.renamed(forge.archive({"A.class": b"1", "B.class": b"2"}), b"B.class", b"A.class")),
    ],
)
def test_what_is_wrong_is_named_by_its_own_code(tmp_path: Path, code: str, data: bytes) -> None:
    assert refusal(tmp_path, data).code == code


def test_twin_licences_are_no_reason_to_refuse_and_the_last_counts(tmp_path: Path) -> None:
    data = forge.renamed(forge.archive({"LICENSE1": b"one", "LICENSE2": b"two"}), b"LICENSE2", b"LICENSE1")
    with open_archive(forge.write(tmp_path / "a.jar", data)) as archive:
        assert len(archive.members) == 1
        assert archive.read("LICENSE1", 10) == b"two"


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "app.jar"
    with zipfile.ZipFile(path, "w") as out:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        out.writestr(info, "/etc/passwd")
    assert refusal(tmp_path, path.read_bytes()).code == "entry-is-link"


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    data = bytearray(forge.renamed(forge.archive({"a.txt": b"1234", "b.txt": b"1234"}), b"b.txt", b"a.txt"))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)
    assert refusal(tmp_path, bytes(data)).code == "entries-overlap"


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("too-many-entries", Bounds(entries=3)),
        ("entry-too-large", Bounds(name=4)),
        ("entry-too-large", Bounds(entry=3)),
        ("archive-too-large", Bounds(total=10)),
    ],
)
def test_bounds_are_kept(tmp_path: Path, code: str, limits: Bounds) -> None:
    assert refusal(tmp_path, BOOT, limits).code == code


def test_an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, forge.archive({"zeros": bytes(80 << 20)})).code == "archive-bomb"


def test_an_entry_larger_than_the_readers_limit_or_damaged_is_refused(tmp_path: Path) -> None:
    data = bytearray(forge.archive({"a.txt": b"0123456789"}, stored=True))
    data[data.index(b"0123456789")] ^= 1
    with open_archive(forge.write(tmp_path / "a.jar", bytes(data))) as archive:
        with pytest.raises(Refused, match="10 bytes"):
            archive.read("a.txt", 9)
        with pytest.raises(Refused, match="does not have the content"):
            archive.read("a.txt", 10)
        with pytest.raises(Refused, match="no entry 'b'"):
            archive.read("b", 10)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no file"):
        check(tmp_path / "absent.jar")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, len(BOOT) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_no_mutation_makes_reading_fail_with_anything_but_a_failure(
    tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(BOOT)
    for at, value in changes:
        data[at] = value
    path = forge.write(tmp_path / "app.jar", bytes(data))
    with suppress(Failure):
        assert detect(analyse(path, "app.jar")).layers


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), keep=st.integers(0, len(BOOT)))
def test_no_tail_of_junk_is_taken_for_an_archive(tmp_path: Path, data: bytes, keep: int) -> None:
    junk = BOOT[:keep] + data
    if junk != BOOT:
        refusal(tmp_path, junk)
