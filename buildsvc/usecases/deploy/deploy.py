"""Bring one deployment to its end: build, swap, soak. Every hop is journalled, so that another worker can finish it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from buildpacks.errors import Conflict, DeploymentFailed, Failure, Unreachable
from buildsvc.engines.base import Publish
from buildsvc.image.recall import recall
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import Event, Failed, ReleaseRecorded, Settled, Started, Warned, WentLive
from buildsvc.model.release import Release
from buildsvc.store.journal import LedgerJournal
from buildsvc.store.ledger import Claim, LiveRelease
from buildsvc.usecases.apply import run as applying
from buildsvc.usecases.build.build import Built, Order, build
from buildsvc.usecases.build.comparing import tell_difference
from buildsvc.usecases.build.learning import learned
from buildsvc.usecases.build.natives import page_size
from buildsvc.usecases.deploy.loading import load, load_if_absent, related
from buildsvc.usecases.deploy.rollouts import roll_out_of
from buildsvc.usecases.deploy.settling import end_former_soak
from buildsvc.usecases.queueing import wake_next
from buildsvc.usecases.site import Site, Workshop

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One worker's hold on one deployment."""

    workshop: Workshop
    deployment: Deployment
    claim: Claim
    journal: LedgerJournal
    publish: Publish

    def advance(
        self,
        phase: Phase,
        *,
        release: int | None = None,
        failure: Failure | None = None,
        told: Callable[[Deployment], Event] | None = None,
    ) -> Deployment:
        """Write the next phase, and with it what `told` makes of it, if this worker still holds the deployment."""
        return self.workshop.site.ledger.advance(
            self.deployment.id, phase, fence=self.claim.fence, release=release, failure=failure, told=told
        )

    def live(self) -> LiveRelease | None:
        """What the component runs at this moment."""
        return self.workshop.site.ledger.live(self.deployment.application, self.deployment.component)


def run(workshop: Workshop, deployment_id: str) -> None:
    """Take a deployment as far as it goes now. Does nothing when it has ended, waits for another, or is being run."""
    ledger = workshop.site.ledger
    deployment = ledger.deployment(deployment_id)
    if deployment.phase.ended or deployment.phase is Phase.LIVE:
        return
    claim = ledger.claim(deployment_id, workshop.holder, workshop.alive)
    if claim is None:
        return
    attempt = Attempt(
        workshop,
        ledger.deployment(deployment_id),
        claim,
        LedgerJournal(ledger, claim, workshop.stopping),
        workshop.site.publisher(deployment_id),
    )
    try:
        _to_its_end(attempt)
    finally:
        ledger.release_claim(claim)
    wake_next(workshop.site, deployment.application)


def _to_its_end(attempt: Attempt) -> None:
    """Record how it ended. A lost claim writes nothing: whoever has it now does."""
    try:
        _work(attempt)
    except Conflict as conflict:
        if conflict.code == "lost-claim":
            log.warning("deployment %s went on elsewhere: %s", attempt.deployment.id, conflict)
        else:
            _fail(attempt, conflict)
    except Unreachable as unreachable:
        if attempt.journal.steps():
            attempt.publish(Warned("engine-away", f"{unreachable.message} This goes on when it is back.", ""))
        else:
            _fail(attempt, unreachable)
    except Failure as failure:
        _fail(attempt, failure)
    except Exception as defect:
        log.exception("deployment %s", attempt.deployment.id)
        _fail(attempt, Failure("defect", f"buildsvc itself failed: {defect!r}.", "The log has the whole story."))


def _work(attempt: Attempt) -> None:
    deployment = attempt.deployment
    attempt.publish(Started(attempt.workshop.name))
    if attempt.journal.cancelled() and not attempt.journal.steps():
        raise DeploymentFailed("cancelled", "It was cancelled before anything was done.")
    if deployment.cause in {Cause.APPLY, Cause.REMOVE}:
        _change_application(attempt)
    elif deployment.phase is Phase.SWAPPING:
        _resume(attempt)
    elif deployment.cause is Cause.SPEC and _runs_with_its_spec(attempt):
        attempt.advance(Phase.SETTLED)
    else:
        _bring_live(attempt, _release(attempt))


