"""A small application for engine tests: one jar component whose "program" is HAProxy answering by itself, one image
component, one network. Needs no Java; the gateway image is all.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from buildsvc.engines.base import Ensure, RollOut
from buildsvc.image.digest import Descriptor
from buildsvc.image.types import BaseImage, Image
from buildsvc.model.application import (
    Application,
    Component,
    HttpCheck,
    JarSettings,
    Network,
    Placement,
    Port,
    SlotAddresses,
)
from buildsvc.model.deployment import Step
from buildsvc.model.events import Event
from tests.two_platforms import AMD64

PORT = 8080
USER = "10001:10001"
SERVER = """\
defaults
    mode http
    timeout client 1h
    timeout server 1h
    timeout connect 1s
listen app
    bind {bind}:{port}
    http-request return status {status} content-type text/plain string "{version}" if !{{ path_beg /actuator }}
    http-request return status {health} content-type application/json string "{{\\"status\\":\\"UP\\"}}"
"""


def program(version: str, *, health: int = 200, bind: str = "", port: int = PORT, status: int = 200) -> tuple[str, ...]:
    """The argv of a server that answers `version` (with `status`) everywhere and `health` under /actuator."""
    config = SERVER.format(version=version, health=health, bind=bind, port=port, status=status)
    return ("sh", "-c", 'printf "%s" "$1" >/tmp/app.cfg; exec haproxy -db -f /tmp/app.cfg', "app", config)


def crash(version: str, code: int = 3) -> tuple[str, ...]:
    return ("sh", "-c", f"echo starting {version}; echo no database; exit {code}")


def fake_base(reference: str) -> BaseImage:
    nothing = Descriptor("", "sha256:" + "0" * 64, 0)
    image = Image(reference, nothing, nothing, (), AMD64)
    return BaseImage("gateway", "gateway", None, "", image, 0, "", USER, "", "test")


class MemoryJournal:
    """A journal in memory. `fail_at` breaks off right after that step was begun, as a lost worker does."""

    def __init__(self, deployment: str | None = None) -> None:
        self.deployment = deployment or str(uuid.uuid4())
        self.rows: list[Step] = []
        self.is_cancelled = False
        self.fail_at: tuple[str, bool] | None = None

    def step(self, name: str, **data: object) -> None:
        self.rows.append(Step(len(self.rows) + 1, name, dict(data), False))
        self._break(name, done=False)

    def done(self, name: str, **data: object) -> None:
        for index in reversed(range(len(self.rows))):
            if self.rows[index].name == name:
                row = self.rows[index]
                self.rows[index] = replace(row, done=True, data={**row.data, **data})
                break
        self._break(name, done=True)

    def _break(self, name: str, *, done: bool) -> None:
        if self.fail_at == (name, done):
            self.fail_at = None
            raise Lost

    def steps(self) -> tuple[Step, ...]:
        return tuple(self.rows)

    def cancelled(self) -> bool:
        return self.is_cancelled


class Lost(BaseException):
    """The worker was killed: nothing after this runs in its process."""


@dataclass
class Site:
    """An application with names and a subnet of its own, so that runs do not meet."""

    reference: str
    number: int
    published: int
    name: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:8]}")
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def component(self) -> Component:
        jar = JarSettings("app", deadline=6, soak=60, drain=1)
        base = Component(
            "app",
            jar=jar,
            ports=(Port(PORT, self.published, "127.0.0.1"),),
            networks=(("default", ()),),
            stop_signal="SIGUSR1",
        )
        return replace(base, **self.extra)

    @property
    def application(self) -> Application:
        argv = program("database")
        database = Component(
            "db",
            image=self.reference,
            entrypoint=argv,
            networks=(("default", ("database",)),),
            restart="always",
            stop_signal="SIGUSR1",
        )
        return Application(self.name, (self.component, database), (Network("default", f"{self.name}_default"),))

    @property
    def placement(self) -> Placement:
        net = f"10.213.{self.number * 4}"
        upper = f"10.213.{self.number * 4 + 2}"
        return Placement(
            {"default": (f"{net}.0/22", f"{net}.0/23")},
            {"app": {"default": SlotAddresses(f"{upper}.10", f"{upper}.11", f"{upper}.12")}},
        )

    def ensure(self) -> Ensure:
        return Ensure(self.application, self.placement, {"db": {"A": "1"}}, {}, fake_base(self.reference))

    def roll_out(self, journal: MemoryJournal, release: int, argv: tuple[str, ...], **jar: Any) -> RollOut:
        component = self.component
        assert component.jar is not None
        settings = replace(component.jar, **jar)
        return RollOut(
            deployment=journal.deployment,
            application=self.name,
            component=replace(component, jar=settings),
            placement=self.placement,
            release=release,
            image_reference=self.reference,
            command=argv,
            environment={"GREETING": "hello"},
            user=USER,
            contents={},
            networks=self.application.networks,
            volumes=self.application.volumes,
        )


class Events:
    """Collects what was published."""

    def __init__(self) -> None:
        self.all: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.all.append(event)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.all]


def eventually(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Poll with a deadline."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"not so within {seconds} s")
        time.sleep(0.05)


HEALTH = HttpCheck("/actuator/health", PORT)
