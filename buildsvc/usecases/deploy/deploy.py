"""Bring a release live in its component: find or build it, load it, swap it in; or go on where a worker was lost."""

from __future__ import annotations

import time

from buildpacks.analysis import Analysis
from buildpacks.errors import DeploymentFailed, Failure
from buildsvc.image.recall import recall
from buildsvc.model.application import Component, JarSettings
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import ReleaseRecorded, WentLive
from buildsvc.model.raised import warned
from buildsvc.model.release import Release
from buildsvc.usecases.admit.policing import enforce_spec
from buildsvc.usecases.admit.strangers import tell_foreign
from buildsvc.usecases.approve.clearance import is_cleared
from buildsvc.usecases.aside import archive_absent, class_archiving
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.build.build import Built, build
from buildsvc.usecases.build.comparing import tell_difference
from buildsvc.usecases.build.learning import learned
from buildsvc.usecases.build.natives import page_size
from buildsvc.usecases.build.order import Order, Understanding
from buildsvc.usecases.deploy.beside import beside
from buildsvc.usecases.deploy.loading import load, load_if_absent, related
from buildsvc.usecases.deploy.readying import readied
from buildsvc.usecases.deploy.rerun import prepared
from buildsvc.usecases.deploy.rollback import require_whole
from buildsvc.usecases.deploy.rollouts import roll_out_of
from buildsvc.usecases.deploy.settling import end_former_soak
from buildsvc.usecases.deploy.taken_over import note_taken_over, with_gateway
from buildsvc.usecases.deploy.undoing import went_back
from buildsvc.usecases.look import former_kept
from buildsvc.usecases.understanding import judged


def deploy(attempt: Attempt) -> None:
    """Bring the release of this attempt live: find or build it, swap it in, record that it serves; or leave it waiting
    where somebody has to let it go on. Raises Failure; the former release then serves.
    """
    try:
        _deploy(attempt)
    finally:
        attempt.workshop.engine.let_go(attempt.deployment.id)


def _deploy(attempt: Attempt) -> None:
    if attempt.deployment.phase is Phase.SWAPPING:
        _resume(attempt)
    elif attempt.deployment.cause is Cause.SPEC and _runs_with_its_spec(attempt):
        attempt.advance(Phase.SETTLED)
    else:
        release = _release(attempt)
        if not is_cleared(attempt, release):
            return
        if attempt.deployment.cause is not Cause.ROLLBACK or not went_back(attempt, release):
            _swap_in(attempt, release)
        _record_live(attempt, release)


def bring_live(attempt: Attempt, release: Release) -> None:
    """Swap a recorded release in and record that it serves. Raises Failure; what served before then serves."""
    _reload_if_gone(attempt, release)
    _swap_in(attempt, release)
    _record_live(attempt, release)


def _release(attempt: Attempt) -> Release:
    """Find the recorded release (a rollback, or what was approved), or build one and record it."""
    deployment, ledger = attempt.deployment, attempt.workshop.site.ledger
    if deployment.release is not None:
        recorded = ledger.release(deployment.application, deployment.component, deployment.release)
        if deployment.cause is not Cause.ARTIFACT or _has_its_spec(attempt, recorded):
            require_whole(recorded)
            _reload_if_gone(attempt, recorded)
            return recorded
    attempt.advance(Phase.BUILDING)
    component = ledger.component(deployment.application, deployment.component)
    live = attempt.live()
    if deployment.cause is Cause.SPEC and live is not None and live.release.is_image_only:
        return _as_it_ran(attempt, live.release, component)
    artifact = ledger.artifact(_artifact_of(attempt))
    if artifact is None or component.jar is None:
        raise Failure("artifact-gone", artifact=deployment.artifact)
    site, began = attempt.workshop.site, time.monotonic()
    platform = attempt.workshop.engine.platform()
    analysis = judged(site, artifact.sha256, artifact.filename, (platform.architecture,))
    found = Understanding(analysis, time.monotonic() - began)
    order = _ordered(attempt, component, component.jar, analysis)
    built = build(site.layout, site.bases, found, order, attempt.publish)
    tell_difference(site, attempt.live(), built.analysis, attempt.publish)
    archive_absent.tell(attempt.workshop, attempt.live(), built, attempt.publish)
    whole = ledger.application(deployment.application).application
    tell_foreign(site, whole, component, built.analysis, attempt.publish)
    load_if_absent(attempt.workshop, built.base, attempt.publish)
    with readied(attempt, component, built):
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


def _as_it_ran(attempt: Attempt, known: Release, component: Component) -> Release:
    """Record a changed spec of what only an image is known of: there is nothing to build."""
    release = attempt.workshop.site.ledger.create_release(
        application=known.application,
        component=known.component,
        artifact=known.artifact,
        filename=known.filename,
        image=known.image,
        build=known.build,
        spec=component,
    )
    attempt.publish(ReleaseRecorded(release.number))
    _reload_if_gone(attempt, release)
    return release