def _change_application(attempt: Attempt) -> None:
    """Both can be run again from their beginning, so neither needs a journal."""
    attempt.advance(Phase.SWAPPING)
    if attempt.deployment.cause is Cause.APPLY:
        applying.run_apply(attempt.workshop, attempt.deployment, attempt.publish)
    else:
        applying.run_removal(attempt.workshop, attempt.deployment)
    attempt.publish(Settled())
    attempt.advance(Phase.SETTLED)


def _release(attempt: Attempt) -> Release:
    """Find the recorded release (a rollback), or build one and record it."""
    deployment, ledger = attempt.deployment, attempt.workshop.site.ledger
    if deployment.release is not None:
        recorded = ledger.release(deployment.application, deployment.component, deployment.release)
        _reload_if_gone(attempt, recorded)
        return recorded
    attempt.advance(Phase.BUILDING)
    component = ledger.component(deployment.application, deployment.component)
    artifact = ledger.artifact(_artifact_of(attempt))
    if artifact is None or component.jar is None:
        raise Failure("artifact-gone", f"The artifact {deployment.artifact} is not in the store.", "Upload it again.")
    order = Order(
        path=attempt.workshop.site.artifacts.path(artifact.sha256),
        filename=artifact.filename,
        sha256=artifact.sha256,
        platform=attempt.workshop.engine.platform(),
        reference=reference_of(deployment),
        java=component.jar.java,
        buildpacks=attempt.workshop.site.buildpacks.current(),
        context=component.jar.context,
        stamp=lambda newest: _stamp(attempt, newest),
        shared=component.jar.layers == "shared",
        natives=component.jar.natives,
        page=page_size(attempt.workshop.engine.platform()),
        split=lambda analysis: learned(attempt.workshop.site, deployment.application, component, analysis),
        cds=component.jar.cds and not component.read_only,
    )
    site = attempt.workshop.site
    built = build(site.layout, site.bases, order, attempt.publish, known=site.known.among)
    tell_difference(site, attempt.live(), built.analysis, attempt.publish)
    _load(attempt, built)
    release = ledger.create_release(
        application=deployment.application,
        component=deployment.component,
        artifact=artifact.sha256,
        filename=artifact.filename,
        image=built.reference,
        build=built.facts,
        spec=component,
    )
    attempt.publish(ReleaseRecorded(release.number))
    return release


def _artifact_of(attempt: Attempt) -> str:
    """A changed spec runs what is live by now: a push that went live while it waited must not be taken back."""
    live = attempt.live()
    if attempt.deployment.cause is Cause.SPEC and live is not None:
        return live.release.artifact
    return attempt.deployment.artifact or ""


def _runs_with_its_spec(attempt: Attempt) -> bool:
    """Whether a push that went live meanwhile brought the changed spec along."""
    deployment, ledger = attempt.deployment, attempt.workshop.site.ledger
    live = attempt.live()
    if live is None or live.release.artifact == deployment.artifact:
        return False
    return live.release.spec == ledger.component(deployment.application, deployment.component)


def reference_of(deployment: Deployment) -> str:
    """Name the image of a deployment uniquely: tags are what every engine understands offline."""
    repository = f"{deployment.application}-{deployment.component}".lower().strip("-_")
    return f"buildsvc/{repository}:{deployment.id.replace('-', '')[-16:]}"


def _stamp(attempt: Attempt, newest: int) -> int:
    """Keep file times moving forward: browsers that are told 304 would keep the old pages."""
    live = attempt.live()
    if live is None or newest > live.release.build.stamp:
        return newest
    if live.release.artifact == _artifact_of(attempt):
        return live.release.build.stamp
    return int(attempt.deployment.created.timestamp())


