"""The first push of an adopted component: it interrupts, so somebody has to have agreed; noted once it serves."""

from __future__ import annotations

from dataclasses import replace

from buildpacks.errors import Refused
from buildsvc.engines.base import RollOut
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.deployment import Deployment
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.loading import gateway_of
from buildsvc.usecases.site import Site


def taken_over_by(site: Site, deployment: Deployment) -> AdoptedComponent | None:
    """Return the component whose adopted container this deployment takes over, or took; None where there is none, or
    another deployment did.
    """
    part = _part(site, deployment.application, deployment.component)
    fits = part is not None and part.spec.is_jar and part.taken_over in {"", deployment.id}
    return part if fits else None


def refuse_gap(site: Site, application: str, component: str, *, accepted: bool) -> None:
    """Raise Refused `gap-not-accepted` where a push would interrupt the component, and nobody has agreed to that."""
    part = _part(site, application, component)
    if part is None or not part.waits_for_gateway or accepted:
        return
    spec = site.ledger.component(application, component)
    container = part.containers[0][1]
    jar = spec.jar
    if jar is not None and jar.strategy == "stop-first":
        raise Refused("gap-not-accepted.stop-first", component=component, container=container, seconds=jar.deadline)
    raise Refused("gap-not-accepted", component=component, container=container, seconds=spec.grace)


def accept_gap(site: Site, deployment: str) -> None:
    """Note that whoever asked for a deployment agreed to the interruption."""
    site.ledger.remember(_key(deployment), True)


def with_gateway(attempt: Attempt, spec: RollOut) -> RollOut:
    """Add the image of the gateway that a first push puts in. Raises Refused `gap-not-accepted`."""
    site, deployment = attempt.workshop.site, attempt.deployment
    part = taken_over_by(site, deployment)
    if part is None:
        return spec
    there = attempt.workshop.engine.adopted(spec.application, (part,))
    accepted = not there or bool(site.ledger.recall(_key(deployment.id)))
    refuse_gap(site, deployment.application, deployment.component, accepted=accepted)
    return replace(spec, gateway=gateway_of(attempt.workshop, attempt.publish))


def note_taken_over(site: Site, deployment: Deployment, *, back: bool = False) -> None:
    """Note that a component's gateway is in, or (`back`) that its container has its ports and names again."""
    if taken_over_by(site, deployment) is not None:
        site.ledger.note_taken_over(deployment.application, deployment.component, "" if back else deployment.id)


def _part(site: Site, application: str, component: str) -> AdoptedComponent | None:
    adoption = site.ledger.adoption(application)
    return adoption.component(component) if adoption is not None else None


def _key(deployment: str) -> str:
    return f"accept-gap:{deployment}"
