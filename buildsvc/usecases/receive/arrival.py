"""What arrives with a push, what it becomes, and queueing its deployment: the nouns and the last step of the intake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Literal

from buildpacks.analysis import Analysis
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import sentence
from buildpacks.sentences.wording import said_of
from buildsvc.model.api import Accepted
from buildsvc.model.artifact import Artifact
from buildsvc.model.deployment import Cause, Deployment
from buildsvc.model.events import LibrariesAdded, Received, Warned
from buildsvc.model.identity import identity
from buildsvc.store.artifacts import Spooled
from buildsvc.usecases.deploy.taken_over import accept_gap
from buildsvc.usecases.look.observe import is_down
from buildsvc.usecases.queueing import accepted, enqueue_push
from buildsvc.usecases.receive.whose import Match
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import keep

UploadRole = Literal["artifact", "libraries"]


@dataclass(frozen=True)
class Upload:
    """What is said of a push. `filename` is that of the artifact, or of the libraries where they come alone.
    `application` and `component` are None where the artifact itself is to say them; `force` deploys bytes that are live
    already, `anyway` even where they say that they are another component's; `accept_gap` agrees to
    the interruption of an adopted component's first push; `actor` sent it, through `door`, and sees
    the applications of `reach`, None being all.
    """

    filename: str
    actor: str
    door: str
    application: str | None = None
    component: str | None = None
    force: bool = False
    anyway: bool = False
    accept_gap: bool = False
    reach: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Incoming:
    """One file of a push on its way in: the artifact, or a zip with libraries of a thin jar. `sha256` (hex) is what it
    has to be, empty where nobody said it; where it is `here` already, its stream is not read.
    """

    role: UploadRole
    filename: str
    stream: BinaryIO
    sha256: str = ""
    here: Spooled | None = None


@dataclass(frozen=True)
class WholeArtifact:
    """An artifact that has all that it needs. `spooled` is None where the store has it already; `events` say what was
    added to what was pushed, and `notes` the same as parts of a sentence.
    """

    analysis: Analysis
    spooled: Spooled | None
    events: tuple[LibrariesAdded | Warned, ...] = ()
    notes: tuple[dict[str, Any], ...] = ()


def keep_and_queue(site: Site, found: Match, whole: WholeArtifact, upload: Upload, size: int) -> Accepted:
    """Keep a whole artifact and queue its deployment, unless it is live already. `size` bytes were pushed."""
    with site.in_use():
        return _keep_and_queue(site, found, whole, upload, size)


def _keep_and_queue(site: Site, found: Match, whole: WholeArtifact, upload: Upload, size: int) -> Accepted:
    sha256 = whole.analysis.sha256
    live = site.ledger.live(found.application, found.component)
    same = live is not None and live.release.artifact == sha256
    if live is not None and same and not upload.force and not is_down(site, found.application, found.component):
        return _already_live(found, sha256, live.release.number)
    if whole.spooled is not None:
        keep(site, whole.spooled, whole.analysis)
        site.ledger.remember_artifact(
            Artifact(sha256, whole.analysis.filename, whole.spooled.size, site.clock.now()),
        )
    queued = accepted(
        _queue(site, found, whole, upload, size),
        "accepted.push",
        filename=upload.filename,
        component=found.component,
        application=found.application,
        notes=whole.notes,
    )
    matched = found.matched_by
    return replace(queued, matched_by=str(matched), matched_said=said_of(matched), artifact=sha256)


def _queue(site: Site, found: Match, whole: WholeArtifact, upload: Upload, size: int) -> Deployment:
    analysis = whole.analysis
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
    if upload.accept_gap:
        accept_gap(site, deployment.id)
    publish = site.publisher(deployment.id)
    matched = found.matched_by
    publish(Received(analysis.sha256, upload.filename, size, str(matched), said_of(matched)))
    for event in whole.events:
        publish(event)
    enqueue_push(site, deployment)
    return deployment


def _already_live(found: Match, sha256: str, release: int) -> Accepted:
    said = sentence("accepted.live-already", release=release, component=found.component)
    return Accepted(
        application=found.application,
        component=found.component,
        deployment=None,
        message=catalogue.told(said).message,
        said=said,
        matched_by=str(found.matched_by),
        matched_said=said_of(found.matched_by),
        artifact=sha256,
        already_live=release,
    )
