"""What the demo sees of the engine: the application's containers, to show that they are the same before and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import docker

APPLICATION = "io.buildsvc.application"
COMPONENT = "io.buildsvc.component"
ROLE = "io.buildsvc.role"
PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"


@dataclass(frozen=True)
class Container:
    """One container: its name, its id, and since when it runs."""

    name: str
    id: str
    started: str
    component: str
    role: str


@contextmanager
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    try:
        yield client
    finally:
        client.close()


def version(client: docker.DockerClient) -> str:
    return str(client.version()["Version"])


def containers(client: docker.DockerClient, application: str) -> tuple[Container, ...]:
    """All containers of an application, also stopped ones."""
    found = client.containers.list(all=True, filters={"label": f"{APPLICATION}={application}"})
    return tuple(
        Container(
            str(each.name),
            str(each.id),
            each.attrs["State"]["StartedAt"],
            each.labels[COMPONENT],
            each.labels.get(ROLE, ""),
        )
        for each in sorted(found, key=lambda each: str(each.name))
    )


def application_containers(client: docker.DockerClient, application: str) -> tuple[Container, ...]:
    """The same with those of its image components, which have Compose's labels alone."""
    found = client.containers.list(all=True, filters={"label": f"{PROJECT}={application}"})
    images = [
        Container(str(one.name), str(one.id), one.attrs["State"]["StartedAt"], str(one.labels.get(SERVICE)), "")
        for one in found
        if APPLICATION not in one.labels
    ]
    return (*containers(client, application), *sorted(images, key=lambda each: each.name))


def others(client: docker.DockerClient, application: str, component: str) -> tuple[Container, ...]:
    """All of them but the instances of one component: its gateway is among the others."""
    found = containers(client, application)
    return tuple(each for each in found if not (each.component == component and each.role == "instance"))


def remove_application(client: docker.DockerClient, application: str) -> int:
    """Remove what is left of an application: containers, networks, volumes. Returns how many things there were."""
    label: dict[str, str | list[str] | bool] = {"label": f"{APPLICATION}={application}"}
    left = client.containers.list(all=True, filters=label)
    for each in left:
        each.remove(force=True, v=True)
    networks = client.networks.list(filters=label)
    for network in networks:
        network.remove()
    volumes = client.volumes.list(filters=label)
    for volume in volumes:
        volume.remove()
    return len(left) + len(networks) + len(volumes)


def take_away(application: str) -> None:
    """Remove what an application left in this machine's engine, and the images that were built for it."""
    with engine() as client:
        remove_application(client, application)
        for tag in tags(client):
            if tag.startswith(f"buildsvc/{application}-"):
                client.images.remove(tag, force=True)


def tags(client: docker.DockerClient) -> set[str]:
    """The image tags that buildsvc made, of this site and of any other."""
    listed = client.api.images()
    return {tag for image in listed for tag in image["RepoTags"] or () if tag.startswith("buildsvc/")}
