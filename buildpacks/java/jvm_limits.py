"""What a JVM is told of its container's limits: a share of the memory as heap, and, where it cannot see the limits by
itself, how much that is, which collector suits it, and how many processors there are.

HotSpot sees the limits of control groups v2 since 8u372, 11.0.16 and 15 (JDK-8230305); where it does, it chooses by
itself, and the same: below 1792 MB or two processors its serial collector, above that G1 (on Java 8 the parallel one).
Looked at with -XX:+PrintFlagsFinal of 8, 11, 17 and 21 in containers with 256 MB to 4 GB and 1 to 2 processors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

HEAP_SHARE = "-XX:MaxRAMPercentage=75.0"
_SHARE = 0.75
SMALL = 1792 << 20
"""Bytes below which HotSpot takes a machine for a small one (os::is_server_class_machine)."""
SERIAL = "-XX:+UseSerialGC"
_HEAP_CHOSEN = re.compile(r"-Xmx|-XX:(MaxRAM|MaxHeapSize|InitialRAM)")
_COLLECTOR_CHOSEN = re.compile(r"-XX:\+Use\w+GC\b")
_PROCESSORS_CHOSEN = re.compile(r"-XX:ActiveProcessorCount=")
_OLD_VERSION = re.compile(r"(?:1\.8\.0(?:_|$)|8u)(\d*)")
_VERSION = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_SEES_SINCE = {8: (372,), 11: (0, 16)}
_SEES_ALWAYS = 15
_COUNTS_SINCE = 191
"""The update of Java 8 that knows ActiveProcessorCount and MaxRAMPercentage."""


@dataclass(frozen=True)
class ContainerLimits:
    """`memory` in bytes, `cpus` in cores, None where there is no limit; `java` as the base's own version says it
    (`17.0.15`, `1.8.0_362` or `8u362`), empty where unknown; `environment` may hold options too.
    """

    memory: int | None = None
    cpus: float | None = None
    java: str = ""
    environment: tuple[str, ...] = ()


def sees_limits(java: str) -> bool:
    """Whether this version of Java sees the limits of its container; one that says nothing is taken for a new one."""
    release, *update = _version(java)
    if release == 0 or release >= _SEES_ALWAYS:
        return True
    return tuple(update) >= _SEES_SINCE.get(release, (math.inf,))


def limits_options(limits: ContainerLimits, chosen: Iterable[str]) -> tuple[str, ...]:
    """Return the options; `chosen` are those that stand already, and win. Without a memory limit there is no heap to
    choose, because 75 % of a whole host is none.
    """
    said = [*chosen, *(option for text in limits.environment for option in text.split())]

    def free(pattern: re.Pattern[str]) -> bool:
        return not any(pattern.match(option) for option in said)

    found = []
    sees = sees_limits(limits.java)
    if limits.memory and free(_HEAP_CHOSEN):
        found.append(HEAP_SHARE if sees else f"-Xmx{int(limits.memory * _SHARE) >> 20}m")
    if sees:
        return tuple(found)
    if limits.memory and limits.memory < SMALL and free(_COLLECTOR_CHOSEN):
        found.append(SERIAL)
    release, *update = _version(limits.java)
    counts = release > 9 or (release == 8 and tuple(update) >= (_COUNTS_SINCE,))  # noqa: PLR2004 (10 has it from its start)
    if limits.cpus and counts and free(_PROCESSORS_CHOSEN):
        found.append(f"-XX:ActiveProcessorCount={math.ceil(limits.cpus)}")
    return tuple(found)


def _version(java: str) -> tuple[int, ...]:
    """`1.8.0_362` -> (8, 362), `11.0.15` -> (11, 0, 15); (0,) for what cannot be read."""
    old = _OLD_VERSION.match(java)
    if old:
        return 8, int(old[1] or 0)
    found = _VERSION.match(java)
    return tuple(int(part) for part in found.groups() if part) if found else (0,)
