"""Make an application what its proposal says, or take it away: the worker's half of `submit`.

Until the worker has checked a proposal the application stays as it was, and a change that fails is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network

from buildpacks.errors import Conflict, Failure, Refused
from buildsvc.engines.base import Ensure, Publish
from buildsvc.model.application import Application, Component, Placement
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import Settled
from buildsvc.model.placing import place
from buildsvc.model.raised import warned
from buildsvc.store.ledger import StoredApplication
from buildsvc.usecases.apply.submit import proposal_of
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.loading import load_if_absent
from buildsvc.usecases.deploy.rollouts import contents_of
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Site, Workshop

OWN_IMAGES = "buildsvc"
_PLACINGS = 4
"""Choices of subnets that are tried before the engine's refusal is told."""


def apply(attempt: Attempt) -> None:
    """Make the proposal of this attempt the application, then queue the jar components whose spec it changed. Can be
    run again from its beginning, so it needs no journal. Raises Failure; the former application is then restored.
    """
    attempt.advance(Phase.SWAPPING)
    _make_it_so(attempt.workshop, attempt.deployment, attempt.publish)
    _settled(attempt)


def remove(attempt: Attempt) -> None:
    """Take an application off the engine and out of the list. Can be run again from its beginning."""
    attempt.advance(Phase.SWAPPING)
    ledger, name = attempt.workshop.site.ledger, attempt.deployment.application
    attempt.workshop.engine.remove_application(name)
    # A worker that was lost behind this line finds it done.
    if name in ledger.application_names():
        ledger.remove_application(name, by=attempt.deployment.id)
    _settled(attempt)


def _settled(attempt: Attempt) -> None:
    attempt.publish(Settled())
    attempt.advance(Phase.SETTLED)


def _make_it_so(workshop: Workshop, deployment: Deployment, publish: Publish) -> None:
    site = workshop.site
    asked, secrets = proposal_of(site, deployment.id)
    application = _with_cached_images(workshop, asked)
    _load_cached_images(workshop, application, publish)
    _refuse_missing_images(workshop, application)
    for name, value in secrets.items():
        site.secrets.put(application.name, name, value)
    former = _stored(site, application.name)
    try:
        _bring_about(workshop, application, former, deployment.actor, publish)
    except Failure:
        if former is not None:
            _go_back(workshop, former, deployment, publish)
        raise
    _forget_removed(site, application)
    _queue_changed(workshop, application, deployment)


def upgrade_gateways(workshop: Workshop, name: str, publish: Publish) -> None:
    """Replace the gateways of an application by the cache's newest gateway image. An interruption, measured."""
    stored = workshop.site.ledger.application(name)
    wanted = _wanted(workshop, stored.application, stored.placement, publish)
    workshop.engine.ensure(replace(wanted, recreate_gateways=True), publish)


def _stored(site: Site, name: str) -> StoredApplication | None:
    return next((one for one in site.ledger.applications() if one.application.name == name), None)


def _bring_about(
    workshop: Workshop, application: Application, former: StoredApplication | None, actor: str, publish: Publish
) -> None:
    """Place it, write it down, and have the engine make it. A subnet that the engine refuses is not offered again:
    another site of this machine may have taken it since the routes were read.
    """
    before = former.placement if former is not None else None
    refused: set[IPv4Network] = set()
    for left in reversed(range(_PLACINGS)):
        placement = _place(workshop, application, before, refused)
        wanted = _wanted(workshop, application, placement, publish)
        workshop.site.ledger.save_application(application, placement, actor=actor)
        try:
            return workshop.engine.ensure(wanted, publish)
        except Conflict as error:
            fresh = placement.networks - (before.networks if before is not None else frozenset())
            if error.code != "network-refused" or not fresh or not left:
                raise
            refused |= fresh
    return None


def _go_back(workshop: Workshop, former: StoredApplication, deployment: Deployment, publish: Publish) -> None:
    """After a failed change: what was applied before is the application again, in the ledger and on the engine."""
    application = former.application
    workshop.site.ledger.save_application(application, former.placement, actor=former.actor)
    try:
        workshop.engine.ensure(_wanted(workshop, application, former.placement, publish), publish)
        _queue_changed(workshop, application, deployment)
    except Failure as error:
        publish(warned("not-restored", error=error))


def _place(
    workshop: Workshop, application: Application, before: Placement | None, refused: Iterable[IPv4Network]
) -> Placement:
    site = workshop.site
    taken = {*workshop.routes(), *refused}
    for stored in site.ledger.applications():
        if stored.application.name != application.name:
            taken |= set(stored.placement.networks)
    return place(application, before, pools=site.settings.subnets, taken=taken)


def _wanted(workshop: Workshop, application: Application, placement: Placement, publish: Publish) -> Ensure:
    site = workshop.site
    gateway = site.bases.find("gateway", workshop.engine.platform())
    load_if_absent(workshop, gateway.image, publish)
    return Ensure(
        application=application,
        placement=placement,
        environments={
            component.name: site.secrets.resolve(application.name, component.environment)
            for component in application.components
            if not component.is_jar
        },
        contents=contents_of(site, application.components),
        gateway=gateway,
    )


def _with_cached_images(workshop: Workshop, application: Application) -> Application:
    """`image: buildsvc/redis` means the newest base of that kind for this platform; the record names it exactly."""
    return replace(application, components=tuple(_with_cached_image(workshop, part) for part in application.components))


def _with_cached_image(workshop: Workshop, component: Component) -> Component:
    home, _, kind = (component.image or "").partition("/")
    if home != OWN_IMAGES or not kind.isalnum():
        return component
    return replace(component, image=workshop.site.bases.find(kind, workshop.engine.platform()).image.reference)


def _load_cached_images(workshop: Workshop, application: Application, publish: Publish) -> None:
    """Image components whose image lies in our own cache are loaded from there: no registry is needed."""
    images = {component.image for component in application.components}
    for base in workshop.site.bases.list():
        if base.image.reference in images and base.image.platform == workshop.engine.platform():
            load_if_absent(workshop, base.image, publish)


def _refuse_missing_images(workshop: Workshop, application: Application) -> None:
    """The engine would refuse as well, but by then the ledger holds an application that never came to be."""
    images = {component.image for component in application.components if component.image is not None}
    missing = sorted(images - workshop.engine.have(images))
    if missing:
        raise Refused("image-missing.nowhere", images=missing)


def _forget_removed(site: Site, application: Application) -> None:
    for component in site.ledger.live_all(application.name):
        kept = application.component(component)
        if kept is None or not kept.is_jar:
            site.ledger.clear_live(application.name, component)


def _queue_changed(workshop: Workshop, application: Application, deployment: Deployment) -> None:
    """Deploy anew what has another spec than its live release, and what somebody took away."""
    site = workshop.site
    serving = {
        one.component for one in workshop.engine.instances(application.name) if one.role == "instance" and one.active
    }
    for name, live in site.ledger.live_all(application.name).items():
        component = application.component(name)
        if component is None or (component == live.release.spec and name in serving):
            continue
        changed = site.ledger.create_deployment(
            application=application.name,
            component=name,
            cause=Cause.SPEC,
            artifact=live.release.artifact,
            release=None,
            actor=deployment.actor,
            door=deployment.door,
        )
        enqueue(site, changed.id)
