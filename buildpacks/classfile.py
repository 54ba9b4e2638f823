"""Class files: which Java release compiled one. Source: Java Virtual Machine Specification, section 4.1."""

from __future__ import annotations

MAGIC = b"\xca\xfe\xba\xbe"
HEADER = 8
"""Bytes needed to know the version: magic, minor, major."""
_BEFORE_JAVA_1 = 44
_SMALLEST_MAJOR = 45


def major(start: bytes) -> int | None:
    """The major version from a file's first 8 bytes; None where it is no class file."""
    if len(start) < HEADER or start[:4] != MAGIC:
        return None
    found = int.from_bytes(start[6:8], "big")
    return found if found >= _SMALLEST_MAJOR else None


def java_release(major_version: int) -> int:
    """The smallest Java release that runs this major version: 52 is 8, 61 is 17."""
    return major_version - _BEFORE_JAVA_1


def counts(name: str) -> bool:
    """Whether this entry says anything about the Java release needed.

    `META-INF/versions/` is for newer releases only, and a `module-info` is not read from the class path.
    """
    return (
        name.endswith(".class") and not name.startswith("META-INF/") and name.rpartition("/")[2] != "module-info.class"
    )
