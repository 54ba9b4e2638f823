"""Native libraries: the machine an ELF file is for, from its header. Source: ELF gABI, chapter "ELF Header"."""

from __future__ import annotations

MAGIC = b"\x7fELF"
HEADER = 20
"""Bytes needed: e_ident, e_type, e_machine."""
_BIG_ENDIAN = 2
_MACHINES = {3: "386", 21: "ppc64", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64", 258: "loong64"}


def machine(start: bytes) -> str | None:
    """The architecture in OCI words, `em-N` for others; None where these bytes are no ELF header."""
    if len(start) < HEADER or start[:4] != MAGIC:
        return None
    order = "big" if start[5] == _BIG_ENDIAN else "little"
    number = int.from_bytes(start[18:20], "big" if order == "big" else "little")
    if number == 21 and order == "little":  # noqa: PLR2004 (the same number for both byte orders)
        return "ppc64le"
    return _MACHINES.get(number, f"em-{number}")


def looks_native(name: str) -> bool:
    """Whether an entry's name is worth a look: `.so`, versioned ones, and JNI files of other endings."""
    last = name.rpartition("/")[2]
    return last.endswith((".so", ".jnilib")) or ".so." in last
