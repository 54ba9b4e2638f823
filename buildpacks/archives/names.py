"""Names of entries: what would leave the archive, or break a line of somebody's terminal, is refused."""

from __future__ import annotations

from buildpacks.archives.limits import Bounds
from buildpacks.errors import Refused

LONGEST_FILE_NAME = 255
"""Bytes, as file systems have it."""
_CONTROL = frozenset(chr(code) for code in (*range(32), *range(127, 160)))


def safe(archive: str, name: str, limits: Bounds) -> str:
    """Return the name as it is where it is safe. Raises Refused `entry-outside`, `entry-name`, `entry-too-deep`."""
    usual = name and name.isprintable() and name[0] not in "/\\" and ".." not in name and name[1:2] != ":"
    if not usual:
        _refuse(archive, name)
    if name.count("/") > limits.depth:
        raise Refused(
            "entry-too-deep", member=shown(name[:100]), archive=archive, count=name.count("/"), depth=limits.depth
        )
    return name


def _refuse(archive: str, name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    drive = len(parts[0]) == 2 and parts[0][1] == ":"  # noqa: PLR2004 (C:)
    if not name or ".." in parts or not parts[0] or drive:
        raise Refused("entry-outside", member=shown(name), archive=archive)
    if not _CONTROL.isdisjoint(name):
        raise Refused("entry-name", member=shown(name), archive=archive)


def shown(name: str) -> str:
    """Return a name for a message, with what cannot be printed escaped."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name[:200])


def check_file(filename: str) -> None:
    """Raise Refused `bad-filename` where an upload's own name cannot be kept or shown."""
    if not filename.isprintable() or len(filename.encode("utf-8", "surrogatepass")) > LONGEST_FILE_NAME:
        raise Refused("bad-filename", filename=shown(filename), longest_file_name=LONGEST_FILE_NAME)
