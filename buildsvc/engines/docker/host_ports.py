"""Ports of the host that components publish: who holds them now, and how one application's own are freed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildpacks.errors import Refused
from buildsvc.engines.docker import labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application

GRACE = 10.0
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to

Held = tuple[int, str, str]
"""Port, protocol, address."""


def refuse_held(client: EngineClient, application: Application) -> None:
    """Raise Refused `port-held` where a container of somebody else publishes a port that the application wants."""
    for found in client.running():
        if (found.get("Labels") or {}).get(labels.APPLICATION) == application.name:
            continue
        held = [
            (int(port["PublicPort"]), str(port["Type"]), str(port.get("IP", "")))
            for port in found.get("Ports") or []
            if port.get("PublicPort")
        ]
        for wanted, component in _wanted(application):
            if any(_meet(wanted, one) for one in held):
                holder = str((found.get("Names") or ["?"])[0]).lstrip("/")
                raise Refused("port-held", component=component, port=wanted[0], holder=holder)


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
