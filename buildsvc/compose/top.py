"""The top level of the file: the application's name, its networks and its volumes."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

from buildpacks.errors import Refused
from buildsvc.compose import spec_keys
from buildsvc.compose.context import Context
from buildsvc.compose.services import read_labels
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Network, Volume

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NAME_RULE = "A name has lower case letters, digits, - and _, and begins with a letter or a digit."


def read_name(top: Spot, project: str | None, directory: str) -> str:
    """`name:`, else `project`, else the folder's name as Compose normalises it. Raises Refused `bad-name`."""
    spot = top.get("name")
    if spot is not None:
        name = spot.text() or ""
        if not _NAME.fullmatch(name):
            spot.fault("bad-name", f"is '{name}'.", _NAME_RULE)
        return name
    if project is not None:
        if not _NAME.fullmatch(project):
            raise Refused("bad-name.project", project=project)
        return project
    name = re.sub(r"[^a-z0-9_-]", "", directory.lower()).lstrip("_-")
    if not name:
        raise Refused("bad-name.folder", directory=directory)
    return name


def read_networks(context: Context, project: str) -> tuple[Network, ...]:
    """Return the networks that some component joins, `default` among them. Declared ones that nobody joins are warned
    of.
    """
    found: list[Network] = []
    for key, spot in context.networks.items():
        network = _network(key, spot, project, context)
        if key in context.used_networks:
            found.append(network)
        elif key != "default":
            context.warnings.append(f"networks.{key} is joined by no component and is not made.")
    if "default" in context.used_networks and "default" not in context.networks:
        found.append(Network("default", f"{project}_default"))
    return tuple(sorted(found, key=lambda network: network.key))


def read_volumes(context: Context, project: str) -> tuple[Volume, ...]:
    """Return the volumes that some component mounts; declared ones that nobody mounts become a warning."""
    found: list[Volume] = []
    for key, spot in context.volumes.items():
        volume = _volume(key, spot, project)
        if key in context.used_volumes:
            found.append(volume)
        else:
            context.warnings.append(f"volumes.{key} is mounted by no component and is not made.")
    found += [Volume(key, name) for key, name in context.folders.items()]
    return tuple(sorted(found, key=lambda volume: volume.key))


def _network(key: str, spot: Spot, project: str, context: Context) -> Network:
    spot.known(spec_keys.NETWORK, spec_keys.NETWORK_REFUSED)
    driver, internal = spot.get("driver"), spot.get("internal")
    name, external = _name(key, spot, project)
    if driver is not None and (text := driver.text()) not in {None, "bridge", "default", "overlay"}:
        driver.fault("wrong-value", f"is '{text}'; on one host it must be bridge.", "Remove it.")
    elif driver is not None and text == "overlay":
        context.leave_out("driver: overlay of a network", key, "on one host it is a bridge")
    for left_out in ("attachable", "driver_opts"):
        if spot.get(left_out) is not None:
            context.leave_out(f"{left_out} of a network", key)
    return Network(
        key, name, external, internal is not None and internal.boolean(), read_labels(spot), _subnet(spot, key, context)
    )


def _subnet(spot: Spot, key: str, context: Context) -> str | None:
    """Read the IPv4 subnet that the file fixes, in CIDR."""
    ipam = spot.get("ipam")
    if ipam is None:
        return None
    ipam.known(spec_keys.IPAM)
    pools = ipam.get("config")
    for pool in pools.items("a list of pools") if pools is not None else []:
        pool.known(spec_keys.POOL)
        for left_out in ("gateway", "ip_range", "aux_addresses"):
            if pool.get(left_out) is not None:
                context.leave_out(f"{left_out} of ipam", key, "only the subnet is taken over")
        subnet = pool.get("subnet")
        text = subnet.text("a subnet like 10.5.0.0/16") if subnet is not None else None
        if subnet is None or text is None or ":" in text:
            continue
        try:
            return str(IPv4Network(text, strict=False))
        except ValueError:
            subnet.fault("wrong-value", f"is '{text}', which is not a subnet like 10.5.0.0/16.")
    return None


def _volume(key: str, spot: Spot, project: str) -> Volume:
    spot.known(spec_keys.VOLUME)
    driver, options = spot.get("driver"), spot.get("driver_opts")
    name, external = _name(key, spot, project)
    return Volume(
        key,
        name,
        external,
        driver.text() if driver is not None else None,
        tuple(sorted(options.settled_pairs())) if options is not None else (),
        read_labels(spot),
    )


def _name(key: str, spot: Spot, project: str) -> tuple[str, bool]:
    """Return the name in the engine, and whether somebody else made it."""
    given, external_spot = spot.get("name"), spot.get("external")
    external = False
    if external_spot is not None and external_spot.is_map:
        external_spot.known(("name",))
        given, external = given or external_spot.get("name"), True
    elif external_spot is not None:
        external = external_spot.boolean()
    if external:
        for extra in ("driver", "driver_opts", "internal", "labels"):
            other = spot.get(extra)
            if other is not None:
                other.fault("wrong-value", "has no place beside external: it is made by somebody else.", "Remove it.")
    name = given.text() if given is not None else None
    return name or (key if external else f"{project}_{key}"), external
