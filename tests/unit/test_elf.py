"""Native libraries."""

import _ctypes
import mmap
import os
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildpacks.analysis import NativeLibrary
from buildpacks.facts import elf
from buildpacks.platforms import Platform
from tests import elves, forge

LIBCS = {"glibc", "musl", "bionic", "other", "none", "unknown"}


@pytest.mark.parametrize(
    ("number", "machine"), [(62, "amd64"), (183, "arm64"), (258, "loong64"), (21, "ppc64le"), (9999, "em-9999")]
)
def test_the_machine_is_read_from_the_header(number: int, machine: str) -> None:
    assert elf.machine(forge.elf(number)) == machine


@pytest.mark.parametrize("start", [b"", b"\x7fELF", b"MZ" + bytes(40), b"\xcf\xfa\xed\xfe" + bytes(40)])
def test_other_systems_libraries_are_no_elf(start: bytes) -> None:
    assert elf.machine(start) is None
    assert elf.read("x.so", start) is None


def test_versioned_names_are_looked_at_and_sources_are_not() -> None:
    assert elf.looks_native("lib/libz.so.1")
    assert elf.looks_native("x/libnetty.so")
    assert elf.looks_native("x/libduck.so_linux_arm64")
    assert not elf.looks_native("a/b.source")
    assert not elf.looks_native("a/b.sort")
    assert not elf.looks_native("liba.so/readme.txt")


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("bits", [64, 32])
def test_libc_versions_names_and_alignment_are_read_in_either_width_and_order(bits: int, big: bool) -> None:
    versions = {
        "libc.so.6": ("GLIBC_2.9", "GLIBC_2.17", "GLIBC_2.2.5", "GLIBC_PRIVATE"),
        "libstdc++.so.6": ("GLIBCXX_3.4.9", "GLIBCXX_3.4.21", "CXXABI_1.3"),
    }
    data = elves.shared(22, needed=tuple(versions), versions=versions, align=65536, bits=bits, big=big)
    needed = ("libc.so.6", "libstdc++.so.6")
    assert elf.read("a.so", data) == NativeLibrary("a.so", "s390x", "glibc", "2.17", "3.4.21", needed, 65536)


def test_a_version_that_may_be_missing_does_not_count() -> None:
    data = elves.shared(versions={"libc.so.6": ("GLIBC_2.17",)}, weak=("GLIBC_2.38",))
    found = elf.read("a.so", data)
    assert found is not None
    assert found.glibc == "2.17"


def test_packed_relocations_need_the_glibc_that_knows_them() -> None:
    found = elf.read("a.so", elves.shared(versions={"libc.so.6": ("GLIBC_2.17", "GLIBC_ABI_DT_RELR")}))
    assert found is not None
    assert found.glibc == "2.36"


@pytest.mark.parametrize(
    ("needed", "libc"),
    [
        (("libm.so.6", "libc.so.6"), "glibc"),
        (("libpthread.so.0",), "glibc"),
        (("libc.musl-x86_64.so.1",), "musl"),
        (("libc.so",), "musl"),
        (("libc.so", "libdl.so"), "bionic"),
        (("libc.so.7",), "other"),
        (("libc.so.97.0",), "other"),
        (("libdl.so.1",), "other"),
        (("libfoo.so.1",), "none"),
        ((), "none"),
    ],
)
def test_the_c_library_is_known_by_what_is_asked_for(needed: tuple[str, ...], libc: str) -> None:
    found = elf.read("a.so", elves.shared(needed=needed))
    assert found is not None
    assert found.libc == libc


def test_other_systems_on_the_same_machine_are_told_apart() -> None:
    for data in (elves.shared(system=9), elves.shared(note=b"OpenBSD"), elves.shared(note=b"FreeBSD")):
        found = elf.read("a.so", data)
        assert found is not None
        assert (found.machine, found.libc) == ("amd64", "other")
    android = elf.read("a.so", elves.shared(note=b"Android"))
    assert android is not None
    assert android.libc == "bionic"


def test_a_program_with_32_bit_pointers_is_not_for_64_bit_hosts() -> None:
    assert elf.machine(forge.elf(62, bits=32)) == "amd64p32"


def test_a_file_that_ends_early_says_its_machine_and_nothing_else() -> None:
    data = elves.shared(versions={"libc.so.6": ("GLIBC_2.17",)})
    for length in range(elf.HEADER, len(data) - 1):
        found = elf.read("a.so", data[:length])
        assert found is not None
        assert (found.machine, found.libc) == ("amd64", "unknown")


GOOD = [
    elves.shared(
        machine, needed=("libc.so.6", "libm.so.6"), versions={"libc.so.6": ("GLIBC_2.17", "GLIBC_2.2.5")},
        bits=bits, big=big, note=b"GNU",
    )
    for machine, bits, big in [(62, 64, False), (183, 64, False), (40, 32, False), (22, 64, True), (8, 32, True)]
]  # fmt: skip


@settings(max_examples=500, deadline=2000)
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=30))
def test_changed_bytes_never_do_harm(data: bytes, changes: list[tuple[int, int]]) -> None:
    broken = bytearray(data)
    for at, value in changes:
        broken[at % len(broken)] = value
    found = elf.read("a.so", bytes(broken))
    assert found is None or found.libc in LIBCS


@settings(max_examples=200, deadline=2000)
@given(st.binary(max_size=400), st.sampled_from([1, 2]), st.sampled_from([1, 2]))
def test_any_bytes_behind_a_header_never_do_harm(rest: bytes, width: int, order: int) -> None:
    found = elf.read("a.so", b"\x7fELF" + bytes([width, order, 1, 0]) + rest)
    assert found is None or found.libc in LIBCS


def test_tables_that_claim_to_be_endless_are_left_soon() -> None:
    data = bytearray(elves.shared(versions={"libc.so.6": ("GLIBC_2.17",)}))
    data[56:58] = b"\xff\xff"
    began = time.process_time()
    found = elf.read("a.so", bytes(data) + random.Random(1).randbytes(8 << 20))
    assert found is not None
    assert time.process_time() - began < 1


def test_a_real_library_is_read() -> None:
    found = elf.read("", Path(_ctypes.__file__).read_bytes())
    assert found is not None
    assert found.machine == Platform.parse(os.uname().machine).architecture
    assert found.libc == "glibc"
    assert found.align >= mmap.PAGESIZE
    (here,) = re.findall(r"glibc (\d+)\.(\d+)", os.confstr("CS_GNU_LIBC_VERSION") or "")
    assert (2, 2) <= tuple(map(int, found.glibc.split(".")))[:2] <= tuple(map(int, here))
