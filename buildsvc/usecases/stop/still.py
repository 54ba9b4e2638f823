"""Stop and start components: what is wanted is a row, and a deployment makes it so, behind whatever is under way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from buildsvc.model.api import Accepted
from buildsvc.model.application import Component
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.desired import Stopped
from buildsvc.model.evidence import StoodStill
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.look.what_runs import what_runs
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site, Workshop


def submit_stop(
    site: Site, application: str, component: str, *, seconds: float | None, actor: str, door: str
) -> Accepted:
    """Queue the stop of a component, or of all where it is empty; after `seconds` it runs again. Raises NotFound."""
    until = None if seconds is None else site.clock.now() + timedelta(seconds=seconds)
    made = _made(site, (application, component), Cause.STOP, actor, door)
    site.ledger.remember(_until(made.id), until.isoformat() if until else "")
    enqueue(site, made.id)
    return accepted(made, "accepted.stop", component=component, application=application)


def submit_start(site: Site, application: str, component: str, *, actor: str, door: str) -> Accepted:
    """Queue the start of a component, or of all where it is empty. Raises NotFound."""
    made = _made(site, (application, component), Cause.START, actor, door)
    enqueue(site, made.id)
    return accepted(made, "accepted.start", component=component, application=application)


def _made(site: Site, whose: tuple[str, str], cause: Cause, actor: str, door: str) -> Deployment:
    application, component = whose
    if component:
        site.ledger.component(application, component)
    else:
        site.ledger.application(application)
    return site.ledger.create_deployment(
        application=application, component=component, cause=cause, artifact=None, release=None, actor=actor, door=door
    )


def _until(deployment: str) -> str:
    return f"stop-until:{deployment}"


def stop(attempt: Attempt) -> None:
    """Stop what runs of the component, or of the whole, gateways excepted: those answer that it does not. Can be run
    again from its beginning.
    """
    deployment, site = attempt.deployment, attempt.workshop.site
    attempt.advance(Phase.SWAPPING)
    application = site.ledger.application(deployment.application).application
    told = site.ledger.recall(_until(deployment.id))
    until = datetime.fromisoformat(told) if told else None
    site.ledger.want_stopped(Stopped(application.name, deployment.component, deployment.actor, site.clock.now(), until))
    parts = {one.name: one for one in application.components if deployment.component in {"", one.name}}
    stop_running(attempt.workshop, application.name, parts)
    site.ledger.remember(_until(deployment.id), None)
    attempt.publish(StoodStill(tuple(parts), deployment.actor, until))
    attempt.settle()


def stop_running(workshop: Workshop, application: str, parts: Mapping[str, Component]) -> None:
    """Stop what runs of these components, by name; gateways excepted."""
    for one in what_runs(workshop, application):
        if one.component in parts and one.role != "gateway" and one.state in {"running", "restarting", "paused"}:
            workshop.engine.stop(one.id, parts[one.component].grace)
