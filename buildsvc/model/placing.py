"""Where an application lives on a site: a subnet for each of its networks, fixed addresses for each jar component."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from buildpacks.errors import Refused
from buildsvc.model.application import Application, Placement, SlotAddresses

PREFIX = 22
"""Of an application network: 510 addresses for the engine's own choices, 510 for ours."""
_ADDRESSES = 3
_SMALLEST = 28


def place(
    application: Application,
    before: Placement | None,
    *,
    pools: Sequence[IPv4Network],
    taken: Collection[IPv4Network],
) -> Placement:
    """Return a placement that keeps all that `before` fixed and adds what is new; external networks have none.

    `taken` are the networks that a new subnet must not touch: the host's routes and other applications' subnets (this
    application's own may be among them). The lower half of a subnet, with the bridge's own .1, is the engine's
    (`--ip-range`); gateway, blue and green come out of the upper half. The addresses of a component that went away stay
    noted, and are given to another only when no other is free.

    Raises Refused `no-subnet` or `no-address`.
    """
    own = {network.key: network.subnet for network in application.networks if not network.external}
    kept = before.subnets if before is not None else {}
    subnets = {key: kept[key] for key, wanted in own.items() if key in kept and wanted in {None, kept[key][0]}}
    mine = [IPv4Network(subnet) for subnet, _ in kept.values()]
    for key, wanted in own.items():
        if key not in subnets and wanted is not None:
            subnet = _asked_for(f"{application.name}/{key}", wanted, [one for one in taken if one not in mine])
            subnets[key] = (wanted, str(next(subnet.subnets())))
    occupied = [*taken, *mine, *(IPv4Network(subnet) for subnet, _ in subnets.values())]
    for key in own:
        if key not in subnets:
            subnet = _free_subnet(f"{application.name}/{key}", pools, occupied)
            occupied.append(subnet)
            subnets[key] = (str(subnet), str(next(subnet.subnets())))
    return Placement(subnets, _addresses(application, before, subnets))


def _asked_for(name: str, wanted: str, taken: Iterable[IPv4Network]) -> IPv4Network:
    """Return the subnet that the file fixes. Raises Refused `subnet-taken`."""
    subnet = IPv4Network(wanted)
    # The route to everywhere overlaps all.
    other = next((one for one in taken if one.prefixlen and one.overlaps(subnet)), None)
    if other is not None or subnet.prefixlen > _SMALLEST:
        raise Refused("subnet-taken", name=name, subnet=wanted, other=other or f"/{_SMALLEST}")
    return subnet


def _free_subnet(name: str, pools: Sequence[IPv4Network], occupied: Iterable[IPv4Network]) -> IPv4Network:
    ends = [(int(network.network_address), int(network.broadcast_address)) for network in occupied]
    for pool in pools:
        if pool.prefixlen > PREFIX:
            continue
        for subnet in pool.subnets(new_prefix=PREFIX):
            first, last = int(subnet.network_address), int(subnet.broadcast_address)
            if all(last < low or high < first for low, high in ends):
                return subnet
    shown = ", ".join(str(pool) for pool in pools) or "nothing"
    raise Refused("no-subnet", prefix=PREFIX, name=name, shown=shown)


def _addresses(
    application: Application, before: Placement | None, subnets: dict[str, tuple[str, str]]
) -> dict[str, dict[str, SlotAddresses]]:
    kept = before.addresses if before is not None else {}
    # what lies on a network that went away is forgotten; what lies on one that stays is kept, whoever it belonged to
    found = {
        name: {key: slots for key, slots in nets.items() if key in subnets and _inside(slots, subnets[key][0])}
        for name, nets in kept.items()
    }
    fixed = {(c.name, key): address for c in application.components for key, address in c.naming.addresses}
    wanted = [(c.name, key) for c in application.jar_components for key, _ in c.networks if key in subnets]
    present = set(wanted)
    for component, key in wanted:
        slots = found.setdefault(component, {})
        if key not in slots:
            reserved = {address for (_, on), address in fixed.items() if on == key}
            on = IPv4Network(subnets[key][0])
            slots[key] = _slots(application.name, key, on, found, present, reserved=reserved)
        if address := fixed.get((component, key)):
            slots[key] = replace(slots[key], gateway=address)
    return {name: dict(sorted(nets.items())) for name, nets in sorted(found.items()) if nets}


def _slots(
    application: str,
    key: str,
    subnet: IPv4Network,
    found: dict[str, dict[str, SlotAddresses]],
    present: set[tuple[str, str]],
    *,
    reserved: Collection[str],
) -> SlotAddresses:
    used = {*reserved} | {address for nets in found.values() if key in nets for address in _three(nets[key])}
    free = [str(address) for address in _upper_half(subnet) if str(address) not in used][:_ADDRESSES]
    if len(free) == _ADDRESSES:
        return SlotAddresses(*free)
    gone = sorted(name for name, nets in found.items() if key in nets and (name, key) not in present)
    if not gone:
        raise Refused("no-address", application=application, key=key, subnet=subnet)
    return found[gone[0]].pop(key)


def _upper_half(subnet: IPv4Network) -> Iterator[IPv4Address]:
    upper = list(subnet.subnets())[1]
    # x.x.x.0 and x.x.x.255 are good addresses in a /22, but some firewalls drop them unseen.
    return (address for address in upper if int(address) & 0xFF not in {0, 0xFF})


def _inside(slots: SlotAddresses, subnet: str) -> bool:
    return all(IPv4Address(address) in IPv4Network(subnet) for address in _three(slots))


def _three(slots: SlotAddresses) -> tuple[str, str, str]:
    return slots.gateway, slots.blue, slots.green
