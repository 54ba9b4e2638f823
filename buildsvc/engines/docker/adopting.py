"""Containers that somebody else started under Compose: read by labels, known by their ids, left as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from buildsvc.engines.base import Ensure, Publish
from buildsvc.engines.docker import freezer, inspected, labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.held_of_host import HostOfContainers
from buildsvc.engines.docker.wire import ours
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.application import Component
from buildsvc.model.composed import ComposedContainer, ComposedProject, HeldOfHost
from buildsvc.model.instance import Instance
from buildsvc.model.raised import warned

_ONE_OFF = "com.docker.compose.oneoff"
_FILES = "com.docker.compose.project.config_files"
_FOLDER = "com.docker.compose.project.working_dir"


def composed(client: EngineClient, project: str) -> ComposedProject:
    """See `Engine.composed`."""
    wanted = {labels.PROJECT: project}
    found = client.containers(wanted)
    marks: Mapping[str, str] = found[0]["Config"]["Labels"] if found else {}
    with ours():
        volumes = client.api.volumes(filters={"label": [f"{labels.PROJECT}={project}"]})["Volumes"] or []
    own_networks, own_volumes = _by_key(client.networks(wanted), labels.NETWORK), _by_key(volumes, labels.VOLUME)
    host = HostOfContainers(client, found, networks=own_networks, volumes=own_volumes)
    return ComposedProject(
        name=project,
        files=tuple(part for part in marks.get(_FILES, "").split(",") if part),
        folder=marks.get(_FOLDER, ""),
        containers=tuple(sorted((_read(one, host.held(one)) for one in found), key=lambda one: one.name)),
        networks=own_networks,
        volumes=own_volumes,
    )


def _by_key(found: Iterable[Mapping[str, Any]], label: str) -> tuple[tuple[str, str], ...]:
    marked = ((one["Labels"] or {}, str(one["Name"])) for one in found)
    return tuple(sorted((marks[label], name) for marks, name in marked if label in marks))


def _read(found: Mapping[str, Any], held: HeldOfHost) -> ComposedContainer:
    config, marks = found["Config"], found["Config"]["Labels"] or {}
    environment = (text.partition("=") for text in config.get("Env") or [])
    return ComposedContainer(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        service=marks.get(labels.SERVICE, ""),
        state=inspected.state_of(found),
        exit_code=inspected.exit_code(found),
        image=config["Image"],
        image_id=found["Image"],
        command=(*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())),
        user=config.get("User") or "",
        one_off=marks.get(_ONE_OFF) == "True",
        ours=labels.ROLE in marks,
        binds=tuple((one["Destination"], one["Source"]) for one in found.get("Mounts") or [] if one["Type"] == "bind"),
        environment=tuple(sorted((key, value) for key, _, value in environment)),
        held=held,
    )


def instances(client: EngineClient, application: str, components: Iterable[AdoptedComponent]) -> tuple[Instance, ...]:
    """See `Engine.adopted`."""
    return tuple(
        inspected.instance(found, active=one.spec.is_jar, marks=labels.ours(application, one.name, role))
        for one in components
        for role in ("instance" if one.spec.is_jar else "image",)
        for found in containers(client, one)
    )


def containers(client: EngineClient, adopted: AdoptedComponent) -> Iterator[dict[str, Any]]:
    """Inspect those that are there still."""
    for container in adopted.ids:
        found = client.inspect(container)
        if found is not None:
            yield found


def ids(*groups: Iterable[AdoptedComponent]) -> frozenset[str]:
    return frozenset(container for group in groups for one in group for container in one.ids)


def is_left_alone(client: EngineClient, wanted: Ensure, component: Component) -> bool:
    """Whether a component runs in adopted containers; one of them that is to run and does not is started."""
    part = next((one for one in wanted.adopted if one.name == component.name), None)
    there = list(containers(client, part)) if part is not None else []
    if wanted.lasts(component) and component.name not in wanted.still:
        for found in there:
            if found["State"]["Status"] in {"created", "exited", "dead"}:
                client.start(found["Id"])
    return bool(there)


def give_up(client: EngineClient, wanted: Ensure, publish: Publish) -> None:
    """Take away the containers of what is to run otherwise from now on, or not at all."""
    for one in wanted.given_up:
        gone = [found["Id"] for found in containers(client, one)]
        for container in gone:
            freezer.stop(client, container, one.spec.grace)
            client.remove(container)
        if gone and wanted.application.component(one.name) is not None:
            publish(warned("adopted-replaced", component=one.name))
