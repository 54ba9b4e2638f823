"""A real `buildsvc up` for one test or many: its own data, port, networks; what a stranger can do to it; and its end.

Everything that its applications made in the engine is found by their label and taken away when it ends.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from buildsvc.doors.cli.remote.client import Client
from buildsvc.model.deployment import Deployment
from tests.waiting import until

ROOT = Path(__file__).parents[2]
READY = 60.0
DEPLOYED = 120.0
FRUGAL = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""What keeps a small Java program from taking processor time that the tests need for themselves."""
COMPOSE = """\
name: {name}
services:
  order:
    x-buildsvc: {{soak: {soak}s, deadline: {deadline}s, drain: {drain}s, health: /health}}
    environment: {{GREETING: {greeting}, JAVA_OPTS: "{java_opts}"}}
    ports: ["127.0.0.1:{port}:8080"]
    stop_grace_period: 2s
  stock:
    x-buildsvc: {{soak: {soak}s, deadline: {deadline}s, drain: {drain}s, health: /health}}
    environment: {{JAVA_OPTS: "{java_opts}"}}
    expose: ["8080"]
    stop_grace_period: 2s
  cache:
    image: {image}
    entrypoint: ["sleep", "infinity"]
    stop_signal: SIGKILL
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Application:
    """One applied application: jar components order (published at `port`) and stock, and an image component."""

    site: LiveSite
    name: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str = "/") -> str:
        """What order says, or its status and words where that is no success."""
        try:
            said = requests.get(self.url + path, timeout=20)
        except requests.RequestException as error:
            return type(error).__name__
        return said.text if said.ok else f"{said.status_code} {said.text[:80]}"

    def said_inside(self) -> str:
        """What order says, asked from inside its gateway, for an engine whose networks are not this machine's; empty
        where it says nothing.
        """
        (gateway,) = self.containers("gateway", "order")
        if gateway.status != "running":
            return ""
        asked = gateway.exec_run(["curl", "-sS", "-m", "5", "http://127.0.0.1:8080/"])
        assert isinstance(asked.output, bytes)
        return asked.output.decode() if asked.exit_code == 0 else ""

    def apply(self, *, soak: float = 1, deadline: float = 15, drain: float = 1, greeting: str = "hello") -> Deployment:
        text = COMPOSE.format(
            name=self.name,
            soak=soak,
            deadline=deadline,
            drain=drain,
            greeting=greeting,
            port=self.port,
            image=self.site.image,
            java_opts=FRUGAL,
        )
        return self.site.applied(text)

    def push(self, jar: Path, component: str = "order", *, force: bool = False) -> str:
        """Upload without waiting; the deployment's id."""
        accepted = self.site.client.push(
            jar, application=self.name, component=component, force=force, progress=lambda _done, _of: None
        )
        assert accepted.deployment is not None, accepted.message
        return accepted.deployment.id

    def deploy(self, jar: Path, component: str = "order", *, force: bool = False) -> Deployment:
        """Push and wait until it serves, or has ended otherwise."""
        return self.site.answered(self.push(jar, component, force=force))

    def containers(self, role: str | None = None, component: str | None = None) -> list[Container]:
        """What stands in the engine for this application, running or not."""
        labels = [f"io.buildsvc.application={self.name}"]
        labels += [f"io.buildsvc.role={role}"] if role else []
        labels += [f"io.buildsvc.component={component}"] if component else []
        return self.site.engine.containers.list(all=True, filters={"label": labels}, ignore_removed=True)

    def untouched(self, *but: str) -> dict[str, tuple[str, str]]:
        """Id and start time of everything except instances of these components."""
        found = {}
        for one in [*self.containers(), *self._image_containers()]:
            labels = one.labels
            if labels.get("io.buildsvc.role") == "instance" and labels.get("io.buildsvc.component") in but:
                continue
            found[str(one.name)] = (str(one.id), one.attrs["State"]["StartedAt"])
        return found

    def _image_containers(self) -> list[Container]:
        label = f"com.docker.compose.project={self.name}"
        return self.site.engine.containers.list(all=True, filters={"label": label}, ignore_removed=True)

    def remove_from_engine(self) -> None:
        """Containers, networks, volumes and images of this application and of no other."""
        engine = self.site.engine
        for one in {c.id: c for c in (*self.containers(), *self._image_containers())}.values():
            with suppress(NotFound, APIError):
                one.remove(force=True, v=True)
        own = {"label": f"io.buildsvc.application={self.name}"}
        for network in engine.networks.list(filters=own):
            with suppress(NotFound, APIError):
                network.remove()
        for volume in engine.volumes.list(filters=own):
            with suppress(NotFound, APIError):
                volume.remove()
        # By the plain list: the SDK's own looks at each image, and another test may remove one in between.
        for image in engine.api.images():
            for tag in image["RepoTags"] or ():
                if tag.startswith(f"buildsvc/{self.name}-"):
                    with suppress(NotFound, APIError):
                        engine.images.remove(tag, force=True)


