"""MANIFEST.MF: its main section, and whether Java takes the whole. Source: JAR File Specification, "JAR Manifest"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from buildpacks.sentences.wording import Wording

NAME = "META-INF/MANIFEST.MF"
_LINE_END = re.compile(rb"\r\n|\r|\n")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""A name out of a manifest is shown to people: it must not be able to move their cursor."""
_MOST = 1 << 20
"""Bytes of the main section; a signed jar's manifest is longer, but not there."""
_LONGEST = 512
"""Bytes of a line with its end: java.util.jar reads into a buffer of that size."""
_FIELD = re.compile(rb"([A-Za-z0-9_-]{1,70}): ")
_SECTION = re.compile(rb"name: ", re.IGNORECASE)
_STARTS = b"Main-Class:"
_NAMES = {
    name.lower(): name
    for name in (
        "Main-Class", "Start-Class", "Class-Path", "Multi-Release", "Launcher-Agent-Class", "Agent-Class",
        "Premain-Class", "Add-Opens", "Add-Exports", "Enable-Native-Access", "Automatic-Module-Name", "Loader-Main",
        "Loader-Path", "Spring-Boot-Version", "Spring-Boot-Classes", "Spring-Boot-Lib", "Spring-Boot-Layers-Index",
        "Spring-Boot-Classpath-Index", "Implementation-Title", "Implementation-Version", "Implementation-Vendor",
        "Build-Jdk-Spec", "Created-By", "Bundle-SymbolicName", "Bundle-Version", "Bundle-License", "Sbom-Location",
    )
}  # fmt: skip
"""Those that anything here asks for."""


def parse(data: bytes) -> dict[str, str]:
    """Read the main attributes; folded lines (that begin with a space) are joined before decoding. Names are written as
    the specification writes those that matter here: Java compares them without regard to case. Of twins the last
    counts.

    Lines that are no attribute are left out, because real manifests have them and Java ignores or tolerates many.
    """
    lines: list[list[bytes]] = []
    for _, line, _ in _lines(data[:_MOST].removeprefix(b"\xef\xbb\xbf")):
        if line.startswith(b" ") and lines:
            lines[-1].append(line[1:])
        elif line:
            lines.append([line])
        elif lines:
            break
    found: dict[str, str] = {}
    for pieces in lines:
        name, colon, value = b"".join(pieces).decode("utf-8", "replace").partition(":")
        if colon and name.strip():
            found[_usual(name.strip())] = _CONTROL.sub(" ", value).strip()
    return found


def _usual(name: str) -> str:
    return _NAMES.get(name.lower(), name)


def fault(data: bytes) -> Wording | None:
    """Return why `java.util.jar.Manifest` refuses it, as JDK 8 to 25 do; None where it does not. What it merely ignores
    is no fault, except a last line that names the main class and does not end.
    """
    expected = "field"
    for number, line, end in _lines(data):
        if len(line) + len(end) > _LONGEST or (not end and len(line) == _LONGEST):
            return Wording("manifest-fault.long", line=number, longest=_LONGEST)
        if not end:
            starts = line.lower().startswith(_STARTS.lower())
            return Wording("manifest-fault.no-end", attribute=_STARTS.decode()) if starts else None
        if not line:
            # The first section ends at once, the others may be far apart.
            expected = "section"
        elif line.startswith(b" "):
            if expected != "more":
                return Wording("manifest-fault.continues", line=number)
        elif expected == "section":
            if not _SECTION.match(line):
                return Wording("manifest-fault.section", line=number)
            expected = "more"
        elif not _FIELD.match(line):
            return Wording("manifest-fault.no-attribute", line=number)
        else:
            expected = "more"
    return None


def _lines(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    at = 0
    for number, end in enumerate(_LINE_END.finditer(data), 1):
        yield number, data[at : end.start()], end.group()
        at = end.end()
    if at < len(data):
        yield data.count(b"\n") + 1, data[at:], b""
