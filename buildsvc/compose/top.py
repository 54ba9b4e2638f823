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


def read_name(top: Spot, project: str | None, directory: str) -> str:
    """`name:`, else `project`, else the folder's name as Compose normalises it. Raises Refused `bad-name`."""
    spot = top.get("name")
    if spot is not None:
        name = spot.text() or ""
        if not _NAME.fullmatch(name):
            spot.fault("bad-name.application", name=name)
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
            context.warn("compose.network-unused", network=key)
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
            context.warn("compose.volume-unused", volume=key)
    found += [Volume(key, name) for key, name in context.folders.items()]
    return tuple(sorted(found, key=lambda volume: volume.key))


def _network(key: str, spot: Spot, project: str, context: Context) -> Network:
    spot.known(spec_keys.NETWORK, spec_keys.NETWORK_REFUSED)
    driver, internal = spot.get("driver"), spot.get("internal")
    name, external = _name(key, spot, project)
    if driver is not None and (text := driver.text()) not in {None, "bridge", "default", "overlay"}:
        driver.fault("wrong-value.driver", text=text)
    elif driver is not None and text == "overlay":
        context.leave_out("driver: overlay", key, "left-out.bridge", of="left-out.network")
    for left_out in ("attachable", "driver_opts"):
        if spot.get(left_out) is not None:
            context.leave_out(left_out, key, of="left-out.network")
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
    for pool in pools.items("expected.pools") if pools is not None else []:
        pool.known(spec_keys.POOL)
        for left_out in ("gateway", "ip_range", "aux_addresses"):
            if pool.get(left_out) is not None:
                context.leave_out(f"ipam.{left_out}", key, "left-out.subnet")
        subnet = pool.get("subnet")
        text = subnet.text("expected.subnet") if subnet is not None else None
        if subnet is None or text is None or ":" in text:
            continue
        try:
            return str(IPv4Network(text, strict=False))
        except ValueError:
            subnet.fault("wrong-value.subnet", text=text)
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
                other.fault("wrong-value.external")
    name = given.text() if given is not None else None
    return name or (key if external else f"{project}_{key}"), external
