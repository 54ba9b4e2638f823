"""Image components: made after what they depend on, recreated only when their spec changed, with the gap said."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from buildpacks.errors import DeploymentFailed, Refused
from buildsvc.engines.base import Ensure, Publish
from buildsvc.engines.docker import attaching, containers, gateways, labels, volumes
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application, Component, Dependency
from buildsvc.model.raised import warned

DEADLINE = 300.0
"""Seconds that a dependency may take to fulfil its condition."""
GRACE = 10.0


def in_order(application: Application) -> tuple[Component, ...]:
    """Components after everything that they depend on. Raises Refused `depends-on-circle`."""
    done: dict[str, Component] = {}
    path: list[str] = []

    def visit(component: Component) -> None:
        if component.name in done:
            return
        if component.name in path:
            circle = " -> ".join([*path[path.index(component.name) :], component.name])
            raise Refused("depends-on-circle", circle=circle)
        path.append(component.name)
        for dependency in component.depends_on:
            needed = application.component(dependency.component)
            if needed is not None:
                visit(needed)
        path.pop()
        done[component.name] = component

    for component in application.components:
        visit(component)
    return tuple(done.values())


def missing_images(client: EngineClient, application: Application) -> None:
    """Raise Refused `image-missing` that names every image to load, before anything changes."""
    references = [c.image for c in application.components if c.image]
    missing = sorted({image for image in references if client.image(image) is None})
    if missing:
        raise Refused("image-missing.load", images=missing)


def taken_names(client: EngineClient, application: Application, own: Collection[str]) -> Iterator[Refused]:
    """Give a Refused `container-name-taken` for each name that the file gives and a container of somebody else has;
    those of `own` (ids) are the application's.
    """
    for component in application.components:
        name = component.naming.container
        found = client.inspect(name) if name and not component.is_jar else None
        if found is None or found["Id"] in own:
            continue
        if (found["Config"]["Labels"] or {}).get(labels.APPLICATION) != application.name:
            yield Refused("container-name-taken", component=component.name, name=name)


def ensure(client: EngineClient, wanted: Ensure, component: Component, publish: Publish) -> None:
    """Make, start or replace the containers of an image component; what is right is not touched."""
    for number in range(1, component.replicas + 1):
        _ensure(client, wanted, component, number, publish)


def _ensure(client: EngineClient, wanted: Ensure, component: Component, number: int, publish: Publish) -> None:
    app = wanted.application
    creation = containers.image_container(app, component, wanted.environments.get(component.name, {}), number)
    found = client.inspect(creation.name)
    if found and found["Config"]["Labels"].get(labels.SPEC) == creation.spec:
        status = found["State"]["Status"]
        again = status in {"exited", "dead"} and wanted.lasts(component)
        if component.name not in wanted.still and (status == "created" or again):
            client.start(creation.name)
        return
    for dependency in component.depends_on:
        await_dependency(client, app, component, dependency)
    assert component.image is not None
    volumes.ensure_contents(client, component.mounts, wanted.contents, app.name, component.image)
    volumes.put_seeds(client, wanted, component, component.image)
    began = time.monotonic()
    if found:
        grace = component.stop_grace_period
        client.stop(creation.name, GRACE if grace is None else grace)
        client.remove(creation.name)
    made = gateways.build(client, creation)
    volumes.put_files(client, made, component.mounts, wanted.contents)
    if component.name not in wanted.still:
        client.start(made)
    if found:
        publish(warned("component-recreated", component=component.name, seconds=f"{time.monotonic() - began:.1f}"))


def await_dependency(
    client: EngineClient, application: Application, component: Component, dependency: Dependency
) -> None:
    """Wait for one condition. A jar component may be waiting for its first release and blocks nobody."""
    needed = application.component(dependency.component)
    if needed is None or needed.is_jar:
        return
    name = attaching.container_of(application.name, needed)
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if _fulfilled(client, name, dependency):
            return
        time.sleep(0.2)
    if dependency.required:
        raise _unfulfilled(client, name, component, dependency)


def _fulfilled(client: EngineClient, name: str, dependency: Dependency) -> bool:
    found = client.inspect(name)
    if found is None:
        return not dependency.required
    state = found["State"]
    if dependency.condition == "service_healthy":
        return bool(state.get("Health", {}).get("Status") == "healthy")
    if dependency.condition == "service_completed_successfully":
        return bool(state["Status"] == "exited" and state["ExitCode"] == 0)
    return bool(state["Running"]) or state["Status"] == "exited"


def _unfulfilled(client: EngineClient, name: str, component: Component, dependency: Dependency) -> DeploymentFailed:
    return DeploymentFailed(
        "dependency-not-ready",
        component=component.name,
        dependency=dependency.component,
        condition=dependency.condition,
        deadline=DEADLINE,
        name=name,
        log_tail=client.tail(name, 40),
    )
