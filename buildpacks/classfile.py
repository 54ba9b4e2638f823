"""Class files: which Java release compiled one. Source: Java Virtual Machine Specification, section 4.1."""

from __future__ import annotations

MAGIC = b"\xca\xfe\xba\xbe"
HEADER = 8
"""Bytes needed to know the version: magic, minor, major."""
_BEFORE_JAVA_1 = 44
_SMALLEST_MAJOR = 45
_UTF8, _CLASS = 1, 7
_TWO_PLACES = (5, 6)
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
"""Bytes behind the tag of each kind of constant, texts excepted (table 4.4-A and the sections after it)."""


def major(start: bytes) -> int | None:
    """Read the major version from a file's first 8 bytes; None where it is no class file."""
    if len(start) < HEADER or start[:4] != MAGIC:
        return None
    found = int.from_bytes(start[6:8], "big")
    return found if found >= _SMALLEST_MAJOR else None


def java_release(major_version: int) -> int:
    """Return the smallest Java release that runs this major version: 52 is 8, 61 is 17."""
    return major_version - _BEFORE_JAVA_1


def has_main(data: bytes) -> bool:
    """Whether it seems to have a main method: its name and its descriptor are texts of the constant pool (4.4.7)."""
    return b"\x00\x04main" in data and b"\x00\x16([Ljava/lang/String;)V" in data


def class_names(data: bytes) -> frozenset[str]:
    """Return the classes that a class file names, as `java/lang/String`; empty where its constant pool cannot be read.

    Arrays and primitives are left out. Source: section 4.4, "The Constant Pool".
    """
    texts: dict[int, str] = {}
    named: list[int] = []
    try:
        count, at, index = int.from_bytes(data[8:10], "big"), 10, 1
        while index < count:
            tag = data[at]
            if tag == _UTF8:
                size = int.from_bytes(data[at + 1 : at + 3], "big")
                texts[index] = data[at + 3 : at + 3 + size].decode("utf-8", "replace")
                at += 3 + size
            else:
                if tag == _CLASS:
                    named.append(int.from_bytes(data[at + 1 : at + 3], "big"))
                at += 1 + _SIZES[tag]
            # A long or a double takes two places.
            index += 2 if tag in _TWO_PLACES else 1
    except (IndexError, KeyError):
        return frozenset()
    return frozenset(name for name in (texts.get(one, "") for one in named) if name and not name.startswith("["))


def counts(name: str) -> bool:
    """Whether this entry says anything about the Java release needed.

    `META-INF/versions/` is for newer releases only, and a `module-info` is not read from the class path.
    """
    return (
        name.endswith(".class") and not name.startswith("META-INF/") and name.rpartition("/")[2] != "module-info.class"
    )
