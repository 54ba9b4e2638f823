"""What the tests of the Docker engine share: an application of its own on the real engine, taken away afterwards."""

from __future__ import annotations

import http.client
import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import docker
from docker.models.containers import Container

from buildsvc.engines.base import Ensure, RollOut
from buildsvc.engines.docker import DockerEngine
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage
from buildsvc.model.application import Component
from tests.engine_site import Events, MemoryJournal, Site, crash, program
from tests.on_host import as_root


@dataclass
class DockerHarness:
    engine: DockerEngine
    site: Site
    api: docker.DockerClient
    gateway: BaseImage

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def port(self) -> int:
        return self.site.published

    def wanted(self) -> Ensure:
        return replace(self.site.ensure(), gateway=self.gateway)

    def spec(self, journal: MemoryJournal, release: int, kind: str = "good", **jar: object) -> RollOut:
        argv = {
            "good": program(f"v{release}"),
            "absent": program(f"v{release}"),
            "never-healthy": (
                "sh",
                "-c",
                "echo waiting for a database; " + program("bad", health=503)[2],
                *program("bad", health=503)[3:],
            ),
            "ends": crash(f"v{release}"),
            "ends-once": (
                "sh",
                "-c",
                "test -e /tmp/started || { touch /tmp/started; exit 10; }; " + program(f"v{release}")[2],
                *program(f"v{release}")[3:],
            ),
        }[kind]
        spec = self.site.roll_out(journal, release, argv, **jar)
        return replace(spec, image_reference="buildsvc/nothing:none") if kind == "absent" else spec

    def start(
        self, release: int, argv: tuple[str, ...], *, component: Component | None = None, **jar: object
    ) -> Events:
        """Roll out this program; returns what was published."""
        journal, events = MemoryJournal(), Events()
        spec = self.site.roll_out(journal, release, argv, **jar)
        if component is not None:
            spec = replace(spec, component=component)
        self.engine.roll_out(spec, journal, events)
        return events

    def get(self, path: str = "/", headers: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def container(self, name: str) -> Container:
        return self.api.containers.get(name)

    @property
    def gateway_name(self) -> str:
        return f"buildsvc-{self.name}-app-gateway"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_subnet(api: docker.DockerClient) -> int:
    """A /22 of 10.213.0.0/16 that no network of the engine has; each process of a test run has a quarter to itself, and
    begins anywhere in it, since another run may look at the same moment.
    """
    used = [pool.get("Subnet", "") for n in api.networks.list() for pool in n.attrs["IPAM"]["Config"] or []]
    first = 16 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4)
    quarter = random.sample(range(first, first + 16), 16)
    return next(n for n in quarter if f"10.213.{n * 4}.0/22" not in used)


@contextmanager
def prepared(layout: Layout, gateway: BaseImage, base_url: str | None = None) -> Iterator[DockerEngine]:
    """An engine that has the gateway image."""
    engine = DockerEngine(layout, base_url)
    engine.load(gateway.image)
    yield engine
    engine.close()


@contextmanager
def application(
    engine: DockerEngine, gateway: BaseImage, api: docker.DockerClient, **extra: object
) -> Iterator[DockerHarness]:
    """An application that `ensure` brought up; nothing of it is left at the end."""
    site = Site(gateway.image.reference, free_subnet(api), free_port(), extra=dict(extra))
    harness = DockerHarness(engine, site, api, gateway)
    try:
        engine.ensure(harness.wanted(), Events())
        yield harness
    finally:
        engine.remove_application(site.name)
        for volume in api.volumes.list(filters={"label": f"io.buildsvc.application={site.name}"}):
            volume.remove(force=True)


def memory_of(container: Container) -> int:
    """Memory of its own (anonymous part of the proportional set size) of all processes of a container, in kB, from the
    host's /proc. Pages of programs and libraries come on top; every further gateway shares them.
    """
    total = 0
    assert container.client is not None
    for row in container.top()["Processes"]:
        text = as_root(container.client, container.attrs["Config"]["Image"], "cat", f"/proc/{row[1]}/smaps_rollup")
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss_Anon:"))
    return total
