"""What a build says of native libraries that its base or its host cannot load: a warning, or a refusal."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from typing import Any

from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.java.loadable import Host, Unloadable, findings
from buildpacks.platforms import Platform
from buildsvc.image.bases import BaseCache
from buildsvc.image.types import BaseImage
from buildsvc.model.application import Natives
from buildsvc.model.events import Event
from buildsvc.model.raised import warned


def page_size(platform: Platform) -> int | None:
    """Bytes of a memory page where instances run, which is this machine; None where it is of another architecture."""
    try:
        here = Platform.parse(os.uname().machine)
    except Refused:
        return None
    return mmap.PAGESIZE if here == platform else None


def look(
    analysis: Analysis,
    base: BaseImage,
    *,
    bases: BaseCache,
    wish: Natives,
    page: int | None,
    publish: Callable[[Event], None],
) -> None:
    """Publish a warning for each finding. Raises Refused, after the others were told, for the worst that `wish` does
    not tolerate.
    """
    host = Host(base.image.platform.architecture, base.glibc, frozenset(base.libraries), page)
    refused: Unloadable | None = None
    for finding in findings(analysis.natives, host, analysis.loads):
        if refused is None and (wish == "require" or (wish == "auto" and finding.certain)):
            refused = finding
        else:
            publish(warned(f"{finding.said.code}.natives-warned", **_told(finding, base, bases)))
    if refused is not None:
        told = _told(refused, base, bases)
        raise Refused(f"{refused.said.code}.natives-refused", certain=refused.certain, **told)


def _told(finding: Unloadable, base: BaseImage, bases: BaseCache) -> dict[str, Any]:
    """Return what is said, with the base of the cache that would do where it is the C library that is too old."""
    wanted = _numbers(finding.glibc)
    better = [
        other
        for other in bases.list()
        if wanted
        and other.java is not None
        and other.java >= (base.java or 0)
        and other.image.platform == base.image.platform
        and _numbers(other.glibc) >= wanted
    ]
    one = min(better, key=lambda other: other.java or 0, default=None)
    other = {"name": one.name, "glibc": one.glibc, "java": one.java} if one else {"name": "", "glibc": "", "java": None}
    return {"said": finding.said, **other}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
