"""A library's name and version out of its file name: `zstd-jni-1.5.6-4.jar` is `zstd-jni` in version `1.5.6-4`."""

from __future__ import annotations

import re

from buildpacks.split import name_of

_NUMBER_BEFORE = re.compile(r"-\d+(?:\.\d+)+$")
"""`1.5.6` of `zstd-jni-1.5.6-4`: part of the version, not of the name."""


def name_and_version(entry: str) -> tuple[str, str]:
    """Name and version of the jar at `entry`; the version, a classifier behind it, is empty without one."""
    stem = entry.rpartition("/")[2][: -len(".jar")]
    name = _NUMBER_BEFORE.sub("", name_of(entry))
    return name, stem[len(name) + 1 :]
