"""Networks: made with the subnet that the placement fixed, Compose's names and labels; what is right is not touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import docker.types

from buildpacks.errors import Conflict, Failure, Refused
from buildsvc.engines.docker import labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application, Network, Placement


def creation(application: str, network: Network, placement: Placement) -> dict[str, Any]:
    """Keyword arguments of the SDK's `create_network`. The engine chooses in ip_range; ours lie above."""
    body: dict[str, Any] = {
        "name": network.name,
        "driver": "bridge",
        "internal": network.internal,
        "check_duplicate": True,
        "labels": labels.of_network(application, network),
    }
    if network.key in placement.subnets:
        subnet, ip_range = placement.subnets[network.key]
        pool = docker.types.IPAMPool(subnet=subnet, iprange=ip_range)
        body["ipam"] = docker.types.IPAMConfig(pool_configs=[pool])
    return body


def ensure(client: EngineClient, application: Application, placement: Placement) -> None:
    """Make what is missing; what was made here goes again where one of them cannot be. Raises Refused
    `network-missing`, Conflict `network-differs` or `network-refused`.
    """
    made: list[str] = []
    try:
        for network in application.networks:
            found = client.network(network.name)
            if found is None and network.external:
                raise Refused("network-missing", network=network.name)
            if found is None:
                _make(client, creation(application.name, network, placement))
                made.append(network.name)
            elif not network.external:
                _compare(found, network, placement)
    except Failure:
        # Subnets may be chosen anew, all of them: one that stayed would then have another than it should.
        for name in made:
            with suppress(Failure):
                client.remove_network(name)
        raise


def held(client: EngineClient, application: Application, before: Placement | None) -> Iterator[Refused]:
    """Give a Refused `network-taken` for each network whose name one has that is not where the application was placed
    `before`: another site's on this engine, or anybody's.
    """
    subnets = before.subnets if before is not None else {}
    for network in application.networks:
        found = None if network.external else client.network(network.name)
        if found is None and not network.external and network.key in subnets:
            yield from _renamed(client, application.name, network)
        if found is None:
            continue
        have = _subnets(found)
        if subnets.get(network.key, ("", ""))[0] not in have:
            yield Refused("network-taken.one", network=network.name, have=have)
        elif network.subnet is not None and network.subnet not in have:
            asked = {"application": application.name, "wanted": network.subnet}
            yield Refused("network-taken.moves", network=network.name, have=have, **asked)


def _renamed(client: EngineClient, application: str, network: Network) -> Iterator[Refused]:
    """Tell of a network that the file gives another name: all that runs is on it, and has its addresses."""
    for former in client.networks({labels.APPLICATION: application, labels.NETWORK: network.key}):
        asked = {"application": application, "wanted": network.name}
        yield Refused("network-taken.renamed", network=former["Name"], **asked)


def _make(client: EngineClient, body: dict[str, Any]) -> None:
    try:
        client.create_network(body)
    except Failure as error:
        if error.code == "engine-unreachable":
            raise
        raise Conflict("network-refused", network=body["name"], error=error) from error


def _compare(found: dict[str, Any], network: Network, placement: Placement) -> None:
    wanted = placement.subnets.get(network.key, ("", ""))[0]
    have = _subnets(found)
    if wanted and wanted not in have:
        raise Conflict("network-differs", network=network.name, have=have, wanted=wanted)


def _subnets(found: dict[str, Any]) -> list[str]:
    return [pool.get("Subnet", "") for pool in (found["IPAM"]["Config"] or [])]


def remove_unnamed(client: EngineClient, application: Application) -> None:
    """Networks of ours that the application no longer names."""
    named = {network.name for network in application.networks}
    for found in client.networks({labels.APPLICATION: application.name}):
        if found["Name"] not in named:
            client.remove_network(found["Name"])
