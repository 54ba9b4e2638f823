"""Native libraries inside of jars, also nested ones."""

import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import NativeLibrary
from buildpacks.facts import elf, natives
from tests import elves, forge

GLIBC = elves.shared(62, versions={"libc.so.6": ("GLIBC_2.17",)})
MUSL = elves.shared(183, needed=("libc.musl-aarch64.so.1",), align=65536)
LIBRARY = forge.library("a.A", extra={"linux/a.so": GLIBC, "arm/a.so": MUSL, "mac/a.jnilib": b"\xcf\xfa\xed\xfe" * 9})
IN_LIBRARY = "BOOT-INF/lib/l.jar!/"


def read(tmp_path: Path, data: bytes, **how: object) -> dict[str, NativeLibrary]:
    found = analyse(forge.write(tmp_path / "x.jar", data), "x.jar", **how)  # type: ignore[arg-type]
    return {native.path: native for native in found.natives}


def test_those_of_the_jar_and_of_nested_ones_are_unpacked_and_read(tmp_path: Path) -> None:
    data = forge.boot_jar(libraries={"l.jar": LIBRARY}, resources={"own.so": GLIBC})
    found = read(tmp_path, data, machines=None)
    assert set(found) == {"BOOT-INF/classes/own.so", f"{IN_LIBRARY}linux/a.so", f"{IN_LIBRARY}arm/a.so"}
    assert (found["BOOT-INF/classes/own.so"].libc, found["BOOT-INF/classes/own.so"].glibc) == ("glibc", "2.17")
    assert (found[f"{IN_LIBRARY}arm/a.so"].libc, found[f"{IN_LIBRARY}arm/a.so"].align) == ("musl", 65536)


def test_a_compressed_nested_jar_gives_the_same_facts(tmp_path: Path) -> None:
    stored = read(tmp_path, forge.boot_jar(libraries={"l.jar": LIBRARY}), machines=None)
    assert read(tmp_path, forge.boot_jar(libraries={"l.jar": LIBRARY}, nested_stored=False), machines=None) == stored


def test_only_the_machine_that_is_asked_for_is_looked_into(tmp_path: Path) -> None:
    data = forge.boot_jar(libraries={"l.jar": LIBRARY})
    found = read(tmp_path, data, machines=("arm64",))
    assert found[f"{IN_LIBRARY}linux/a.so"] == NativeLibrary(f"{IN_LIBRARY}linux/a.so", "amd64")
    assert found[f"{IN_LIBRARY}arm/a.so"].libc == "musl"
    assert {native.libc for native in read(tmp_path, data).values()} == {None}


def test_what_was_remembered_is_looked_into_where_nobody_had_and_keeps_what_is_known(tmp_path: Path) -> None:
    path = forge.write(tmp_path / "x.jar", forge.boot_jar(libraries={"l.jar": LIBRARY}))
    first = {one.sha256: one for one in analyse(path, "x.jar", machines=("amd64",)).libraries}
    again = analyse(path, "x.jar", known=lambda _: first, machines=("arm64",))
    assert [native.libc for native in again.libraries[-1].natives] == ["glibc", "musl"]
    # What is known is believed: a changed fact comes back as it is.
    marked = replace(again.libraries[-1], natives=tuple(replace(n, glibc="9.9") for n in again.libraries[-1].natives))
    once_more = analyse(path, "x.jar", known=lambda _: {marked.sha256: marked}, machines=None)
    assert once_more.libraries[-1].natives == marked.natives


def test_a_damaged_entry_says_its_machine_and_is_not_looked_at_again() -> None:
    packer = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = bytearray(packer.compress(GLIBC + bytes(100_000)) + packer.flush())
    # Where the second block begins: a kind of block that does not exist.
    data[5 + 0xFFFF if data[1:3] == b"\xff\xff" else 5 + int.from_bytes(data[1:3], "little")] = 0xFF
    (native,) = natives.read(bytes(data), [natives.PackedNative("a.so", 0, len(data), False)], None)
    assert (native.machine, native.libc) == ("amd64", "unknown")


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begin = elves.shared(62, needed=("libc.so.6",))
    bomb = begin[:64] + bytes(32 << 20)
    unpacked: list[int] = []

    def count(path: str, data: bytes) -> NativeLibrary:
        unpacked.append(len(data))
        return NativeLibrary(path, "amd64", "unknown")

    monkeypatch.setattr(elf, "read", count)
    extra = {f"{number}.so": bomb for number in range(8)}
    jar = forge.library("a.A", extra=extra)
    read(tmp_path, forge.boot_jar(libraries={"l.jar": jar}, nested_stored=True), machines=None)
    assert len(unpacked) == 8
    assert sum(unpacked) <= natives.RATIO * len(jar)


def test_another_systems_library_is_told_apart_without_being_unpacked(tmp_path: Path) -> None:
    extra = {"a.so": elves.shared(note=b"Android"), "f.so": elves.shared(system=9), "l.so": GLIBC}
    found = read(tmp_path, forge.boot_jar(libraries={"l.jar": forge.library("a.A", extra=extra)}), machines=())
    assert [native.libc for native in found.values()] == ["bionic", "other", None]
