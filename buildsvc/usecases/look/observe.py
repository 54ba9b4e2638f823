"""Look at what really runs and write it down; show it beside what the ledger says should run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from buildpacks.errors import Failure
from buildsvc.model.api import ApplicationView, ComponentState, ComponentView, ReleaseView
from buildsvc.model.application import Component
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.desired import Stopped, stop_of
from buildsvc.model.instance import Instance, Snapshot
from buildsvc.store.ledger import LiveRelease, StoredApplication
from buildsvc.usecases.look import former_kept
from buildsvc.usecases.look.needed import needed
from buildsvc.usecases.look.what_runs import what_runs
from buildsvc.usecases.site import Site, Workshop

FRESH = 20.0
"""Seconds after which what was seen says nothing of now."""


def look(workshop: Workshop) -> None:
    """Write a snapshot of every application. When the engine does not answer, the last one stays with its time, and
    the reason is added.
    """
    site = workshop.site
    names, engine = site.ledger.application_names(), workshop.engine.name
    try:
        seen = what_runs(workshop)
    except Failure as failure:
        now, before = site.clock.now(), {one.application: one for one in site.ledger.snapshots()}
        site.ledger.save_snapshots(
            replace(
                before.get(name) or Snapshot(name, None, engine, ()),
                problem=failure.message,
                problem_said=failure.as_value(),
                asked=now,
            )
            for name in names
        )
        return
    now = site.clock.now()
    site.ledger.save_snapshots(
        Snapshot(name, now, engine, tuple(i for i in seen if i.application == name), asked=now) for name in names
    )


def application_views(site: Site) -> tuple[ApplicationView, ...]:
    """Return all applications, by name."""
    return tuple(_view(site, stored) for stored in site.ledger.applications())


def application_view(site: Site, name: str) -> ApplicationView:
    """One application. Raises NotFound with near names."""
    return _view(site, site.ledger.application(name))


def component_view(site: Site, application: str, component: str) -> ComponentView:
    """One component. Raises NotFound with near names."""
    site.ledger.component(application, component)
    view = application_view(site, application)
    return next(part for part in view.components if part.name == component)


def release_views(site: Site, application: str, component: str) -> tuple[ReleaseView, ...]:
    """Return the releases of a component, newest first."""
    site.ledger.component(application, component)
    live = site.ledger.live(application, component)
    served = site.ledger.served(application, component)
    return tuple(
        ReleaseView(
            number=release.number,
            live=live is not None and live.release.number == release.number,
            served=release.number in served,
            artifact=release.artifact,
            filename=release.filename,
            version=release.build.version,
            java=release.build.java,
            base=release.build.base,
            image=release.image.reference,
            created=release.created,
            pruned=release.pruned is not None,
        )
        for release in site.ledger.releases(application, component)
    )


def is_down(site: Site, application: str, component: str) -> bool:
    """Whether the observer saw just now that nothing of a jar component serves. False where it cannot be known."""
    snapshot = site.ledger.snapshot(application)
    if snapshot is None or snapshot.problem or snapshot.age(site.clock.now()) > FRESH:
        return False
    mine = [one for one in snapshot.instances if one.component == component]
    return not any(one.role == "instance" and one.active and one.state == "running" for one in mine)


def _view(site: Site, stored: StoredApplication) -> ApplicationView:
    name = stored.application.name
    snapshot = site.ledger.snapshot(name)
    live = site.ledger.live_all(name)
    now, stopped = site.clock.now(), site.ledger.stopped(name)
    newest = _newest_by_component(site.ledger.deployments(application=name, limit=200))
    needs = needed(stored.application)
    return ApplicationView(
        name=name,
        components=tuple(
            _with_undo(site, _with_stop(view, stop_of(stopped, view.name, now)), live.get(view.name))
            for view in (
                _component(part, snapshot, live.get(part.name), newest.get(part.name), needs[part.name])
                for part in stored.application.components
            )
        ),
        seen=snapshot.at if snapshot else None,
        age=snapshot.age(now) if snapshot and snapshot.at else None,
        problem=snapshot.problem if snapshot else "",
        problem_said=snapshot.problem_said if snapshot else None,
        engine_answers=None if snapshot is None or snapshot.silence(now) > FRESH else not snapshot.problem,
        deployment=newest.get(""),
    )


def _newest_by_component(deployments: tuple[Deployment, ...]) -> dict[str, Deployment]:
    newest: dict[str, Deployment] = {}
    for deployment in deployments:
        newest.setdefault(deployment.component, deployment)
    return newest


def _component(
    part: Component,
    snapshot: Snapshot | None,
    live: LiveRelease | None,
    deployment: Deployment | None,
    needs: tuple[str, ...],
) -> ComponentView:
    instances = tuple(i for i in snapshot.instances if i.component == part.name) if snapshot else ()
    return ComponentView(
        name=part.name,
        kind="jar" if part.is_jar else "image",
        state=_state(part, instances, live, snapshot, deployment),
        image=live.release.image.reference if live else (part.image or ""),
        release=live.release.number if live else None,
        filename=live.release.filename if live else None,
        version=live.release.build.version if live else None,
        since=live.since if live else None,
        ports=tuple(_port(published.published, published.target) for published in part.ports),
        java=(live.release.build.java or None) if live else None,
        needs=needs,
        addresses=tuple(f"{one.host_ip or '0.0.0.0'}:{one.published}" for one in part.ports if one.published),  # noqa: S104 - what is shown
        deployment=deployment,
        instances=instances,
    )


def _with_stop(view: ComponentView, stopped: Stopped | None) -> ComponentView:
    if stopped is None:
        return view
    state = "stopped" if view.state == "down" else view.state
    return replace(view, state=state, stopped_by=stopped.by, stopped_until=stopped.until)


def _with_undo(site: Site, view: ComponentView, live: LiveRelease | None) -> ComponentView:
    """As long as the deployment that brought the live release soaks, and the one before it runs or is frozen."""
    newest = view.deployment
    if live is None or newest is None or newest.id != live.deployment or newest.phase is not Phase.LIVE:
        return view
    former = [one for one in view.instances if one.release == live.previous and not one.active]
    jar = live.release.spec.jar
    if jar is None or live.previous is None or not any(one.state in {"running", "paused"} for one in former):
        return view
    kept = timedelta(seconds=max(jar.soak, former_kept.seconds(site, newest.id, jar)))
    return replace(view, undo_until=live.since + kept)


def _port(published: int | None, target: int) -> str:
    return f"{published}:{target}" if published else str(target)


def _state(
    part: Component,
    instances: tuple[Instance, ...],
    live: LiveRelease | None,
    snapshot: Snapshot | None,
    deployment: Deployment | None,
) -> ComponentState:
    if snapshot is None or snapshot.at is None:
        return "unknown"
    if part.is_jar and live is None:
        busy = deployment is not None and deployment.phase in {Phase.BUILDING, Phase.SWAPPING}
        return "starting" if busy else "waiting"
    serving = [i for i in instances if (i.role == "instance" and i.active) or i.role == "image"]
    if not any(i.state == "running" for i in serving):
        return "down"
    if any(i.health == "unhealthy" for i in serving):
        return "unhealthy"
    return "starting" if any(i.health == "starting" for i in serving) else "running"
