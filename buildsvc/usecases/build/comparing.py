"""What a new artifact changes against the live one, in short: the operator sees it before the switch.

Both files are on disk, and their central directories say nearly everything: 25 ms for two Spring Boot applications of
130 MB with 157 libraries, 133 of them in another version.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from buildpacks.analysis import Analysis
from buildpacks.errors import Failure
from buildpacks.inside.difference import Names, compare, own_jars
from buildpacks.inside.libraries_changed import LibraryChange
from buildpacks.inside.outline import outlined
from buildpacks.programs.folders import application_jar
from buildsvc.engines.base import Publish
from buildsvc.model.configuration_keys import key_changes
from buildsvc.model.events import Compared, LibraryDelta
from buildsvc.model.release import Release
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.site import Site

MOST = 30
"""Libraries and keys that the event names; it counts all."""


def tell_difference(site: Site, live: LiveRelease | None, analysis: Analysis, publish: Publish) -> None:
    """Publish how `analysis` differs from what is live. Nothing without another artifact, or when that was pruned."""
    if live is None or live.release.is_image_only or live.release.artifact == analysis.sha256:
        return
    found = difference(site, live.release, analysis)
    if found is not None:
        publish(found.short)


@dataclass(frozen=True)
class ArtifactDifference:
    """How an artifact differs from the live one: in short, and the classes by name."""

    short: Compared
    classes: Names


def difference(site: Site, live: Release, analysis: Analysis) -> ArtifactDifference | None:
    """Compare `analysis` with the artifact that is live; None where one of the two cannot be read."""
    began = time.monotonic()
    own = own_jars(application_jar(analysis)) if analysis.folder is not None else frozenset()
    try:
        with (
            outlined(site.artifacts.path(live.artifact), live.filename) as former,
            outlined(site.artifacts.path(analysis.sha256), analysis.filename) as latter,
        ):
            found = compare(former, latter, own)
    except Failure:
        return None
    keys = [change.key for change in key_changes(found.configuration)]
    short = Compared(
        release=live.number,
        filename=live.filename,
        classes_added=len(found.classes.added),
        classes_removed=len(found.classes.removed),
        classes_changed=len(found.classes.changed),
        libraries=tuple(_delta(change) for change in found.libraries[:MOST]),
        libraries_changed=len(found.libraries),
        keys=tuple(keys[:MOST]),
        keys_changed=len(keys),
        others=len(found.resources) + len(found.manifest),
        seconds=time.monotonic() - began,
    )
    return ArtifactDifference(short, found.classes)


def _delta(change: LibraryChange) -> LibraryDelta:
    inside = change.inside
    differ = inside.added + inside.removed + inside.changed + inside.others if inside is not None else None
    return LibraryDelta(change.name, change.old, change.new, differ)
