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
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "windows-program"),
    (b"\xcf\xfa\xed\xfe", "native-binary.macos"),
    (b"\xca\xfe\xba\xbe", "class-file"),
    (b"\xed\xab\xee\xdb", "system-package.rpm"),
    (b"!<arch>\n", "system-package.debian"),
    (b"Rar!\x1a\x07", "other-archive.rar"),
    (b"7z\xbc\xaf\x27\x1c", "other-archive.seven-zip"),
    (b"(\xb5/\xfd", "other-archive.zstd"),
    (b"%PDF-", "other-file"),
    (b"version https://git-lfs", "pointer-file"),
)
_ELF = b"\x7fELF"
_NATIVE_IMAGE = b".svm_heap"
"""The section in which GraalVM keeps the image of its heap."""
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def refuse(name: str, start: bytes, end: bytes) -> None:
    """Raise Refused where the first bytes show another kind of file.

    `start` are its first `LOOKED_AT` bytes, `end` its last `LOOKED_AT_END`.
    """
    if start.startswith(_ELF):
        raise Refused("native-binary.graal" if _NATIVE_IMAGE in end else "native-binary.elf", name=name)
    for signature, key in _SIGNATURES:
        if start.startswith(signature):
            raise Refused(key, name=name)
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
