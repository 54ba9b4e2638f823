"""MANIFEST.MF, its main section. Source: JAR File Specification, "JAR Manifest"."""

from __future__ import annotations


def parse(data: bytes) -> dict[str, str]:
    """The main attributes; folded lines (that begin with a space) are joined before decoding, names keep their case.

    Lines that are no attribute are left out, because real manifests have them and Java ignores or tolerates many.
    """
    lines: list[bytes] = []
    for line in data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b" ") and lines:
            lines[-1] += line[1:]
        elif line:
            lines.append(line)
        elif lines:
            break
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon and name.strip():
            found[name.strip()] = value.strip()
    return found
