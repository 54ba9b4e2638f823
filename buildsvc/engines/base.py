"""What an engine promises, in no engine's own words. *If `roll_out` raises, the former instance still serves.*

`Engine` is what a use case sees. Engines that have no swap of their own hand the two places of a component to
`blue_green` (see `two_places`). One contract suite, tests/contract, runs over every engine there is and over the fake,
which keeps to the same swap; whatever it does not ask for, an engine may do as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.engines.inner_programs import ProgramEnd, Streams
from buildsvc.engines.programs_aside import ProgramsAside
from buildsvc.image.types import BaseImage, Image
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.application import Application, Component, Network, Placement, Volume
from buildsvc.model.composed import ComposedProject
from buildsvc.model.deployment import Step
from buildsvc.model.events import Event
from buildsvc.model.instance import Instance
from buildsvc.model.registration import Registration

Publish = Callable[[Event], None]


class Journal(Protocol):
    """A deployment's record of steps. A step is committed before it is done; each write checks the fencing number and
    raises Conflict `lost-claim` when another worker took over.
    """

    @property
    def deployment(self) -> str: ...
    def step(self, name: str, **data: object) -> None: ...
    def done(self, name: str, **data: object) -> None: ...
    def steps(self) -> tuple[Step, ...]: ...
    def cancelled(self) -> bool: ...


@dataclass(frozen=True)
class RollOut:
    """Everything an engine needs to bring one release live. Secrets are resolved; never write this down. `command` is
    the complete argv, `environment` complete and plain. `prepared`: image and command of another start of the same.
    """

    deployment: str
    application: str
    component: Component
    placement: Placement
    release: int
    image_reference: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    user: str
    contents: Mapping[str, str]
    """SHA-256 of a content mount -> path of its tar on this machine."""
    networks: tuple[Network, ...] = ()
    """The application's networks; one that is not named here is called `<application>_<key>`."""
    volumes: tuple[Volume, ...] = ()
    """The application's volumes; named likewise."""
    peers: tuple[Component, ...] = ()
    """All components of the application: what a link may lead to."""
    registration: Registration | None = None
    """How callers find it past its gateway; None where they do not."""
    takes_over: str = ""
    """The id of what was adopted, which gives its ports and names up to a gateway of this image."""
    gateway: BaseImage | None = None
    hints: Mapping[str, str] = field(default_factory=dict)
    """What the jar's own configuration says of its ports and paths, by property name (`server.port`); the environment
    goes before it."""
    prepared: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Loaded:
    """`mode` is present, sparse or full; bytes that travelled to the engine."""

    mode: str
    layers_sent: int
    bytes_sent: int


class Soak(StrEnum):
    """What one look at a soaking deployment found."""

    SOAKING = "soaking"
    KEPT = "kept"
    """The soak is over, and the old instance runs on for an undo (`x-buildsvc.keep`)."""
    SETTLED = "settled"
    SWITCHED_BACK = "switched-back"


class Standing(StrEnum):
    """What can be gone back to at once: nothing, an instance with other values than today's, or one as it should be."""

    NOTHING = "nothing"
    OTHERWISE = "otherwise"
    READY = "ready"


@dataclass(frozen=True)
class Ensure:
    """What `ensure` is asked for. `environments` holds each image component's complete, plain environment, `gateway` is
    the image of gateways, which has been loaded already; `recreate_gateways` is only set by `gateway upgrade`.
    """

    application: Application
    placement: Placement
    environments: Mapping[str, Mapping[str, str]]
    contents: Mapping[str, str]
    gateway: BaseImage
    recreate_gateways: bool = False
    still: frozenset[str] = frozenset()
    """Image components that are made, and not started: somebody stopped them."""
    again: frozenset[str] = frozenset()
    """Image components that are started even if nothing restarts them: they had not done their work."""
    adopted: tuple[AdoptedComponent, ...] = ()
    """What somebody else made: it is left as it is, and started where it does not run. What is gone is made like any
    other.
    """
    given_up: tuple[AdoptedComponent, ...] = ()
    """What somebody else made of these is taken away: they are to run otherwise, or not at all."""
    graces: Mapping[str, float] = field(default_factory=dict)
    """Seconds to end in of components, also those that go."""

    def lasts(self, component: Component) -> bool:
        """Whether a component that has ended is started; another one did its work: an initialiser, a migration."""
        return component.is_jar or component.restart in {"always", "unless-stopped"} or component.name in self.again


@dataclass(frozen=True)
class Fallen:
    """An image component that did not stay up. `tail` is the end of what it wrote."""

    component: str
    exit_code: int
    tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """`memory` in bytes, the page cache left out; `cpu` seconds of processor time since the instance started. `limit`
    is the memory that it may use, None where that is all there is.
    """

    memory: int
    cpu: float
    limit: int | None = None