@dataclass
class LiveSite:
    """`buildsvc up` in a process group of its own."""

    folder: Path
    data: Path
    engine: docker.DockerClient
    image: str
    port: int = field(default_factory=free_port)
    applications: list[Application] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    token: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    """Settings of its own, by variable."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def subnets(self) -> str:
        """A pool of its own: two sites on one host do not see what the other is about to take."""
        return f"10.{214 + self.port % 16}.{self.port // 16 % 4 * 64}.0/18"

    @property
    def environment(self) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BUILDSVC_")}
        return clean | {
            "BUILDSVC_DATA": str(self.data),
            "BUILDSVC_LISTEN": f"127.0.0.1:{self.port}",
            "BUILDSVC_SUBNETS": self.subnets,
            "BUILDSVC_POLL": "0.5s",
            "BUILDSVC_LANGUAGE": "en",
            **self.settings,
            "BUILDSVC_URL": self.url,
            "BUILDSVC_TOKEN": self.token,
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        }

    @property
    def client(self) -> Client:
        return Client(self.url, self.token)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def start(self) -> None:
        with (self.folder / "up.out").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "buildsvc.doors.cli.main", "up"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until(self.ready, READY)
        if not self.token:
            self.token = re.findall(r"admin token .*: (\S+)", self.said())[0]

    def said(self) -> str:
        """What `up` printed so far."""
        return (self.folder / "up.out").read_text()

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"up ended: {self.said()}"
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(60)
        self.process = None
        return status

    def kill(self) -> None:
        """SIGKILL to the supervisor alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def pid(self, name: str) -> int:
        """The process that `up` runs under this name now, like keeper, web or redis."""
        log = (self.data / "logs" / "up.log").read_text()
        return int(re.findall(rf"\b{re.escape(name)} runs as (\d+)", log)[-1])

    def pids(self) -> set[int]:
        """All children of the supervisor."""
        assert self.process is not None
        parent = self.process.pid
        return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}

    def kill_worker_of(self, deployment: str) -> None:
        """SIGKILL to the worker that took this deployment last; its pid stands in the file of its lock."""
        started = [event for event in self.events(deployment) if event["kind"] == "started"]
        locks = [path.read_text().split() for path in (self.data / "tmp" / "holders").glob("*.lock")]
        mine = {int(pid) for name, pid in locks if name == started[-1]["worker"]} & self.pids()
        assert len(mine) == 1, locks
        os.kill(mine.pop(), signal.SIGKILL)

    def get(self, path: str) -> Any:
        said = requests.get(self.url + path, headers=self.headers | {"Accept": "application/json"}, timeout=30)
        assert said.ok, said.text
        return said.json()

    def applied(self, text: str) -> Deployment:
        """Apply a Compose file, and wait until that has ended."""
        said = self.put("/api/applications", text.encode(), "application/yaml")
        assert said.status_code == 202, said.text
        return self.ended(said.json()["deployment"]["id"])

    def put(self, path: str, body: bytes, kind: str) -> requests.Response:
        return requests.put(self.url + path, data=body, headers=self.headers | {"Content-Type": kind}, timeout=60)

    def upload(self, body: Any, **query: str) -> requests.Response:
        """As `curl --data-binary @FILE` does."""
        headers = self.headers | {"Content-Type": "application/octet-stream"}
        return requests.post(f"{self.url}/api/artifacts", params=query, data=body, headers=headers, timeout=120)

    def cli(self, *arguments: str | Path, seconds: float = DEPLOYED) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "buildsvc.doors.cli.main", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def events(self, deployment: str) -> list[dict[str, Any]]:
        return [told["event"] for told in self.get(f"/api/deployments/{deployment}/events")]

    def kinds(self, deployment: str) -> list[str]:
        return [event["kind"] for event in self.events(deployment)]

    def answered(self, deployment: str) -> Deployment:
        """Wait until it serves or has ended."""

        def look() -> Deployment | None:
            found = self.client.deployment(deployment)
            return found if found.phase.ended or found.phase.serving else None

        found = until(look, DEPLOYED)
        assert found is not None
        return found

    def ended(self, deployment: str) -> Deployment:
        """Wait until it has ended, soak included."""

        def look() -> Deployment | None:
            found = self.client.deployment(deployment)
            return found if found.phase.ended else None

        found = until(look, DEPLOYED)
        assert found is not None
        return found

    def application(self, **how: Any) -> Application:
        """A new application of three components; its two jar components wait for jars."""
        made = Application(self, f"e2e{uuid.uuid4().hex[:8]}", free_port())
        self.applications.append(made)
        applied = made.apply(**how)
        assert applied.phase == "settled", applied
        return made

    def forget(self, app: Application) -> None:
        """Have the site remove an application, as its operator would, and take away what it keeps of it on purpose."""
        self.applications.remove(app)
        if self.process is not None and self.process.poll() is None:
            removal = self.client.remove(app.name).deployment
            assert removal is not None
            assert self.ended(removal.id).phase == "settled", removal
        app.remove_from_engine()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()
        for one in self.applications:
            one.remove_from_engine()


ASite = TypeVar("ASite", bound=LiveSite)


@contextmanager
def running(site: ASite) -> Iterator[ASite]:
    """Started at the beginning, and everything taken away at the end."""
    try:
        site.start()
        yield site
    finally:
        site.close()


def json_lines(text: str) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]
