"""Native libraries."""

import pytest

from buildpacks import native
from tests import forge


@pytest.mark.parametrize(
    ("number", "machine"), [(62, "amd64"), (183, "arm64"), (258, "loong64"), (21, "ppc64le"), (9999, "em-9999")]
)
def test_the_machine_is_read_from_the_header(number: int, machine: str) -> None:
    assert native.machine(forge.elf(number)) == machine


@pytest.mark.parametrize("start", [b"", b"\x7fELF", b"MZ" + bytes(40), b"\xcf\xfa\xed\xfe" + bytes(40)])
def test_other_systems_libraries_are_no_elf(start: bytes) -> None:
    assert native.machine(start) is None


def test_versioned_names_are_looked_at_and_sources_are_not() -> None:
    assert native.looks_native("lib/libz.so.1")
    assert native.looks_native("x/libnetty.so")
    assert not native.looks_native("a/b.source")
    assert not native.looks_native("liba.so/readme.txt")
