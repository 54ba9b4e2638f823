"""Receive a jar: hash it while it streams in, check it strictly, find out whose it is, and queue its deployment.

Whatever is refused here leaves nothing behind and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from buildpacks.analysis import Analysis
from buildpacks.detect import detect
from buildpacks.errors import NotFound, Refused
from buildpacks.reading import analyse
from buildpacks.tars import is_tar, to_zip
from buildsvc.model.api import Accepted
from buildsvc.model.artifact import Artifact
from buildsvc.model.deployment import Cause, Deployment
from buildsvc.model.events import Received
from buildsvc.model.matching import Candidates, Match, identity, match
from buildsvc.store.artifacts import Spooled
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Site


@dataclass(frozen=True)
class Upload:
    """What is said of a jar that arrives. `application` and `component` are None where the jar itself is to say them;
    `force` deploys bytes that are live already; `actor` sent it, through `door`.
    """

    filename: str
    actor: str
    door: str
    application: str | None = None
    component: str | None = None
    force: bool = False


def receive(site: Site, stream: BinaryIO, upload: Upload) -> Accepted:
    """Take an artifact from `stream` until it ends. Raises Refused (what is wrong), NotFound (no such component).

    A tar is kept as the zip that it makes: the same tar again gives the same bytes.
    """
    spooled = site.artifacts.receive(stream, limit=site.settings.max_upload)
    try:
        taken = site.artifacts.rewritten(spooled, _to_zip(upload.filename)) if is_tar(spooled.path) else spooled
        return _accept(site, taken, upload)
    finally:
        site.artifacts.discard(spooled)


def _to_zip(filename: str) -> Callable[[Path, Path], None]:
    return lambda source, target: to_zip(source, target, filename)


def receive_file(site: Site, path: Path, upload: Upload) -> Accepted:
    """Take a jar that lies on this machine; the file itself is left where it is."""
    with path.open("rb") as stream:
        return receive(site, stream, upload)


def _accept(site: Site, spooled: Spooled, upload: Upload) -> Accepted:
    """Decide about an upload that is in the spool already; it is kept as an artifact or discarded."""
    try:
        analysis = analyse(spooled.path, upload.filename, sha256=spooled.sha256, known=site.known)
        detect(analysis, site.buildpacks.current())
        found = _whose(site, analysis, upload.application, upload.component)
        live = site.ledger.live(found.application, found.component)
        if live is not None and live.release.artifact == spooled.sha256 and not upload.force:
            return _already_live(found, spooled.sha256, live.release.number)
        site.artifacts.keep(spooled)
    finally:
        site.artifacts.discard(spooled)
    site.ledger.remember_libraries(analysis.libraries)
    site.ledger.remember_artifact(Artifact(spooled.sha256, upload.filename, spooled.size, site.clock.now()))
    deployment = _queue(site, found, analysis, upload)
    return Accepted(
        application=found.application,
        component=found.component,
        deployment=deployment,
        message=f"{upload.filename} is queued for {found.component} of {found.application}.",
        matched_by=found.matched_by,
        artifact=spooled.sha256,
    )


def _queue(site: Site, found: Match, analysis: Analysis, upload: Upload) -> Deployment:
    deployment = site.ledger.create_deployment(
        application=found.application,
        component=found.component,
        cause=Cause.ARTIFACT,
        artifact=analysis.sha256,
        release=None,
        actor=upload.actor,
        door=upload.door,
    )
    site.ledger.remember_identity(found.application, found.component, identity(analysis))
    publish = site.publisher(deployment.id)
    publish(Received(analysis.sha256, analysis.filename, analysis.size, found.matched_by))
    enqueue(site, deployment.id)
    return deployment


def _already_live(found: Match, sha256: str, release: int) -> Accepted:
    return Accepted(
        application=found.application,
        component=found.component,
        deployment=None,
        message=f"These bytes are live already, as release {release} of {found.component}; --force deploys them again.",
        matched_by=found.matched_by,
        artifact=sha256,
        already_live=release,
    )


def _whose(site: Site, analysis: Analysis, application: str | None, component: str | None) -> Match:
    if application and component:
        if not site.ledger.component(application, component).is_jar:
            raise Refused(
                "not-a-jar-component",
                f"{component} of {application} is an image component; a jar cannot replace it.",
                "Name a component that has x-buildsvc in the Compose file.",
            )
        return Match(application, component, "what was asked for")
    candidates: Candidates = {
        (stored.application.name, part.name): (
            part.jar.artifact,
            site.ledger.identity(stored.application.name, part.name),
        )
        for stored in site.ledger.applications()
        if application in {None, stored.application.name}
        for part in stored.application.jar_components
        if part.jar is not None and component in {None, part.name}
    }
    if not candidates:
        _explain_nothing(site, application, component)
    if component and len(candidates) == 1:
        ((owner, name),) = candidates
        return Match(owner, name, "what was asked for")
    return match(identity(analysis), candidates)


def _explain_nothing(site: Site, application: str | None, component: str | None) -> None:
    if application:
        site.ledger.application(application)
    if component:
        raise NotFound(
            "no-such-component",
            f"No application has a jar component called {component}.",
            "See `buildsvc apps` and `buildsvc status APP` for what there is.",
        )
    raise Refused(
        "no-components",
        "There is no jar component yet that this jar could belong to.",
        "Install an application first: buildsvc apply compose.yaml",
    )
