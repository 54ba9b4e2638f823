"""An application on the engine and in the ledger: placed, written down, and made so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network

from buildpacks.errors import Conflict
from buildsvc.engines.base import Ensure, Publish
from buildsvc.model.application import Application, Placement
from buildsvc.model.desired import is_still
from buildsvc.model.placing import place
from buildsvc.store.ledger import StoredApplication
from buildsvc.usecases.apply.adopted_parts import adopted_parts
from buildsvc.usecases.deploy.loading import gateway_of
from buildsvc.usecases.deploy.rollouts import contents_of
from buildsvc.usecases.site import Site, Workshop

_PLACINGS = 4
"""Choices of subnets that are tried before the engine's refusal is told."""


def stored(site: Site, name: str) -> StoredApplication | None:
    """Return the application of this name as it was last applied, None where there is none."""
    return next((one for one in site.ledger.applications() if one.application.name == name), None)


def bring_about(
    workshop: Workshop, application: Application, former: StoredApplication | None, actor: str, publish: Publish
) -> None:
    """Place it, write it down, and have the engine make it. A subnet that the engine refuses is not offered again:
    another site of this machine may have taken it since the routes were read.
    """
    before = former.placement if former is not None else None
    refused: set[IPv4Network] = set()
    for left in reversed(range(_PLACINGS)):
        placement = _place(workshop, application, before, refused)
        asked = replace(wanted(workshop, application, placement, publish), graces=graces_of(former))
        workshop.site.ledger.save_application(application, placement, actor=actor)
        try:
            return workshop.engine.ensure(asked, publish)
        except Conflict as error:
            fresh = placement.networks - (before.networks if before is not None else frozenset())
            if error.code != "network-refused" or not fresh or not left:
                raise
            refused |= fresh
    return None


def graces_of(there: StoredApplication | None) -> dict[str, float]:
    """Return the seconds that components have from SIGTERM to SIGKILL, of those whose file says so."""
    every = there.application.components if there is not None else ()
    return {one.name: one.grace for one in every if one.stop_grace_period is not None}


def wanted(workshop: Workshop, application: Application, placement: Placement, publish: Publish) -> Ensure:
    """Return what the engine is asked for; its gateway image is loaded. Raises Refused `no-base-image`."""
    site = workshop.site
    gateway = gateway_of(workshop, publish)
    adopted, given_up = adopted_parts(site, application)
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
        still=still_of(site, application),
        adopted=adopted,
        given_up=given_up,
    )


def ensure_again(workshop: Workshop, name: str, again: Iterable[str], publish: Publish) -> None:
    """Make or start again what the engine lacks of an application as it was applied, and those of `again` too; what is
    right is not touched. What is to stand still is left so.
    """
    there = workshop.site.ledger.application(name)
    asked = wanted(workshop, there.application, there.placement, publish)
    workshop.engine.ensure(replace(asked, again=frozenset(again)), publish)


def still_of(site: Site, application: Application) -> frozenset[str]:
    """Return the components that somebody stopped, and wants to stand still at this moment."""
    now, stopped = site.clock.now(), site.ledger.stopped(application.name)
    return frozenset(one.name for one in application.components if is_still(stopped, one.name, now))


def forget_removed(site: Site, application: Application) -> None:
    """Record that components which are no jar components of the application any more run nothing."""
    for component in site.ledger.live_all(application.name):
        kept = application.component(component)
        if kept is None or not kept.is_jar:
            site.ledger.clear_live(application.name, component)


def _place(
    workshop: Workshop, application: Application, before: Placement | None, refused: Iterable[IPv4Network]
) -> Placement:
    site = workshop.site
    taken = {*workshop.routes(), *refused}
    for one in site.ledger.applications():
        if one.application.name != application.name:
            taken |= set(one.placement.networks)
    return place(application, before, pools=site.settings.subnets, taken=taken)
