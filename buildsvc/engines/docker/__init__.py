"""One Docker Engine on one host. The constructor starts nothing; the first call connects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from buildpacks.errors import NotFound, Refused, Unreachable
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording
from buildsvc.engines import blue_green, taking_over
from buildsvc.engines.base import Ensure, Fallen, Journal, Loaded, Publish, RollOut, Soak, Standing, Usage
from buildsvc.engines.blue_green import Swap, Timing
from buildsvc.engines.docker import (
    adopting,
    asides,
    attaching,
    components,
    containers,
    freezer,
    gateways,
    host_ports,
    in_the_way,
    inspected,
    labels,
    load,
    networks,
    run_inside,
    using,
    volume_tars,
    volumes,
    watching,
)
from buildsvc.engines.docker.adopted_place import DockerAdoptedPlace
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.instances import changes, instances_of, lines
from buildsvc.engines.docker.remembered import Remembered
from buildsvc.engines.docker.slots import DockerSlots
from buildsvc.engines.inner_programs import ProgramEnd, Streams
from buildsvc.engines.programs_aside import Aside, AsideState
from buildsvc.engines.two_places import Occupant
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.application import Application, Placement
from buildsvc.model.composed import ComposedProject
from buildsvc.model.instance import Instance

SAFE_CLONE3 = (20, 10, 10)
"""From this release on the seccomp profile answers clone3 with ENOSYS (moby/moby#42680)."""


class DockerEngine:
    """Implements `engines.base.Engine`. `base_url` None means DOCKER_HOST, or the default socket."""

    name = "docker"

    def __init__(self, layout: Layout, base_url: str | None = None) -> None:
        self._layout = layout
        self._client = EngineClient(base_url)
        self._known = Remembered()
        self._timing = Timing.of_this_machine()
        self._platform: Platform | None = None
        self._ready: dict[str, DockerSlots] = {}

    def close(self) -> None:
        """Give the connections to the engine back; the next call opens new ones."""
        self._client.close()
        self._platform = None

    def platform(self) -> Platform:
        if self._platform is None:
            self._platform = Platform.parse(str(self._client.info()["Architecture"]))
        return self._platform

    def have(self, references: Iterable[str]) -> frozenset[str]:
        return frozenset(reference for reference in references if self._client.image(reference) is not None)

    def load(
        self, image: Image, related: Iterable[Image] = (), progress: Callable[[int, int], None] | None = None
    ) -> Loaded:
        return load.load(self._client, self._layout, image, related, progress)

    def ensure(self, wanted: Ensure, publish: Publish) -> None:
        components.missing_images(self._client, wanted.application)
        own = adopting.ids(wanted.adopted, wanted.given_up)
        for obstacle in (
            *components.taken_names(self._client, wanted.application, own),
            *host_ports.held(self._client, wanted.application, own),
        ):
            raise obstacle
        ordered = components.in_order(wanted.application)
        networks.ensure(self._client, wanted.application, wanted.placement)
        volumes.ensure(self._client, wanted.application)
        host_ports.free(self._client, wanted.application)
        adopting.give_up(self._client, wanted, publish)
        for component in ordered:
            if adopting.is_left_alone(self._client, wanted, component):
                continue
            if component.is_jar:
                gateways.ensure(self._client, wanted, component, publish)
            else:
                components.ensure(self._client, wanted, component, publish)
        self._remove_unnamed(wanted)

    def obstacles(
        self,
        application: Application,
        before: Placement | None,
        image: str,
        adopted: tuple[AdoptedComponent, ...] = (),
    ) -> tuple[Refused, ...]:
        return in_the_way.found(self._client, application, before, image, adopting.ids(adopted))

    def watch(self, application: Application, components: frozenset[str]) -> tuple[Fallen, ...]:
        return watching.watch(self._client, application, components)

    def _remove_unnamed(self, wanted: Ensure) -> None:
        app = wanted.application
        named = attaching.image_containers(app)
        for found in self._client.containers({labels.APPLICATION: app.name, labels.COMPONENT: None}):
            marks = found["Config"]["Labels"]
            component = app.component(marks[labels.COMPONENT])
            roles = {"gateway", "instance"} if component and component.is_jar else {"image"}
            renamed = marks[labels.ROLE] == "image" and found["Name"].lstrip("/") not in named
            if component is None or marks[labels.ROLE] not in roles or renamed:
                grace = wanted.graces.get(marks[labels.COMPONENT], components.GRACE)
                freezer.stop(self._client, found["Id"], grace)
                self._client.remove(found["Id"])
        networks.remove_unnamed(self._client, app)

    @contextmanager
    def _slots(self, spec: RollOut) -> Iterator[DockerSlots]:
        slots = self._ready.pop(spec.deployment, None) or self._slots_of(spec)
        try:
            yield slots
        finally:
            slots.close()

    def _slots_of(self, spec: RollOut) -> DockerSlots:
        config = containers.gateway_of(spec.application, spec.component, spec.placement)
        return DockerSlots(self._client, spec.application, spec.component.name, config, self._timing)

    @contextmanager
    def _swap(self, spec: RollOut, journal: Journal, publish: Publish) -> Iterator[Swap]:
        with self._slots(spec) as slots:
            yield Swap(slots, spec, journal, publish, self._timing)

    def _adopted_place(self, spec: RollOut) -> DockerAdoptedPlace | None:
        return DockerAdoptedPlace(self._client, spec, self._timing) if spec.takes_over else None

    def _instance(self, occupant: Occupant) -> Instance:
        found = self._client.inspect(occupant.id)
        if found is None:
            raise NotFound("no-instance", instance=occupant.name)
        return inspected.instance(found, active=True)

    def make_ready(self, spec: RollOut) -> None:
        if spec.takes_over:
            return
        slots = self._slots_of(spec)
        try:
            slots.prepare(spec)
        except BaseException:
            slots.close()
            raise
        self._ready[spec.deployment] = slots

    def let_go(self, deployment: str) -> None:
        if (slots := self._ready.pop(deployment, None)) is not None:
            slots.close()

    def roll_out(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance:
        with self._swap(spec, journal, publish) as swap:
            return self._instance(taking_over.roll_out(self._adopted_place(spec), swap))

    def settle(self, spec: RollOut, journal: Journal, publish: Publish, *, now: bool = False) -> Soak:
        with self._swap(spec, journal, publish) as swap:
            return taking_over.settle(self._adopted_place(spec), swap, now=now)

    def resume(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance | None:
        with self._swap(spec, journal, publish) as swap:
            live = taking_over.resume(self._adopted_place(spec), swap)
            return self._instance(live) if live else None

    def bring_up(self, spec: RollOut, cancelled: Callable[[], bool], publish: Publish) -> bool:
        with self._slots(spec) as slots:
            return blue_green.bring_up(slots, spec, cancelled, publish)

    def standing(self, spec: RollOut) -> Standing:
        with self._slots(spec) as slots:
            return blue_green.standing(slots, spec)

    def return_to(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance | None:
        with self._swap(spec, journal, publish) as swap:
            live = blue_green.return_to(swap)
            return self._instance(live) if live else None

    def instances(self, application: str | None = None) -> tuple[Instance, ...]:
        return instances_of(self._client, self._known, application)

    def composed(self, project: str) -> ComposedProject:
        return adopting.composed(self._client, project)

    def adopted(self, application: str, components: Iterable[AdoptedComponent]) -> tuple[Instance, ...]:
        return adopting.instances(self._client, application, components)

    def usage(self, instances: Iterable[str]) -> Mapping[str, Usage]:
        return using.usage(self._client, instances)

    def changes(self) -> Iterator[None]:
        return changes(self._client, self._known)

    def logs(self, instance: str, *, follow: bool, tail: int) -> Iterator[str]:
        return lines(self._client.logs(instance, follow=follow, tail=tail))

    def stop(self, instance: str, grace: float) -> None:
        freezer.stop(self._client, instance, grace)

    def remove(self, instance: str) -> None:
        self._client.remove(instance)

    def begin_aside(self, work: Aside) -> None:
        asides.begin(self._client, work)

    def hold_aside(self, name: str, *, held: bool) -> None:
        asides.hold(self._client, name, held=held)

    def asides(self) -> tuple[AsideState, ...]:
        return asides.states(self._client)

    def copy_out(self, name: str, path: str, target: Path) -> bool:
        return asides.copy_out(self._client, name, path, target)

    def copy_in(self, name: str, tar: Path) -> None:
        asides.copy_in(self._client, name, tar)

    def run_inside(self, instance: str, command: tuple[str, ...], streams: Streams) -> ProgramEnd:
        return run_inside.run(self._client, instance, command, streams)

    def save_volume(self, name: str, image: str, target: Path) -> None:
        volume_tars.save(self._client, name, image, target)

    def fill_volume(self, application: Application, name: str, image: str, tar: Path) -> None:
        volume_tars.fill(self._client, application, name, image, tar)

    def remove_application(self, application: str, graces: Mapping[str, float] | None = None) -> None:
        for found in self._client.containers({labels.APPLICATION: application}):
            marks = found["Config"]["Labels"]
            gateway = marks.get(labels.ROLE) == "gateway"
            grace = (graces or {}).get(marks.get(labels.COMPONENT, ""), components.GRACE)
            freezer.stop(self._client, found["Id"], gateways.GRACE if gateway else grace)
            self._client.remove(found["Id"])
        for network in self._client.networks({labels.APPLICATION: application}):
            self._client.remove_network(network["Name"])

    def remove_image(self, reference: str) -> None:
        self._client.untag(reference)

    def save(self, reference: str) -> Iterator[bytes]:
        if self._client.image(reference) is None:
            raise NotFound("no-image", reference=reference)
        return self._client.save(reference)

    def describe(self) -> tuple[tuple[str, str], ...]:
        """Facts for `doctor`; the value is a sentence of `engine-warning` where something is to be done."""
        try:
            info = self._client.info()
        except Unreachable as error:
            return (("engine", Wording("engine-warning.mute", error=error)),)
        version = str(info.get("ServerVersion", ""))
        store = "containerd" if load.is_containerd(info) else "classic"
        pools = info.get("DefaultAddressPools") or []
        facts = [
            ("engine", f"docker {version}"),
            ("platform", str(Platform.parse(str(info["Architecture"])))),
            ("store", f"{store} ({info['Driver']})"),
            ("security", ", ".join(info.get("SecurityOptions") or ["none"])),
            ("data folder", str(info.get("DockerRootDir", ""))),
            ("address pools", ", ".join(pool["Base"] for pool in pools) or Wording("engine-pools")),
        ]
        if old_seccomp(version):
            facts.append(("seccomp", Wording("engine-warning.clone3")))
        slow = gateways.older(self._client)
        if slow:
            facts.append(("gateways", Wording("engine-warning.older-gateways", names=slow)))
        return tuple(facts)


def old_seccomp(version: str) -> bool:
    """Whether an engine's own seccomp profile breaks threads of newer C libraries; not when it is unknown."""
    numbers = [part for part in version.partition("+")[0].partition("-")[0].split(".") if part.isdigit()]
    return bool(numbers) and tuple(int(n) for n in numbers) < SAFE_CLONE3
