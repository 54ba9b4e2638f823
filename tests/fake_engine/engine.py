"""An engine in memory that records what was asked of it: the real swap over places that are only data.

What a release does is told by its image reference: `never-healthy`, `ends` and `ends-once` anywhere in it; all others
are healthy.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from buildpacks.errors import Conflict, Failure, NotFound, Refused
from buildpacks.platforms import Platform
from buildsvc.engines import blue_green, taking_over
from buildsvc.engines.base import Ensure, Fallen, Journal, Loaded, Publish, RollOut, Soak, Standing, Usage
from buildsvc.engines.blue_green import Swap, Timing
from buildsvc.engines.inner_programs import ProgramEnd, Streams
from buildsvc.engines.programs_aside import Aside, AsideState
from buildsvc.engines.two_places import Occupant
from buildsvc.image.types import Image
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.application import Application, Placement
from buildsvc.model.composed import ComposedProject
from buildsvc.model.instance import Instance
from tests.fake_engine.adopted import FakeAdoptedPlace
from tests.fake_engine.composed import ComposedWorld
from tests.fake_engine.programs import FakePrograms
from tests.fake_engine.slots import FakeSlots, Key, Place, World
from tests.two_platforms import AMD64


class FakeEngine(World):
    """Implements `engines.base.Engine`. `calls` lists what happened, in order, as tuples of words."""

    name = "fake"

    def __init__(self, timing: Timing | None = None, platform: Platform = AMD64) -> None:
        super().__init__()
        self._timing = timing or Timing(lambda: 0.0, lambda _seconds: None)
        self._platform = platform
        self.others: dict[str, Instance] = {}
        self.others_made = ComposedWorld()
        self.aside: dict[str, AsideState] = {}
        self.fallen: tuple[Fallen, ...] = ()
        self.obstructed: tuple[Refused, ...] = ()
        self.owners: dict[str, str] = {}
        self.uses: dict[str, Usage] = {}
        self.volumes: dict[str, bytes] = {}
        self.graces: dict[str, float] = {}
        """Those that the last removal of an application was told."""
        self.programs = FakePrograms()
        self.ready: set[str] = set()
        """Deployments for which was prepared what stands around their image."""
        self.files: dict[tuple[str, str], bytes] = {}
        """What `copy_out` finds: name and path to content. A program aside ends at once and writes nothing."""

    def now(self) -> float:
        return self._timing.now()

    def platform(self) -> Platform:
        return self._platform

    def have(self, references: Iterable[str]) -> frozenset[str]:
        return frozenset(references) & self.images

    def obstacles(
        self,
        application: Application,
        before: Placement | None,
        image: str,
        adopted: tuple[AdoptedComponent, ...] = (),
    ) -> tuple[Refused, ...]:
        return self.obstructed

    def composed(self, project: str) -> ComposedProject:
        return self.others_made.composed(project)

    def adopted(self, application: str, components: Iterable[AdoptedComponent]) -> tuple[Instance, ...]:
        return self.others_made.adopted(application, components)

    def watch(self, application: Application, components: frozenset[str]) -> tuple[Fallen, ...]:
        self.record("watch", application.name)
        return tuple(one for one in self.fallen if one.component in components)

    def load(
        self, image: Image, related: Iterable[Image] = (), progress: Callable[[int, int], None] | None = None
    ) -> Loaded:
        self.record("load", image.reference)
        if image.platform != self._platform:
            raise Failure("load-failed", f"{image.reference} is for {image.platform}.", f"Use {self._platform}.")
        if image.reference in self.images:
            return Loaded("present", 0, 0)
        known = {layer.diff_id for one in related if one.reference in self.images for layer in one.layers}
        sent = [layer for layer in image.layers if layer.diff_id not in known]
        size = sum(layer.descriptor.size for layer in sent)
        if progress:
            progress(size, size)
        self.images.add(image.reference)
        return Loaded("sparse" if known else "full", len(sent), size)

    def ensure(self, wanted: Ensure, publish: Publish) -> None:
        app = wanted.application
        missing = sorted({c.image for c in app.components if c.image} - self.images)
        if missing:
            raise Refused("image-missing", f"The engine has no image {', '.join(missing)}.", "Load it first.")
        self.record("ensure", app.name)
        self.others_made.give_up(wanted)
        for component in app.components:
            if self.others_made.is_left_alone(wanted, component, self._now()):
                continue
            name = f"{app.name}-{component.name}-{'gateway' if component.is_jar else '1'}"
            if component.is_jar:
                self.places.setdefault((app.name, component.name), Place())
            if name in self.others:
                may = component.is_jar or component.name not in wanted.still
                if may and wanted.lasts(component):
                    self.others[name] = replace(self.others[name], state="running", exit_code=None)
            else:
                image = component.image or wanted.gateway.image.reference
                self.others[name] = Instance(
                    id=self.fresh("container"),
                    name=name,
                    application=app.name,
                    component=component.name,
                    role="gateway" if component.is_jar else "image",
                    state="running",
                    image=image,
                    started=self._now(),
                )
        named = {component.name for component in app.components}
        self._forget(lambda application, component: application == app.name and component not in named)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._timing.now(), tz=UTC)

    def _forget(self, chosen: Callable[[str, str], bool]) -> None:
        self.places = {key: place for key, place in self.places.items() if not chosen(*key)}
        self.others = {n: one for n, one in self.others.items() if not chosen(one.application, one.component)}

    def swap(self, spec: RollOut, journal: Journal, publish: Publish) -> Swap:
        slots = FakeSlots(self, (spec.application, spec.component.name))
        return Swap(slots, spec, journal, publish, self._timing)

    def _place(self, spec: RollOut) -> FakeAdoptedPlace | None:
        there = FakeAdoptedPlace(self, self.others_made, self.others, spec, self._now)
        return there if spec.takes_over else None

    def make_ready(self, spec: RollOut) -> None:
        self.ready.add(spec.deployment)

    def let_go(self, deployment: str) -> None:
        self.ready.discard(deployment)

    def roll_out(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance:
        self.record("roll_out", spec.component.name, str(spec.release))
        live = taking_over.roll_out(self._place(spec), self.swap(spec, journal, publish))
        return self._instance((spec.application, spec.component.name), live)

    def settle(self, spec: RollOut, journal: Journal, publish: Publish, *, now: bool = False) -> Soak:
        return taking_over.settle(self._place(spec), self.swap(spec, journal, publish), now=now)

    def resume(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance | None:
        self.record("resume", spec.component.name)
        live = taking_over.resume(self._place(spec), self.swap(spec, journal, publish))
        return self._instance((spec.application, spec.component.name), live) if live else None

    def bring_up(self, spec: RollOut, cancelled: Callable[[], bool], publish: Publish) -> bool:
        self.record("bring_up", spec.component.name)
        slots = FakeSlots(self, (spec.application, spec.component.name))
        return blue_green.bring_up(slots, spec, cancelled, publish)

    def standing(self, spec: RollOut) -> Standing:
        return blue_green.standing(FakeSlots(self, (spec.application, spec.component.name)), spec)

    def return_to(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance | None:
        self.record("return_to", spec.component.name, str(spec.release))
        live = blue_green.return_to(self.swap(spec, journal, publish))
        return self._instance((spec.application, spec.component.name), live) if live else None

    def _instance(self, key: Key, one: Occupant) -> Instance:
        place = self.places[key]
        return Instance(
            id=one.id,
            name=one.name,
            application=key[0],
            component=key[1],
            role="instance",
            state="paused" if one.paused else "running" if one.running else "exited",
            image=place.images[one.id],
            started=self._now(),
            slot=one.slot,
            release=one.release,
            deployment=one.deployment,
            exit_code=one.exit_code,
            restarts=one.restarts,
            active=place.active == one.slot,
        )

    def instances(self, application: str | None = None) -> tuple[Instance, ...]:
        if "instances" in self.broken:
            raise Failure("fake-broken", "instances was told to fail.")
        rows = list(self.others.values())
        rows += [self._instance(key, one) for key, place in self.places.items() for one in place.occupants.values()]
        return tuple(row for row in rows if application in {None, row.application})

    def usage(self, instances: Iterable[str]) -> Mapping[str, Usage]:
        there = {one.id for one in self.instances() if one.state == "running"}
        return {one: self.uses.get(one, Usage(64 << 20, self.now() % 1000)) for one in instances if one in there}

    def changes(self) -> Iterator[None]:
        return iter(())

    def logs(self, instance: str, *, follow: bool, tail: int) -> Iterator[str]:
        self._known(instance)
        return iter([f"line {number} of {instance}" for number in (1, 2, 3)][-tail:])

    def _known(self, instance: str) -> Instance:
        for row in self.instances():
            if instance in {row.id, row.name}:
                return row
        raise NotFound("not-in-engine", f"There is no instance {instance}.")

    def stop(self, instance: str, grace: float) -> None:
        if (composed := self.others_made.container(instance)) is not None:
            self.record("stop", composed.name, str(grace))
            self.others_made.change(composed.id, state="exited", exit_code=143)
            return
        row = self._known(instance)
        self.record("stop", row.name, str(grace))
        if row.name in self.others:
            self.others[row.name] = replace(row, state="exited", exit_code=143)
        for place in self.places.values():
            if row.id in place.occupants:
                place.occupants[row.id] = replace(place.occupants[row.id], running=False, exit_code=143)

    def remove(self, instance: str) -> None:
        self.record("remove", instance)
        self.others.pop(instance, None)
        self.others_made.drop(instance)
        self.aside.pop(instance, None)
        self.files = {key: content for key, content in self.files.items() if key[0] != instance}

    def begin_aside(self, work: Aside) -> None:
        if work.name in self.aside:
            return
        if work.image not in self.images:
            raise NotFound("not-in-engine", f"The engine has no image {work.image}.")
        self.record("begin_aside", work.name)
        self.aside[work.name] = AsideState(work.name, running=False, exit_code=0)
        self.owners[work.name] = work.application
        for path, content in work.files.items():
            self.files[work.name, path] = content

    def hold_aside(self, name: str, *, held: bool) -> None:
        self.record("hold_aside", name, str(held))

    def asides(self) -> tuple[AsideState, ...]:
        return tuple(self.aside.values())

    def copy_out(self, name: str, path: str, target: Path) -> bool:
        content = self.files.get((name, path))
        if content is not None:
            target.write_bytes(content)
        return content is not None

    def copy_in(self, name: str, tar: Path) -> None:
        self.record("copy_in", name)
        with tarfile.open(tar) as opened:
            for one in opened.getmembers():
                file = opened.extractfile(one)
                if file is not None:
                    self.files[name, f"/{one.name}"] = file.read()

    def run_inside(self, instance: str, command: tuple[str, ...], streams: Streams) -> ProgramEnd:
        composed = self.others_made.container(instance)
        component = self._known(instance).component if composed is None else composed.service
        self.record("run_inside", component, *command)
        return self.programs.run(component, streams)

    def save_volume(self, name: str, image: str, target: Path) -> None:
        self.record("save_volume", name, image)
        if name not in self.volumes:
            raise NotFound("no-such-volume", volume=name)
        target.write_bytes(self.volumes[name])

    def fill_volume(self, application: Application, name: str, image: str, tar: Path) -> None:
        self.record("fill_volume", application.name, name, image)
        if name in self.volumes:
            raise Conflict("volume-there", volume=name)
        self.volumes[name] = tar.read_bytes()

    def remove_application(self, application: str, graces: Mapping[str, float] | None = None) -> None:
        self.record("remove_application", application)
        self.graces = dict(graces or {})
        self.aside = {name: state for name, state in self.aside.items() if self.owners[name] != application}
        self._forget(lambda owner, _component: owner == application)

    def remove_image(self, reference: str) -> None:
        self.record("remove_image", reference)
        self.images.discard(reference)

    def save(self, reference: str) -> Iterator[bytes]:
        if reference not in self.images:
            raise NotFound("no-image", f"The engine has no image {reference}.", "Its name is case-sensitive.")
        return iter([reference.encode()])

    def describe(self) -> tuple[tuple[str, str], ...]:
        return (("engine", "fake"), ("platform", str(self._platform)))
