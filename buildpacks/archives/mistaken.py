"""Files that are no jar at all, told by their first bytes: what somebody pushed by mistake, and what to push instead.

Source of the signatures: the formats' own specifications, as collected in file(1)'s magic.
"""

from __future__ import annotations

import re

from buildpacks.errors import Refused

LOOKED_AT = 512
"""Bytes from the beginning that tell."""
LOOKED_AT_END = 64 << 10
"""Bytes from the end: an ELF file has its sections' names there."""
_JAR = "Push the .jar or .war that your build makes (target/ or build/libs/)."
_CONTAINER = "Run it as an image component, in an image of your own; or push the jar that it was made from."
_UNPACK = "Unpack it and push the .jar or .war that is inside, or pack the program's folder as zip or tar.gz."
_SIGNATURES: tuple[tuple[bytes, str, str, str], ...] = (
    (b"MZ", "windows-program", "is a program for Windows", "Push the jar that it was made from."),
    (b"\xcf\xfa\xed\xfe", "native-binary", "is a native program for macOS", _CONTAINER),
    (b"\xca\xfe\xba\xbe", "class-file", "is a single class file", "Push the jar that your build packs it into."),
    (b"\xed\xab\xee\xdb", "system-package", "is an RPM package", _UNPACK),
    (b"!<arch>\n", "system-package", "is a Debian package", _UNPACK),
    (b"Rar!\x1a\x07", "other-archive", "is a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "other-archive", "is a 7z archive", _UNPACK),
    (b"(\xb5/\xfd", "other-archive", "is compressed by zstd", _UNPACK),
    (b"%PDF-", "other-file", "is a PDF document", _JAR),
    (b"version https://git-lfs", "pointer-file", "is only a pointer of Git LFS to the real file",
     "Fetch the file itself (git lfs pull) and push that."),
)  # fmt: skip
_ELF = b"\x7fELF"
_NATIVE_IMAGE = b".svm_heap"
"""The section in which GraalVM keeps the image of its heap."""
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def refuse(name: str, start: bytes, end: bytes) -> None:
    """Raises Refused where the first bytes show another kind of file.

    `start` are its first `LOOKED_AT` bytes, `end` its last `LOOKED_AT_END`.
    """
    if start.startswith(_ELF):
        made = "a native image that GraalVM made" if _NATIVE_IMAGE in end else "a native program for Linux (ELF)"
        raise Refused("native-binary", name=name, made=made)
    for signature, code, what, hint in _SIGNATURES:
        if start.startswith(signature):
            raise Refused(code, f"{name} {what}, not a jar.", hint)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _PAGE.match(text):
        raise Refused("web-page", name=name)
    if text and _is_text(start):
        line = text.splitlines()[0][:60].decode("utf-8", "replace")
        raise Refused("text-file", name=name, line=line)


def _is_text(start: bytes) -> bool:
    """UTF-8 without control characters; a letter may be cut off at the end."""
    try:
        start.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return False
    return not any(byte < 32 and byte not in b"\t\n\r\f" for byte in start)  # noqa: PLR2004 (control characters)
