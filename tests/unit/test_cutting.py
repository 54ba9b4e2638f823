"""Where an archive is cut: every byte is in a part, and what one change moves is little."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping

import pytest

from buildpacks.archives.cutting import ArtifactPart, cuts, parts_of
from buildpacks.archives.directory import DirectoryError
from tests import forge


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def boot_jar(classes: Mapping[str, bytes] = {}) -> bytes:
    libraries = {f"lib-{number}.jar": noise(number, 40_000 + number) for number in range(8)}
    entries = {f"BOOT-INF/lib/{name}": content for name, content in libraries.items()}
    own = {f"BOOT-INF/classes/demo/C{number}.class": noise(100 + number, 3000) for number in range(60)}
    return forge.archive({**own, **classes, **entries}, stored=(".jar",))


def parts(data: bytes) -> list[ArtifactPart]:
    return list(parts_of(data, len(data)))


def new_bytes(before: bytes, after: bytes) -> int:
    known = set(parts(before))
    return sum(one.length for one in parts(after) if one not in known)


def test_the_parts_are_every_byte_of_the_file_in_its_order() -> None:
    data = boot_jar()
    ends = cuts(data, len(data))
    assert list(ends) == sorted(set(ends))
    assert ends[-1] == len(data)
    assert sum(one.length for one in parts(data)) == len(data)


def test_a_large_entry_is_a_part_of_its_own_wherever_it_lies() -> None:
    library = noise(3, 40_003)
    alone = forge.archive({"x": b"1", "some/other.jar": library}, stored=True)
    assert set(parts(alone)) & set(parts(boot_jar())) == {
        ArtifactPart(hashlib.sha256(library).hexdigest(), len(library))
    }


def test_one_changed_class_moves_its_group_and_the_directory() -> None:
    before = boot_jar()
    after = boot_jar({"BOOT-INF/classes/demo/C7.class": noise(999, 3100)})
    assert 3000 < new_bytes(before, after) < 80_000 < len(before) / 4


def test_a_class_that_is_added_moves_no_library() -> None:
    before = boot_jar()
    after = boot_jar({"BOOT-INF/classes/demo/New.class": noise(998, 500)})
    assert new_bytes(before, after) < 80_000


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_archive_is_not_cut(data: bytes) -> None:
    with pytest.raises(DirectoryError):
        cuts(data, len(data))


def test_a_directory_that_points_outside_or_anywhere_is_not_cut() -> None:
    data = boot_jar()
    at = data.rfind(b"PK\x01\x02")
    for offset in (0xFFFFFF, 5):
        forged = data[: at + 42] + offset.to_bytes(4, "little") + data[at + 46 :]
        with pytest.raises(DirectoryError):
            cuts(forged, len(forged))


def test_a_script_in_front_is_cut_too() -> None:
    data = forge.archive({"a": b"1", "b.jar": noise(1, 50_000)}, prefix=forge.SCRIPT, stored=True)
    assert sum(one.length for one in parts(data)) == len(data)


def test_a_cut_of_a_truncated_archive_never_goes_past_its_end() -> None:
    data = boot_jar()
    for length in random.Random(5).sample(range(len(data)), 200):
        try:
            assert cuts(data[:length], length)[-1] == length
        except DirectoryError:
            continue
