"""How a component is known and whom it knows: `container_name`, links, name servers, fixed addresses."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address

from buildsvc.compose.context import Context
from buildsvc.compose.faults import nearest
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Dependency, Naming

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
    text = spot.text("a name") if spot is not None else None
    if spot is None or text is None:
        return None
    if not _CONTAINER.fullmatch(text):
        spot.fault("bad-name", f"is '{text}', which no container can have.", "Use letters, digits, '.', '_' and '-'.")
        return None
    if text.startswith(_OURS):
        spot.fault("reserved-name", f"is {text}, and {_OURS} is how the containers of the service begin.", "Rename it.")
    other = context.containers.setdefault(text, name)
    if other != name:
        spot.fault("container-name-taken", f"is {text}, and so is that of services.{other}.", "Rename one of the two.")
    if jar and text != name:
        context.warnings.append(
            f"services.{name}.container_name: the gateway of {name} answers to {text} too; its instances have other "
            "names, for there are two during a swap."
        )
    return text


def _links(service: Spot, context: Context) -> tuple[tuple[str, str], ...]:
    found = []
    for item in _items(service, "links"):
        linked_name, alias = _pair(item)
        if linked_name not in context.services:
            item.fault(
                "unknown-service",
                f"names {linked_name}, which is not a service.",
                nearest(linked_name, context.services),
            )
        else:
            found.append((linked_name, alias))
    return tuple(found)


def _pair(spot: Spot) -> tuple[str, str]:
    name, _, alias = (spot.text("a name, or name:alias") or "").partition(":")
    return name, alias or name


def _addresses(service: Spot) -> tuple[tuple[str, str], ...]:
    networks = service.get("networks")
    found = []
    for key, options in networks.entries().items() if networks is not None and networks.is_map else ():
        spot = options.get("ipv4_address")
        text = spot.text("an IPv4 address") if spot is not None else None
        if spot is None or text is None:
            continue
        try:
            IPv4Address(text)
        except AddressValueError:
            spot.fault("wrong-value", f"is '{text}', which is not an IPv4 address.")
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
