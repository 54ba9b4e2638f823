"""All that stands in the way of an application on this engine, found before anything of it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from buildpacks.errors import Failure, NotFound, Refused
from buildsvc.engines.docker import components, host_ports, networks, throwaway
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application, Placement


def found(
    client: EngineClient, application: Application, before: Placement | None, image: str, own: Collection[str]
) -> tuple[Refused, ...]:
    """Return every container name, network, absolute path and port of the host that the application cannot have; its
    own networks are where it was placed `before`.
    `image` is one that the engine has; a container of it is made to ask for paths, and one is run to ask for ports.
    The containers of `own` (ids) are the application's without saying so.
    """
    return (
        *components.taken_names(client, application, own),
        *_absent_networks(client, application),
        *networks.held(client, application, before),
        *_absent_sources(client, application, image),
        *host_ports.held(client, application, own),
        *host_ports.held_by_programs(client, application, image),
    )


def _absent_networks(client: EngineClient, application: Application) -> Iterator[Refused]:
    for network in application.networks:
        if network.external and client.network(network.name) is None:
            yield Refused("network-missing", network=network.name)


def _absent_sources(client: EngineClient, application: Application, image: str) -> Iterator[Refused]:
    """Ask by making a container, which the engine refuses where a source is not there; it is never started."""
    owners: dict[str, list[str]] = {}
    for component in application.components:
        for mount in component.mounts:
            if mount.kind == "bind":
                owners.setdefault(mount.source, []).append(component.name)
    if not owners or _can_be_mounted(client, image, tuple(owners)):
        return
    for source, names in owners.items():
        if not _can_be_mounted(client, image, (source,)):
            yield Refused("source-missing", components=names, source=source)


def _can_be_mounted(client: EngineClient, image: str, sources: Sequence[str]) -> bool:
    mounts = [
        {"Type": "bind", "Source": source, "Target": f"/{number}", "ReadOnly": True}
        for number, source in enumerate(sources)
    ]
    name = throwaway.own_name("paths")
    try:
        client.create(name, {"Image": image, "HostConfig": {"Mounts": mounts, "NetworkMode": "none"}})
    except NotFound:
        raise
    except Failure as error:
        return "does not exist" not in error.message
    client.remove(name)
    return True
