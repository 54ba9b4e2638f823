"""Bounds on what an archive may claim. Generous: real applications stay far below all of them."""

from __future__ import annotations

from dataclasses import dataclass

RATIO_FLOOR = 64 << 20
"""Bytes up to which nobody asks how well something was compressed."""


@dataclass(frozen=True)
class Bounds:
    """Bytes unless said otherwise."""

    entries: int = 200_000
    """Of the archive, and of each jar in it."""
    directory: int = 64 << 20
    """The central directory, which is held in memory while it is read; of each jar in it too."""
    name: int = 1024
    depth: int = 100
    """Folders in one name."""
    entry: int = 2 << 30
    total: int = 8 << 30
    """Of the archive unpacked; and of all jars in it together, unpacked in their turn."""
    ratio: int = 200
    """Times larger unpacked than packed, for the archive and for each jar in it; only looked at above 64 MB."""
    script: int = 1 << 20
    """A shell script in front."""
    packed_library: int = 256 << 20
    """A jar in the archive that is compressed there: it has to be unpacked to be read."""
    tar_header: int = 1 << 20
    """What stands in front of one file of a tar: long names, extended headers, the map of a sparse file."""


DEFAULT = Bounds()
