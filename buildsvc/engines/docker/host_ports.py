"""Ports of the host that components publish: who holds them now, and how one application's own are freed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from buildpacks.errors import Refused
from buildsvc.engines.docker import host_programs, labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application

GRACE = 10.0
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to

Held = tuple[int, str, str]
"""Port, protocol, address."""


def held(client: EngineClient, application: Application, own: Collection[str]) -> Iterator[Refused]:
    """Give a Refused `port-held` for each wanted port that a container of somebody else publishes; those of `own` (ids)
    are the application's.
    """
    for found in client.running():
        if found["Id"] in own or (found.get("Labels") or {}).get(labels.APPLICATION) == application.name:
            continue
        published = _published(found)
        for wanted, component in _wanted(application):
            if any(_meet(wanted, one) for one in published):
                holder = str((found.get("Names") or ["?"])[0]).lstrip("/")
                yield Refused("port-held", component=component, port=wanted[0], holder=holder)


def held_by_programs(client: EngineClient, application: Application, image: str) -> Iterator[Refused]:
    """Give a Refused `port-held` for each port that the application wants and a program of the host listens on, which
    is asked with `image`. What a container publishes already is not asked for, and what one of the application's own
    publishes that ends and is started again and again; nor is anything where the application has a container on the
    host's own network, for the program may be its own, which goes.
    """
    running = client.running()
    if any(_is_own_on_host(found, application) for found in running):
        return
    published = [one for found in running for one in _published(found)]
    asked = [(one, component) for one, component in _wanted(application) if not any(_meet(one, p) for p in published)]
    if not asked:
        return
    programs: Mapping[str, str] | None = None
    open_ports = host_programs.listening(client, image)
    own = _own_restarting(client, application)
    for one, component in asked:
        if any(_meet(one, bound) for bound in own):
            continue
        meeting = next((o for o in open_ports if _meet(one, (o.port, o.protocol, o.address))), None)
        if meeting is None:
            continue
        programs = host_programs.programs() if programs is None else programs
        holder = programs.get(meeting.inode)
        key = "port-held" if holder else "port-held.program"
        yield Refused(key, component=component, port=one[0], holder=holder)


def free(client: EngineClient, application: Application) -> None:
    """Take away the application's own containers that hold a port which another of its components wants now: one that
    was renamed, or two that exchange theirs. They are made anew, if they are named still.
    """
    wanted = _wanted(application)
    for found in client.containers({labels.APPLICATION: application.name, labels.COMPONENT: None}):
        owner = found["Config"]["Labels"][labels.COMPONENT]
        for one in _bound(found):
            if any(_meet(one, other) and component != owner for other, component in wanted):
                client.stop(found["Id"], GRACE)
                client.remove(found["Id"])
                break


def _wanted(application: Application) -> list[tuple[Held, str]]:
    return [
        ((port.published, port.protocol, port.host_ip), component.name)
        for component in application.components
        for port in component.ports
        if port.published is not None
    ]


def _own_restarting(client: EngineClient, application: Application) -> list[Held]:
    """Ports of the application's own containers that the engine starts again: between two starts it lists none."""
    found = client.containers({labels.APPLICATION: application.name})
    return [bound for one in found if one["State"]["Running"] or one["State"]["Restarting"] for bound in _bound(one)]


def _is_own_on_host(found: Mapping[str, Any], application: Application) -> bool:
    own = (found.get("Labels") or {}).get(labels.APPLICATION) == application.name
    return own and (found.get("HostConfig") or {}).get("NetworkMode") == "host"


def _published(found: Mapping[str, Any]) -> list[Held]:
    return [
        (int(port["PublicPort"]), str(port["Type"]), str(port.get("IP", "")))
        for port in found.get("Ports") or []
        if port.get("PublicPort")
    ]


def _bound(found: Mapping[str, Any]) -> list[Held]:
    bindings = found["HostConfig"].get("PortBindings") or {}
    return [
        (int(one["HostPort"]), key.partition("/")[2], str(one.get("HostIp", "")))
        for key, ones in bindings.items()
        for one in ones or []
        if one.get("HostPort")
    ]


def _meet(one: Held, other: Held) -> bool:
    anywhere = not _ANYWHERE.isdisjoint({one[2], other[2]})
    return one[:2] == other[:2] and (anywhere or one[2] == other[2])
