"""A folder beside the Compose file that a component writes: on the site a volume, made, kept and backed up as one."""

from __future__ import annotations

import hashlib
import re

from buildsvc.compose.relative import parts_below

_PLAIN = re.compile(r"[^A-Za-z0-9_-]+")
_MARK = 8


def key_of(source: str) -> str:
    """How a folder is named in the application: `./redis/data`, however the file spells it."""
    joined = "/".join(parts_below("", source))
    return joined if joined.startswith(("~", "..")) else f"./{joined}"


def volume_of(application: str, key: str) -> str:
    """Return the volume's name in the engine: readable, and never that of a declared volume."""
    readable = _PLAIN.sub("-", key).strip("-")
    return f"{application}_folder-{readable}-{hashlib.sha256(key.encode()).hexdigest()[:_MARK]}"
