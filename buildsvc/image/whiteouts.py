"""What a layer takes away from those below it (OCI image specification, layer.md: whiteouts)."""

from __future__ import annotations

import posixpath

_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


def taken_away(path: str) -> str | None:
    """Return the path that goes, with all below it, by this entry of a layer; None where the entry is a file's own."""
    folder, _, name = path.rpartition("/")
    if name == _OPAQUE:
        return folder
    return posixpath.join(folder, name[len(_WHITEOUT) :]) if name.startswith(_WHITEOUT) else None