class Engine(ProgramsAside, Protocol):
    """Where components run."""

    @property
    def name(self) -> str: ...

    def platform(self) -> Platform:
        """Return the platform that instances run on. Raises Unreachable."""

    def have(self, references: Iterable[str]) -> frozenset[str]:
        """Return those of the given image references that are present."""

    def load(
        self, image: Image, related: Iterable[Image] = (), progress: Callable[[int, int], None] | None = None
    ) -> Loaded:
        """Make `image` present, and verify that it is this one, for this platform, of these layers. `related` may be
        there already and share layers. Raises Failure `load-failed`; nothing goes by its reference then.
        """

    def obstacles(
        self,
        application: Application,
        before: Placement | None,
        image: str,
        adopted: tuple[AdoptedComponent, ...] = (),
    ) -> tuple[Refused, ...]:
        """Return all that the host does not have for an application: ports, names and networks that somebody else
        holds, absolute sources and external networks that are absent. `before` says where its own networks are. `image`
        is a gateway's, which has been loaded already; what asks with it is gone again. What is `adopted` is its own.
        Nothing of any application is touched.
        """

    def ensure(self, wanted: Ensure, publish: Publish) -> None:
        """Make networks, volumes, image components and gateways what is `wanted`; what is right already is not touched.
        What `wanted` no longer names is removed, volumes excepted.
        """

    def watch(self, application: Application, components: frozenset[str]) -> tuple[Fallen, ...]:
        """Look at image components for some seconds. Returns those that ended with an error, or end again and again."""

    def make_ready(self, spec: RollOut) -> None:
        """Do what a roll-out of this deployment needs beside its image, while that is on its way: reach the gateway,
        fill volumes, try writable mounts, by `image_reference`, which is any that the engine has. What serves stays as
        it is. Raises as `roll_out` does.
        """

    def let_go(self, deployment: str) -> None:
        """Give up what was made ready for a deployment and not used."""

    def roll_out(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance:
        """Start new, wait for health, switch, drain the old. Returns when live. Raises DeploymentFailed; the former
        instance then serves as before and nothing of the new one is left. Where the former one had been stopped for it
        and does not start again, the code is `former-not-started`, and nothing serves.
        """

    def settle(self, spec: RollOut, journal: Journal, publish: Publish, *, now: bool = False) -> Soak:
        """Look once at a live deployment, for a few seconds at most: switches back when the new instance crashed or
        fails its health, stops the old one once the soak is over (`now`: at once) and its connections are gone. Raises
        DeploymentFailed `switch-back-failed` where the old one did not start again: the new one stays, and nothing of
        this deployment is under way any more.
        """

    def resume(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance | None:
        """Finish or undo what a lost worker left in the journal. Returns the instance when the deployment is live, None
        when it was undone. May be called again at any point.
        """

    def bring_up(self, spec: RollOut, cancelled: Callable[[], bool], publish: Publish) -> bool:
        """See to it that the live release's instance runs and gets the requests; where it does already nothing is
        touched. False where it has no instance to start. Raises DeploymentFailed where that is not healthy in time.
        """

    def standing(self, spec: RollOut) -> Standing:
        """Whether the release of `spec` stands in drain behind the live one and runs, and whether it would be started
        with the same values now.
        """

    def return_to(self, spec: RollOut, journal: Journal, publish: Publish) -> Instance | None:
        """Switch to the instance of `spec` that stands in drain: nothing is started. None, and nothing changed, where
        none is `READY` or its health fails, which is told. From then on it is a roll-out, and its former instance is
        the one that served until now. Raises Failure; that one then serves on.
        """

    def instances(self, application: str | None = None) -> tuple[Instance, ...]:
        """List what really runs (all roles, also ended ones), of one application or of all."""

    def composed(self, project: str) -> ComposedProject:
        """Read what somebody else started of the file that is called `project`; nothing is touched. Of one that nobody
        started there is nothing.
        """

    def adopted(self, application: str, components: Iterable[AdoptedComponent]) -> tuple[Instance, ...]:
        """List what really runs of adopted components, as `instances` would: what serves for a jar
        component is the instance that gets the requests.
        """

    def usage(self, instances: Iterable[str]) -> Mapping[str, Usage]:
        """Say what these instances, by their ids, use now. Those that do not run are left out. Raises Unreachable."""

    def changes(self) -> Iterator[None]:
        """Yield whenever something changed; ends when the engine goes away."""

    def logs(self, instance: str, *, follow: bool, tail: int) -> Iterator[str]:
        """Give the lines of standard output and error, oldest first."""

    def stop(self, instance: str, grace: float) -> None:
        """Ask an instance, by its id or name, to end, and end it by force after `grace` seconds."""

    def remove(self, instance: str) -> None:
        """Take an instance or a program aside away, running or not. Nothing happens where it is gone."""

    def run_inside(self, instance: str, command: tuple[str, ...], streams: Streams) -> ProgramEnd:
        """Run a program in an instance, by its id, as that one's user and with its environment, and wait for its end.
        Raises Conflict where that does not run, Unreachable; and DeploymentFailed `program-given-up`, the program may
        still run then.
        """

    def save_volume(self, name: str, image: str, target: Path) -> None:
        """Write all that a volume holds into a tar, with owners and rights. `image` is any that the engine has. Raises
        NotFound `no-such-volume`.
        """

    def fill_volume(self, application: Application, name: str, image: str, tar: Path) -> None:
        """Make a volume of the application out of what `save_volume` wrote. Raises Conflict `volume-there`, NotFound
        `no-such-volume`.
        """

    def remove_application(self, application: str, graces: Mapping[str, float] | None = None) -> None:
        """Take away all that runs of it, and its networks, no volumes; `graces`: seconds to end in, by component."""

    def remove_image(self, reference: str) -> None:
        """Take a reference away, and the image with its last one. Nothing happens where it is gone."""

    def save(self, reference: str) -> Iterator[bytes]:
        """Give an image that the engine has, as one tar that `image.imported` reads: an OCI layout, a `manifest.json`,
        or both. Raises NotFound.
        """

    def describe(self) -> tuple[tuple[str, str], ...]:
        """Return facts for `doctor`: version, store, security options, address pools, as (name, value)."""
