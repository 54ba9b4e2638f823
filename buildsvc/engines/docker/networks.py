"""Networks: made with the subnet that the placement fixed, Compose's names and labels; what is right is not touched."""

from __future__ import annotations

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
    """Make what is missing. Raises Refused `network-missing`, Conflict `network-differs`."""
    for network in application.networks:
        found = client.network(network.name)
        if found is None and network.external:
            raise Refused("network-missing", network=network.name)
        if found is None:
            _make(client, creation(application.name, network, placement))
        elif not network.external:
            _compare(found, network, placement)


def _make(client: EngineClient, body: dict[str, Any]) -> None:
    try:
        client.create_network(body)
    except Failure as error:
        if error.code == "engine-unreachable":
            raise
        raise Conflict("network-refused", network=body["name"], error=error) from error


def _compare(found: dict[str, Any], network: Network, placement: Placement) -> None:
    wanted = placement.subnets.get(network.key, ("", ""))[0]
    have = [pool.get("Subnet", "") for pool in (found["IPAM"]["Config"] or [])]
    if wanted and wanted not in have:
        raise Conflict("network-differs", network=network.name, have=have, wanted=wanted)


def remove_unnamed(client: EngineClient, application: Application) -> None:
    """Networks of ours that the application no longer names."""
    named = {network.name for network in application.networks}
    for found in client.networks({labels.APPLICATION: application.name}):
        if found["Name"] not in named:
            client.remove_network(found["Name"])
