"""How a component is known and whom it knows: `container_name`, links, name servers, fixed addresses."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address

from buildsvc.compose.context import Context
from buildsvc.compose.faults import nearest
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Dependency
from buildsvc.model.site_parts import Naming

_OURS = "buildsvc-"
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def read_naming(service: Spot, name: str, context: Context, *, jar: bool) -> Naming:
    """Everything that concerns names. Of a jar component the gateway bears the `container_name` as an alias."""
    mac = service.get("mac_address")
    return Naming(
        container=_container(service, name, context, jar=jar),
        links=_links(service, context),
        external_links=tuple(_pair(item) for item in _items(service, "external_links")),
        dns=_texts(service, "dns"),
        dns_search=_texts(service, "dns_search"),
        dns_options=_texts(service, "dns_opt"),
        domain=_text(service, "domainname"),
        mac_address=mac.text() if mac is not None and not jar else None,
        addresses=_addresses(service),
    )


def linked(service: Spot, name: str, context: Context) -> tuple[Dependency, ...]:
    """Links, and mounts and networks taken from other services, make these start first."""
    names = {one for one, _ in _links(service, context)}
    for item in _items(service, "volumes_from"):
        text = item.text() or ""
        names |= set() if text.startswith("container:") else {text.partition(":")[0]}
    for key in ("network_mode", "pid", "ipc"):
        mode = _text(service, key) or ""
        names |= {mode.removeprefix("service:")} if mode.startswith("service:") else set()
    return tuple(Dependency(one) for one in sorted(names) if one in context.services and one != name)


def _container(service: Spot, name: str, context: Context, *, jar: bool) -> str | None:
    spot = service.get("container_name")
    text = spot.text("expected.name") if spot is not None else None
    if spot is None or text is None:
        return None
    if not _CONTAINER.fullmatch(text):
        spot.fault("bad-name.container", text=text)
        return None
    if text.startswith(_OURS):
        spot.fault("reserved-name.container", text=text, ours=_OURS)
    other = context.containers.setdefault(text, name)
    if other != name:
        spot.fault("container-name-taken.taken", text=text, other=other)
    if jar and text != name:
        context.warn("compose.container-name", component=name, text=text)
    return text


def _links(service: Spot, context: Context) -> tuple[tuple[str, str], ...]:
    found = []
    for item in _items(service, "links"):
        linked_name, alias = _pair(item)
        if linked_name not in context.services:
            item.fault("unknown-service.named", other=linked_name, near=nearest(linked_name, context.services))
        else:
            found.append((linked_name, alias))
    return tuple(found)


def _pair(spot: Spot) -> tuple[str, str]:
    name, _, alias = (spot.text("expected.link") or "").partition(":")
    return name, alias or name


def _addresses(service: Spot) -> tuple[tuple[str, str], ...]:
    networks = service.get("networks")
    found = []
    for key, options in networks.entries().items() if networks is not None and networks.is_map else ():
        spot = options.get("ipv4_address")
        text = spot.text("expected.ipv4") if spot is not None else None
        if spot is None or text is None:
            continue
        try:
            IPv4Address(text)
        except AddressValueError:
            spot.fault("wrong-value.ipv4", text=text)
            continue
        found.append((key, text))
    return tuple(found)


def _items(service: Spot, key: str) -> list[Spot]:
    spot = service.get(key)
    return spot.items() if spot is not None else []


def _texts(service: Spot, key: str) -> tuple[str, ...]:
    spot = service.get(key)
    return spot.texts() if spot is not None else ()


def _text(service: Spot, key: str) -> str | None:
    spot = service.get(key)
    return spot.text() if spot is not None else None
