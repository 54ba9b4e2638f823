"""Durations in seconds and sizes in bytes, as Compose files and settings write them."""

from __future__ import annotations

import re

from buildpacks.errors import Refused

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(?:i?b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def duration(text: str) -> float:
    """Seconds of `1m30s`, `500ms`, `1.5h`; `0` needs no unit. Raises Refused `bad-duration`.

    Format: the durations of the Compose Specification, which are those of Go's time.ParseDuration.
    """
    stripped = text.strip()
    if stripped == "0":
        return 0.0
    parts = _DURATION.findall(stripped)
    if not parts or "".join(number + unit for number, unit in parts) != stripped:
        raise Refused("bad-duration", text=text)
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def size(text: str) -> int:
    """Bytes of `64m`, `1.5gb`, `512KiB` or `1024`; every unit is a power of 1024. Raises Refused `bad-size`.

    Format: the byte values of the Compose Specification (https://compose-spec.io, "Specifying byte values").
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise Refused("bad-size", text=text)
    return int(float(found[1]) * 1024 ** _POWERS[found[2].lower()])


def spell_size(size: int) -> str:
    """Spell a size for people: `64 MB`, `1.5 GB`; powers of 1024."""
    value = float(size)
    for unit in ("bytes", "KB", "MB"):
        if value < 1024:  # noqa: PLR2004 - the base of the units
            return f"{value:.3g} {unit}" if unit != "bytes" else f"{size} bytes"
        value /= 1024
    return f"{value:.3g} GB"
