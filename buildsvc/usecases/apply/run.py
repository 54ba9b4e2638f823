"""Make an application what its proposal says, or take it away: the worker's half of `submit`.

Until the worker has checked a proposal the application stays as it was, and a change that fails is taken back.
"""

from __future__ import annotations

from dataclasses import replace

from buildpacks.errors import DeploymentFailed, Failure
from buildsvc.engines.base import Publish
from buildsvc.model.application import DEFAULT_GRACE, Application, Component
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.raised import warned
from buildsvc.store.ledger import StoredApplication
from buildsvc.usecases.admit.policing import enforce
from buildsvc.usecases.apply.adopted_parts import note_changed_secrets
from buildsvc.usecases.apply.fallen import fallen_of
from buildsvc.usecases.apply.in_place import bring_about, forget_removed, graces_of, still_of, stored, wanted
from buildsvc.usecases.apply.laid_by_site import forget_own, keep_own, laid_anew
from buildsvc.usecases.apply.obstacles import refuse_obstacles
from buildsvc.usecases.apply.proposals import proposal_of
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.loading import load_if_absent
from buildsvc.usecases.deploy.rollback import last_of
from buildsvc.usecases.look.what_runs import served_by_adopted, what_runs
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Workshop

OWN_IMAGES = "buildsvc"


def apply(attempt: Attempt) -> None:
    """Make the proposal of this attempt the application, then queue the jar components whose spec it changed. Can be
    run again from its beginning, so it needs no journal. Raises Failure; the former application is then restored.
    Raises DeploymentFailed `components-ended` where an image component does not stay up; then it is not.
    """
    attempt.advance(Phase.SWAPPING)
    _make_it_so(attempt.workshop, attempt.deployment, attempt.publish)
    attempt.settle()


def remove(attempt: Attempt) -> None:
    """Take an application off the engine and out of the list. Can be run again from its beginning."""
    attempt.advance(Phase.SWAPPING)
    ledger, engine, name = attempt.workshop.site.ledger, attempt.workshop.engine, attempt.deployment.application
    engine.remove_application(name, graces_of(stored(attempt.workshop.site, name)))
    adoption = ledger.adoption(name)
    for one in engine.adopted(name, adoption.components) if adoption is not None else ():
        part = adoption.component(one.component) if adoption is not None else None
        engine.stop(one.id, DEFAULT_GRACE if part is None else part.spec.grace)
        engine.remove(one.id)
    # A worker that was lost behind this line finds it done.
    if name in ledger.application_names():
        ledger.remove_application(name, by=attempt.deployment.id)
    forget_own(attempt.workshop.site, name)
    attempt.settle()


def _make_it_so(workshop: Workshop, deployment: Deployment, publish: Publish) -> None:
    site = workshop.site
    asked, secrets = proposal_of(site, deployment.id)
    asked = laid_anew(site, deployment.id, asked)
    # Once more: since the door looked, the policy, a link on the server or another application may have changed.
    enforce(site, asked)
    application = _with_cached_images(workshop, asked)
    _load_cached_images(workshop, application, publish)
    refuse_obstacles(workshop, application, publish)
    note_changed_secrets(site, application.name, secrets)
    for name, value in secrets.items():
        site.secrets.put(application.name, name, value)
    former = stored(site, application.name)
    try:
        bring_about(workshop, application, former, deployment.actor, publish)
    except Failure:
        if former is not None:
            _go_back(workshop, former, deployment, publish)
        raise
    keep_own(site, application.name, deployment.id)
    forget_removed(site, application)
    _queue_changed(workshop, application, deployment, publish)
    fallen = fallen_of(workshop, application, former)
    if fallen is not None:
        named = {"components": fallen.components, "application": application.name}
        raise DeploymentFailed("components-ended", log_tail=fallen.log_tail, **named)


def upgrade_gateways(workshop: Workshop, name: str, publish: Publish) -> None:
    """Replace the gateways of an application by the cache's newest gateway image. An interruption, measured."""
    there = workshop.site.ledger.application(name)
    asked = wanted(workshop, there.application, there.placement, publish)
    workshop.engine.ensure(replace(asked, recreate_gateways=True), publish)


def _go_back(workshop: Workshop, former: StoredApplication, deployment: Deployment, publish: Publish) -> None:
    """After a failed change: what was applied before is the application again, in the ledger and on the engine."""
    application = former.application
    workshop.site.ledger.save_application(application, former.placement, actor=former.actor)
    try:
        workshop.engine.ensure(wanted(workshop, application, former.placement, publish), publish)
        _queue_changed(workshop, application, deployment, publish)
    except Failure as error:
        publish(warned("not-restored", error=error))


def _with_cached_images(workshop: Workshop, application: Application) -> Application:
    """`image: buildsvc/redis` means the newest base of that kind for this platform; the record names it exactly."""
    return replace(application, components=tuple(_with_cached_image(workshop, part) for part in application.components))


def _with_cached_image(workshop: Workshop, component: Component) -> Component:
    home, _, kind = (component.image or "").partition("/")
    if home != OWN_IMAGES or not kind.isalnum():
        return component
    return replace(component, image=workshop.site.bases.find(kind, workshop.engine.platform()).image.reference)


def _load_cached_images(workshop: Workshop, application: Application, publish: Publish) -> None:
    """Load what image components run from our own caches where the engine lacks it: no registry is needed."""
    images = {component.image for component in application.components if component.image is not None}
    platform = workshop.engine.platform()
    for base in workshop.site.bases.list():
        if base.image.reference in images and base.image.platform == platform:
            load_if_absent(workshop, base.image, publish)
    for reference in sorted(images - workshop.engine.have(images)):
        found = workshop.site.images.find(reference, platform)
        if found is not None:
            load_if_absent(workshop, replace(found, reference=reference), publish)


def _queue_changed(workshop: Workshop, application: Application, deployment: Deployment, publish: Publish) -> None:
    """Deploy anew what has another spec than its live release, what somebody took away, and what was removed and is
    named again: that runs its last release. What was adopted waits for its first push, which interrupts it.
    """
    site = workshop.site
    serving = {one.component for one in what_runs(workshop, application.name) if one.role == "instance" and one.active}
    still, adopted = still_of(site, application), served_by_adopted(workshop, application.name)
    live = site.ledger.live_all(application.name)
    for component in application.jar_components:
        runs = live.get(component.name)
        release = runs.release if runs is not None else last_of(site, application.name, component.name)
        same = runs is not None and runs.release.spec == component
        if release is None or (same and component.name in serving | still):
            continue
        if component.name in adopted:
            publish(warned("adopted-waits", component=component.name))
            continue
        again = runs is None and release.spec == component
        changed = site.ledger.create_deployment(
            application=application.name,
            component=component.name,
            cause=Cause.SPEC,
            artifact=release.artifact,
            release=release.number if again else None,
            actor=deployment.actor,
            door=deployment.door,
        )
        enqueue(site, changed.id)