def _load(attempt: Attempt, built: Built) -> None:
    """Load a base once, from our own bytes and under its own tag: every image above it then travels without it."""
    site = attempt.workshop.site
    load_if_absent(attempt.workshop, built.base, attempt.publish)
    found = related(site, attempt.deployment.application, attempt.deployment.component, built.image)
    if built.archive is not None:
        found = (recall(site.layout, built.archive.image, built.archive.reference), *found)
    load(attempt.workshop, built.image, (built.base, *found), attempt.publish)


def _bring_live(attempt: Attempt, release: Release) -> None:
    workshop = attempt.workshop
    end_former_soak(workshop, attempt.deployment)
    if attempt.journal.cancelled():
        raise DeploymentFailed("cancelled", "It was cancelled before the swap.")
    attempt.advance(Phase.SWAPPING, release=release.number)
    _warn_of_sessions(attempt, release)
    spec = roll_out_of(workshop.site, attempt.deployment, release)
    workshop.engine.roll_out(spec, attempt.journal, attempt.publish)
    _record_live(attempt, release)


def _reload_if_gone(attempt: Attempt, release: Release) -> None:
    """An image that somebody pruned is loaded again from the content store."""
    if not attempt.workshop.engine.have((release.image.reference,)):
        image = recall(attempt.workshop.site.layout, release.image.manifest, release.image.reference)
        found = related(attempt.workshop.site, release.application, release.component, image)
        load(attempt.workshop, image, found, attempt.publish)


def _warn_of_sessions(attempt: Attempt, release: Release) -> None:
    live = attempt.live()
    if live is not None and live.release.build.keeps_sessions_in_memory:
        attempt.publish(
            Warned(
                "sessions-end",
                f"{release.component} keeps its sessions in memory: users who are signed in must sign in again.",
                "spring-session with Redis keeps them across a swap.",
            )
        )


def _record_live(attempt: Attempt, release: Release) -> None:
    site, deployment = attempt.workshop.site, attempt.deployment
    site.ledger.set_live(
        deployment.application, deployment.component, release.number, deployment.id, fence=attempt.claim.fence
    )
    soak = release.spec.jar.soak if release.spec.jar else 0.0

    def went_live(now: Deployment) -> WentLive:
        return WentLive(release.number, ((now.live_at or now.created) - now.created).total_seconds(), soak)

    attempt.advance(Phase.LIVE, release=release.number, told=went_live)
    site.feed.nudge(deployment.id)


def _resume(attempt: Attempt) -> None:
    """Finish or undo what a lost worker left half done."""
    deployment, workshop = attempt.deployment, attempt.workshop
    release = workshop.site.ledger.release(deployment.application, deployment.component, deployment.release or 0)
    spec = roll_out_of(workshop.site, deployment, release)
    instance = workshop.engine.resume(spec, attempt.journal, attempt.publish)
    if instance is None:
        raise DeploymentFailed(
            "worker-lost",
            "The worker was lost in the middle of the swap; the swap was undone.",
            "Push again: the image is built already.",
        )
    _record_live(attempt, release)


def _fail(attempt: Attempt, failure: Failure) -> None:
    tail = failure.log_tail if isinstance(failure, DeploymentFailed) else ()
    attempt.publish(Failed(failure.code, failure.message, failure.hint, tail))
    attempt.advance(Phase.CANCELLED if failure.code == "cancelled" else Phase.FAILED, failure=failure)


def cancel(site: Site, deployment_id: str) -> Deployment:
    """Ask for a deployment to stop before its switch; one that still waits is ended at once. Raises Conflict."""
    deployment = site.ledger.deployment(deployment_id)
    if deployment.phase.serving:
        raise Conflict(
            "live-already",
            f"Deployment {deployment_id} is live; it cannot be cancelled any more.",
            "Go back with `buildsvc rollback`.",
        )
    site.ledger.request_cancel(deployment_id)
    return site.ledger.deployment(deployment_id)
