"""An application that was taken over as it ran: which containers are left as they are, and how its file is read.

The engine's containers bear no mark of ours, and none can be put on them: they are known by the ids that stand here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from buildsvc.model.application import Application, Component, Mount, Network, Volume


@dataclass(frozen=True)
class AdoptedComponent:
    """`containers` are pairs (id, name): what the application asks for, as long as that is `spec` and no secret of it
    is another (`stale`). `binds` are folders of the host that stand where the file names one beside itself: pairs
    (target, source). `taken_over` is the deployment that put a gateway in; empty before.
    """

    name: str
    containers: tuple[tuple[str, str], ...]
    spec: Component
    stale: bool = False
    binds: tuple[tuple[str, str], ...] = ()
    taken_over: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(one for one, _ in self.containers)

    @property
    def waits_for_gateway(self) -> bool:
        """Whether it is a jar component whose first push is still to come."""
        return self.spec.is_jar and not self.taken_over


@dataclass(frozen=True)
class Adoption:
    """What was adopted, by which deployment. `told` are services that are jar components although the file does not say
    so. `networks` and `volumes` were made by Compose and stay so: pairs (key, name).
    """

    project: str
    deployment: str
    components: tuple[AdoptedComponent, ...]
    told: tuple[str, ...] = ()
    networks: tuple[tuple[str, str], ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()

    def component(self, name: str) -> AdoptedComponent | None:
        return next((one for one in self.components if one.name == name), None)

    def with_component(self, changed: AdoptedComponent) -> Adoption:
        """Return it with this one in the place of the one of its name."""
        components = tuple(changed if one.name == changed.name else one for one in self.components)
        return replace(self, components=components)


def shaped(application: Application, adoption: Adoption) -> Application:
    """Return what a file asks for, read for an application that was adopted: its networks and volumes are those that
    Compose made, and folders beside the file are the host's.
    """
    networks, volumes = dict(adoption.networks), dict(adoption.volumes)
    components = tuple(_shaped(one, adoption.component(one.name)) for one in application.components)
    used = {mount.source for one in components for mount in one.mounts if mount.kind == "volume"}
    dropped = {mount.source for one in application.components for mount in one.mounts if _is_folder(mount)} - used
    return replace(
        application,
        components=components,
        networks=tuple(_network(one, networks.get(one.key)) for one in application.networks),
        volumes=tuple(_volume(one, volumes.get(one.key)) for one in application.volumes if one.key not in dropped),
    )


def portable(application: Application, adoption: Adoption | None) -> Application:
    """Return an adopted application as any site would make it: with networks, volumes and names of its own. Folders of
    the host stay what they are.
    """
    if adoption is None:
        return application
    name, networks, volumes = application.name, set(adoption.networks), set(adoption.volumes)
    return replace(
        application,
        components=tuple(_unnamed(one, adoption.component(one.name)) for one in application.components),
        networks=tuple(
            replace(one, name=f"{name}_{one.key}", external=False) if (one.key, one.name) in networks else one
            for one in application.networks
        ),
        volumes=tuple(
            replace(one, name=f"{name}_{one.key}", external=False) if (one.key, one.name) in volumes else one
            for one in application.volumes
        ),
    )


def _unnamed(component: Component, adopted: AdoptedComponent | None) -> Component:
    """Return it without the name that Compose gave its container."""
    given = [name for _, name in adopted.containers] if adopted is not None else []
    own = component.naming.container
    if own not in given or not own or not own.endswith(f"-{component.name}-1"):
        return component
    return replace(component, naming=replace(component.naming, container=None))


def _shaped(component: Component, adopted: AdoptedComponent | None) -> Component:
    if adopted is None:
        return component
    binds = dict(adopted.binds)
    mounts = tuple(
        replace(one, kind="bind", source=binds[one.target], seed="") if _is_folder(one) and one.target in binds else one
        for one in component.mounts
    )
    # Compose's names say the project; the application may be called otherwise.
    told = component.naming.container or (adopted.containers[0][1] if len(adopted.containers) == 1 else None)
    naming = component.naming if component.is_jar else replace(component.naming, container=told)
    return replace(component, mounts=mounts, naming=naming)


def _is_folder(mount: Mount) -> bool:
    """Whether it stands for a folder beside the file: no volume's key may begin so."""
    return mount.kind == "volume" and mount.source.startswith((".", "~"))


def _network(network: Network, name: str | None) -> Network:
    return network if name is None else replace(network, name=name, external=True, subnet=None)


def _volume(volume: Volume, name: str | None) -> Volume:
    return volume if name is None else replace(volume, name=name, external=True)
