"""An artifact is understood once: what the door's analysis says is kept by digest, and read by whoever needs it again.

A record that is absent, damaged, of another version of the analyser or of another file is made anew; one that lacks the
native libraries of a machine is completed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis, FileState
from buildpacks.errors import Refused
from buildpacks.facts import natives, servlet
from buildsvc.store.artifacts import Spooled
from buildsvc.store.scanning import require_clean
from buildsvc.usecases.site import Site

log = logging.getLogger(__name__)


def examined(site: Site, spooled: Spooled, filename: str) -> Analysis:
    """Look at what was received, as the door does: every byte of it is checked. Raises Refused."""
    return analyse(
        spooled.path, filename, sha256=spooled.sha256, known=site.known.among, machines=machines(site), every_byte=True
    )


def machines(site: Site) -> frozenset[str]:
    """Return those whose native libraries are worth a look: what can be built here is what there are bases for."""
    return frozenset(base.image.platform.architecture for base in site.bases.list() if base.java is not None)


def keep(site: Site, spooled: Spooled, analysis: Analysis) -> None:
    """Keep what was received, and what it was understood to be. Raises Refused `scan-refused`, `scan-unfinished`."""
    settings = site.settings
    require_clean(settings.scan, spooled.path, analysis.filename, within=settings.scan_timeout)
    path = site.artifacts.keep(spooled)
    site.known.remember(analysis.libraries)
    if _state(path) == analysis.state:
        _record(site, analysis)


def understood(site: Site, sha256: str, filename: str, wanted: Collection[str] = ()) -> Analysis:
    """Return the facts of a kept artifact, with its native libraries for the `wanted` machines unpacked and read.

    Raises NotFound `no-such-artifact`; Refused where the record has to be made anew and the file is refused now.
    """
    path = site.artifacts.path(sha256)
    found = site.analyses.read(sha256, path)
    if found is None or found.state != _state(path) or not _says_the_same(found, filename):
        found = analyse(path, filename, sha256=sha256, known=site.known.among, machines=wanted)
    elif natives.worth_a_look(found.natives, wanted):
        read = {library.sha256: library for library in found.libraries}
        seen = {native.machine for native in found.natives if native.libc is not None}
        found = analyse(path, filename, sha256=sha256, known=lambda _: read, machines=seen.union(wanted))
    else:
        return replace(found, filename=filename)
    _record(site, found)
    return found


def judged(site: Site, sha256: str, filename: str, wanted: Collection[str]) -> Analysis:
    """As `understood`, and the file is byte for byte what was judged: what comes of it can be trusted to be that.

    Raises Refused `artifact-damaged` as well.
    """
    path = site.artifacts.path(sha256)
    # Hashing leaves the interpreter free, so both are done at once.
    with ThreadPoolExecutor(1) as aside:
        hashed = aside.submit(_digest, path)
        found = understood(site, sha256, filename, wanted)
        if hashed.result() != (sha256, found.state):
            raise Refused("artifact-damaged", filename=filename)
    return found


def _says_the_same(analysis: Analysis, filename: str) -> bool:
    """Whether it would say the same of a file with that name: only a war is known by it."""
    return servlet.is_war(analysis.members, analysis.filename) == servlet.is_war(analysis.members, filename)


def _digest(path: Path) -> tuple[str, FileState]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), FileState.of(file.fileno())


def _state(path: Path) -> FileState:
    with path.open("rb") as file:
        return FileState.of(file.fileno())


def _record(site: Site, analysis: Analysis) -> None:
    """Keep the record where there is room: a site without works as well, only slower."""
    try:
        site.analyses.keep(analysis)
    except OSError as error:
        log.warning("what %s is was not written down: %s", analysis.filename, error)
