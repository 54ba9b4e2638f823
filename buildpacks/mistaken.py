"""Files that people push instead of a jar, told by how they begin: each refused with what it is and what to push."""

from __future__ import annotations

from buildpacks import classfile, native
from buildpacks.errors import Refused

WANTED = 64
"""Bytes of a file's beginning that are looked at."""
_PACKED = {
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x1f\x8b": "packed by gzip",
    b"BZh": "packed by bzip2",
}
_WINDOWS, _MAC = b"MZ", (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
_TEXT = (b"<!doctype", b"<html", b"<?xml", b"{")
_JAR = "Push the .jar or .war that your build makes (target/ or build/libs/)."


def refusal(name: str, start: bytes) -> Refused | None:
    """The refusal of a file that begins with `start`; None where these bytes say nothing certain."""
    told = _native(start)
    if told:
        return Refused(
            "native-executable",
            f"{name} is {told}, like those of GraalVM's native-image, and no jar: nothing here starts it.",
            "Push the jar that it was made from, or run it as an image component.",
        )
    if classfile.major(start) is not None:
        return Refused("class-file", f"{name} is a single class file, not a jar.", _JAR)
    for magic, what in _PACKED.items():
        if start.startswith(magic):
            return Refused(
                "not-an-archive", f"{name} is {what}, not a jar.", "Push the jar inside it, or a zip or tar.gz."
            )
    return None


def unknown(name: str, start: bytes) -> Refused:
    """The refusal of a file that is nothing known."""
    if start.lstrip().lower().startswith(_TEXT):
        told = f"{name} is a text (it begins with {_shown(start)}), not a jar"
        return Refused("not-an-archive", f"{told}: perhaps the page of a repository that had no such file.", _JAR)
    return Refused(
        "not-an-archive", f"{name} is not a jar: it begins with {start[:4]!r} instead of a zip header.", _JAR
    )


def _native(start: bytes) -> str | None:
    machine = native.machine(start)
    if machine is not None:
        return f"a native executable for {machine} (ELF)"
    if start.startswith(_WINDOWS):
        return "a Windows executable"
    return "a native executable for macOS" if start.startswith(_MAC) else None


def _shown(start: bytes) -> str:
    return repr(start[:16].decode("utf-8", "replace"))