def _has_its_spec(attempt: Attempt, release: Release) -> bool:
    """Whether what waited was built for what the component is now: an `apply` may have changed it meanwhile."""
    return release.spec == attempt.workshop.site.ledger.component(release.application, release.component)


def _ordered(attempt: Attempt, component: Component, jar: JarSettings, analysis: Analysis) -> Order:
    """Order what the component wishes, and what follows from its former releases."""
    site, deployment = attempt.workshop.site, attempt.deployment
    platform = attempt.workshop.engine.platform()
    return Order(
        platform=platform,
        reference=reference_of(deployment),
        java=jar.java,
        buildpacks=site.buildpacks.current(),
        context=jar.context,
        stamp=_stamp(attempt, analysis.newest_mtime),
        shared=jar.layers == "shared",
        split=learned(site, deployment.application, component, analysis),
        cds=jar.cds and not component.read_only,
        natives=jar.natives,
        page=page_size(platform),
    )


def _artifact_of(attempt: Attempt) -> str:
    """Return the artifact to run. A changed spec runs what is live by now: a push that went live while it waited must
    not be taken back.
    """
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
    """Load what was built. Its base is there, of our own bytes and by its own tag: the image travels without it."""
    site = attempt.workshop.site
    found = related(site, attempt.deployment.application, attempt.deployment.component, built.image)
    if built.archive is not None:
        found = (recall(site.layout, built.archive.image, built.archive.reference), *found)
    load(attempt.workshop, built.image, (built.base, *found), attempt.publish)


def _swap_in(attempt: Attempt, release: Release) -> None:
    workshop = attempt.workshop
    # Not only at `apply`: a rollback brings a spec that an older policy let in, and links of the server may have moved.
    stored = workshop.site.ledger.application(release.application)
    enforce_spec(workshop.site, stored.application, release.spec)
    spec = with_gateway(attempt, roll_out_of(workshop.site, attempt.deployment, release))
    end_former_soak(workshop, attempt.deployment)
    if attempt.journal.cancelled():
        raise DeploymentFailed("cancelled.before-swap")
    attempt.advance(Phase.SWAPPING, release=release.number)
    attempt.publish(beside(workshop.site, attempt.deployment, "before"))
    class_archiving.rest(workshop)
    _warn_of_sessions(attempt, release)
    former_kept.tell(workshop.site, attempt.live(), release.spec.jar, attempt.publish)
    spec = prepared(workshop, release, spec, attempt.publish)
    workshop.engine.roll_out(spec, attempt.journal, attempt.publish)


def _reload_if_gone(attempt: Attempt, release: Release) -> None:
    """Load an image that somebody pruned again from the content store."""
    if not attempt.workshop.engine.have((release.image.reference,)):
        image = recall(attempt.workshop.site.layout, release.image.manifest, release.image.reference)
        found = related(attempt.workshop.site, release.application, release.component, image)
        load(attempt.workshop, image, found, attempt.publish)


def _warn_of_sessions(attempt: Attempt, release: Release) -> None:
    live = attempt.live()
    if live is not None and live.release.build.keeps_sessions_in_memory:
        attempt.publish(warned("sessions-end", component=release.component))


def _record_live(attempt: Attempt, release: Release) -> None:
    site, deployment = attempt.workshop.site, attempt.deployment
    site.ledger.set_live(
        deployment.application, deployment.component, release.number, deployment.id, fence=attempt.claim.fence
    )
    note_taken_over(site, deployment)
    site.ledger.want_running(deployment.application, deployment.component)
    soak = release.spec.jar.soak if release.spec.jar else 0.0

    def went_live(now: Deployment) -> WentLive:
        return WentLive(release.number, ((now.live_at or now.created) - now.created).total_seconds(), soak)

    attempt.advance(Phase.LIVE, release=release.number, told=went_live)
    site.feed.nudge(deployment.id)


def _resume(attempt: Attempt) -> None:
    """Finish or undo what a lost worker left half done; what it had not begun yet is done now."""
    deployment, workshop = attempt.deployment, attempt.workshop
    release = workshop.site.ledger.release(deployment.application, deployment.component, deployment.release or 0)
    if not attempt.journal.steps():
        _swap_in(attempt, release)
        _record_live(attempt, release)
        return
    spec = roll_out_of(workshop.site, deployment, release)
    instance = workshop.engine.resume(spec, attempt.journal, attempt.publish)
    if instance is None:
        raise DeploymentFailed("worker-lost")
    _record_live(attempt, release)
