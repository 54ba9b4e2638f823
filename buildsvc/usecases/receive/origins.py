"""Where the libraries of a thin jar may come from: sent along, kept from an earlier push, or what ran before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from buildpacks.analysis import Analysis
from buildpacks.errors import Failure, Refused
from buildpacks.kinds.detect import detect
from buildpacks.kinds.thin_app import NAME as THIN_APP
from buildpacks.programs.joined import Joined
from buildsvc.model.artifact import Artifact
from buildsvc.model.deployment import Phase
from buildsvc.model.events import LibrariesAdded
from buildsvc.store.artifacts import Spooled
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import examined, understood

_LOOKED_AT = 20
"""Deployments of a component, the newest first, among which the last that was not cancelled is looked for."""


@dataclass(frozen=True)
class Origin:
    """A zip with libraries: how it came here, and when. `release` is that of a former artifact."""

    kind: Literal["given", "kept", "former"]
    analysis: Analysis
    pushed: datetime
    release: int | None = None

    def added(self, joined: Joined, jar: str = "") -> LibrariesAdded:
        """Tell what of it went into what was joined; `jar` where that is the program."""
        count = len(joined.taken(self.analysis))
        return LibrariesAdded(self.kind, self.analysis.filename, self.pushed, self.release, count, jar)

    def unused(self, joined: Joined | None) -> tuple[str, ...]:
        """Return the file names of its libraries that did not go in."""
        used = {piece.member.name for piece in joined.taken(self.analysis) if piece.member} if joined else set()
        return tuple(item.entry.rpartition("/")[2] for item in self.analysis.libraries if item.entry not in used)


def given(site: Site, spooled: Spooled, filename: str) -> Origin:
    """Take what was sent along. Raises Refused `no-libraries` where it holds no jars, and for whatever is broken."""
    analysis = examined(site, spooled, filename)
    if analysis.folder is None:
        raise Refused("no-libraries.archive", filename=filename)
    return Origin("given", analysis, site.clock.now())


def formers(site: Site, application: str, component: str) -> Iterator[Origin]:
    """Give what the component was last asked to run, by a push or a rollback, whatever became of it; then what is live.
    Only thin jars with their libraries.
    """
    asked = site.ledger.deployments(application, component, _LOOKED_AT)
    last = next((one.artifact for one in asked if one.artifact and one.phase is not Phase.CANCELLED), None)
    live = site.ledger.live(application, component)
    releases = site.ledger.releases(application, component)
    for sha256 in dict.fromkeys((last, live.release.artifact if live else None)):
        artifact = site.ledger.artifact(sha256) if sha256 else None
        found = _thin_app(site, artifact) if artifact else None
        if artifact and found:
            number = next((one.number for one in releases if one.artifact == sha256), None)
            yield Origin("former", found, artifact.received, number)


def kept(site: Site, application: str, component: str) -> tuple[Origin, ...]:
    """Libraries that were pushed without their jar, the newest first; what is no longer there is left out."""
    found = ((one, _analysed(site, one)) for one in site.ledger.kept_libraries(application, component))
    return tuple(Origin("kept", analysis, one.received) for one, analysis in found if analysis)


def _thin_app(site: Site, artifact: Artifact) -> Analysis | None:
    """Return the artifact's analysis where it is a thin jar with all its libraries."""
    try:
        found = _analysed(site, artifact)
        return found if found and detect(found, site.buildpacks.current()).buildpack == THIN_APP else None
    except Failure:
        return None


def _analysed(site: Site, artifact: Artifact) -> Analysis | None:
    try:
        return understood(site, artifact.sha256, artifact.filename)
    except Failure:
        # The file was pruned, or today's limits refuse it: then it is no help, and the push says what is missing.
        return None
