"""The swaps that a change of a whole application is made of: each is a deployment of its own, under the change's."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from graphlib import TopologicalSorter

from buildpacks.errors import DeploymentFailed
from buildsvc.model.application import Application
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.release import Release
from buildsvc.model.version_events import ComponentBrought, TakenBack
from buildsvc.usecases.attempt import Attempt, carry_out
from buildsvc.usecases.deploy.deploy import deploy
from buildsvc.usecases.deploy.settling import look_at_soak

AT_ONCE = 3
"""Jar components that start beside each other; more starts on one host make each of them slower."""
_LOOK_EVERY = 2.0
"""Seconds between two looks at all soaks of a change: thirty components are thirty looks, of some 10 ms each."""


def swap_all(attempt: Attempt, application: Application, changing: dict[str, Release]) -> None:
    """Swap components, level by level of `depends_on`, a few at a time. Raises what the first failed one says."""
    for level in _levels(application, frozenset(changing)):
        if attempt.journal.cancelled():
            raise DeploymentFailed("cancelled.whole")
        children = [_child(attempt, changing[name]) for name in level]
        with ThreadPoolExecutor(AT_ONCE) as beside:
            list(beside.map(lambda child: carry_out(attempt.workshop, child.id, deploy), children))
        for child in children:
            _require_serving(attempt, child)


def _levels(application: Application, names: frozenset[str]) -> Iterable[list[str]]:
    graph = {one.name: {dependency.component for dependency in one.depends_on} for one in application.components}
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        level = sorted(name for name in ready if name in names)
        if level:
            yield level
        sorter.done(*ready)


def _child(attempt: Attempt, release: Release) -> Deployment:
    """Return the deployment that swaps a component under this one: the one that a lost worker began, if any."""
    ledger = attempt.workshop.site.ledger
    for step in attempt.journal.steps():
        if (
            step.name == "component"
            and step.data["component"] == release.component
            and step.data["release"] == release.number
        ):
            return ledger.deployment(str(step.data["deployment"]))
    child = _under(attempt, release, attempt.deployment.cause)
    attempt.journal.step("component", component=release.component, release=release.number, deployment=child.id)
    return child


def _require_serving(attempt: Attempt, child: Deployment) -> None:
    now = attempt.workshop.site.ledger.deployment(child.id)
    if now.phase.serving:
        attempt.publish(ComponentBrought(child.component, child.release or 0, child.id))
        return
    raise DeploymentFailed(
        "component-failed",
        component=child.component,
        deployment=child.id,
        phase=now.phase.value,
        why=now.error_message or "",
    )


def await_soaks(attempt: Attempt) -> None:
    """Wait until every swap has settled. Raises DeploymentFailed where one was switched back."""
    ledger = attempt.workshop.site.ledger
    left = [one for one in _children(attempt) if not one.phase.ended]
    while left:
        left = [one for one in left if not look_at_soak(attempt.workshop, one)]
        if attempt.journal.cancelled():
            raise DeploymentFailed("cancelled.whole")
        if left:
            attempt.workshop.wait(_LOOK_EVERY)
    for child in _children(attempt):
        if ledger.deployment(child.id).phase is Phase.SWITCHED_BACK:
            raise DeploymentFailed("component-failed.soak", component=child.component, deployment=child.id)


def _children(attempt: Attempt) -> list[Deployment]:
    ledger = attempt.workshop.site.ledger
    steps = [step for step in attempt.journal.steps() if step.name == "component"]
    return [ledger.deployment(str(step.data["deployment"])) for step in steps]


def put_back(attempt: Attempt) -> None:
    """Swap the former release of every component back that this change has switched and that still serves."""
    ledger = attempt.workshop.site.ledger
    for child in reversed(_children(attempt)):
        live = ledger.live(child.application, child.component)
        if live is None or live.deployment != child.id or live.previous is None:
            continue
        back = _under(attempt, ledger.release(child.application, child.component, live.previous), Cause.ROLLBACK)
        carry_out(attempt.workshop, back.id, deploy)
        now = ledger.deployment(back.id)
        attempt.publish(TakenBack(child.component, live.previous, now.phase.serving, now.error_message or ""))


def _under(attempt: Attempt, release: Release, cause: Cause) -> Deployment:
    return attempt.workshop.site.ledger.create_deployment(
        application=release.application,
        component=release.component,
        cause=cause,
        artifact=release.artifact,
        release=release.number,
        actor=attempt.deployment.actor,
        door=attempt.deployment.door,
        parent=attempt.deployment.id,
    )
