"""What a site answers, as it is given to a command: by options, and by a file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from buildpacks.errors import Refused


def values_given(options: Iterable[str], file: Path | None) -> dict[str, str]:
    """Return the answers of a file and of options, which win. Raises Refused `bad-site-value`."""
    found = _of_file(file) if file is not None else {}
    for one in options:
        name, has, value = one.partition("=")
        if not name or not has:
            raise Refused("bad-site-value.form", text=one)
        found[name] = value
    return found


def _of_file(file: Path) -> dict[str, str]:
    found = {}
    for row in file.read_text(encoding="utf-8-sig").splitlines():
        name, has, value = row.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if not has:
            raise Refused("bad-site-value.file", file=str(file))
        found[name.strip()] = value.strip()
    return found
