"""How a container stands on its networks: its names, its addresses, and the links that it alone sees. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from buildsvc.engines.docker import labels
from buildsvc.model.application import Application, Component, Placement, SlotAddresses

_LONGEST_HOSTNAME = 63


@dataclass(frozen=True)
class Attachment:
    """One network of a container: its name, the fixed address if it has one, further DNS names, and links
    (`container:alias`), which this container alone sees.
    """

    network: str
    address: str | None = None
    aliases: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def told(self) -> dict[str, object]:
        """As it enters the digest of a container; what it has not changes no digest."""
        return {key: value for key, value in vars(self).items() if key != "links" or value}


def slot_address(found: SlotAddresses | None, slot: str) -> str | None:
    if found is None:
        return None
    return found.blue if slot == "blue" else found.green


def own_names(component: Component, placement: Placement, slot: str, called: Mapping[str, str]) -> list[str]:
    """Whatever an instance is called leads to its own slot, and so does each name with that of the network behind it
    (`called`, by key), which the engine's name server knows too: a check that names its component would otherwise ask
    the gateway, which answers for another instance, or for none. What it is called on a network without fixed addresses
    leads to its address on another one; where there is none see `own_hostname`. What the file says about a name wins.
    """
    placed = placement.addresses.get(component.name, {})
    told = {name for name, _ in component.extra_hosts}
    addresses = {key: slot_address(placed.get(key), slot) for key, _ in component.networks}
    elsewhere = next((address for address in addresses.values() if address), None)
    found: dict[str, str] = {}
    for key, aliases in sorted(component.networks, key=lambda pair: addresses[pair[0]] is None):
        address = addresses[key] or elsewhere
        for own in names_of(component, aliases) if address else ():
            for name in (own, f"{own}.{called[key]}"):
                if name not in told and address:
                    found.setdefault(name, address)
    return [f"{name}:{address}" for name, address in found.items()]


def own_hostname(component: Component, placement: Placement) -> str | None:
    """Return the name of the machine that an instance is for itself, which leads to its own address: that of its
    component, where it stands on networks only whose addresses nobody knows before it is started.
    """
    fixed = any(key in placement.addresses.get(component.name, {}) for key, _ in component.networks)
    alone = component.host.network is not None or fixed or not component.networks
    return None if alone or len(component.name) > _LONGEST_HOSTNAME else component.name


def names_of(component: Component, aliases: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of a component on one of its networks."""
    own = (component.name, *([component.naming.container] if component.naming.container else []))
    return tuple(dict.fromkeys((*own, *aliases)))


def links(application: str, peers: Iterable[Component], component: Component) -> tuple[str, ...]:
    """Links as the Engine API writes them: `container:alias`, of a jar component to its gateway."""
    by_name = {peer.name: peer for peer in peers}
    found = [
        (container_of(application, by_name[name]), alias) for name, alias in component.naming.links if name in by_name
    ]
    return tuple(f"{container}:{alias}" for container, alias in (*found, *component.naming.external_links))


def container_of(application: str, component: Component, number: int = 1) -> str:
    """Return the container that answers for a component: a gateway, or that of an image."""
    if component.is_jar:
        return labels.gateway_name(application, component.name)
    return component.naming.container or labels.image_name(application, component.name, number)


def image_containers(application: Application) -> dict[str, Component]:
    """Return the containers of all image components, each with the component that it is of."""
    return {
        container_of(application.name, component, number): component
        for component in application.components
        if not component.is_jar
        for number in range(1, component.replicas + 1)
    }


def attachments(application: Application, component: Component) -> tuple[Attachment, ...]:
    fixed = dict(component.naming.addresses)
    linked = links(application.name, application.components, component)
    return tuple(
        Attachment(
            labels.network_name(application.name, key, application.networks),
            fixed.get(key),
            names_of(component, aliases),
            linked,
        )
        for key, aliases in component.networks
    )
