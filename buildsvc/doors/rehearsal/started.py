"""What a rehearsal starts in its place: an empty engine, and a service on it."""

from __future__ import annotations

import http.client
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import docker
from docker.errors import DockerException

from buildpacks.errors import Failure
from buildsvc.doors.rehearsal import offline
from buildsvc.doors.rehearsal.called import RehearsedService
from buildsvc.doors.rehearsal.rehearsed_with import RehearsedPrograms

T = TypeVar("T")
READY_WITHIN = 90.0
GRACE = 60.0
PORT = 8420
_WORDS = 1500
"""Characters of a log that a failure shows."""


@dataclass(frozen=True)
class RehearsalEngine:
    """An engine that answers at `address`."""

    address: str
    version: str
    images: int


@contextmanager
def engine(folder: Path, programs: RehearsedPrograms) -> Iterator[RehearsalEngine]:
    """Start an empty engine with its data below `folder`. Raises Failure `rehearsal-start`."""
    run = Path(offline.RUN) / "rehearsal"
    address = f"unix://{run}/docker.sock"
    # No file of the machine's own engine may say where anything lies.
    configuration = folder / "daemon.json"
    configuration.write_text("{}")
    argv = (
        programs.dockerd, "--host", address, "--data-root", str(folder / "engine"), "--exec-root", str(run),
        "--pidfile", str(run / "docker.pid"), "--config-file", str(configuration),
    )  # fmt: skip
    run.mkdir(parents=True)
    with _running(folder / "engine.log", argv, programs.environment) as ended:
        client = _until(lambda: _client(address), ended, folder / "engine.log")
        with closing(client):
            yield RehearsalEngine(address, str(client.version()["Version"]), len(client.images.list(all=True)))


@contextmanager
def service(
    folder: Path, data: Path, engine: RehearsalEngine, programs: RehearsedPrograms
) -> Iterator[RehearsedService]:
    """Run `buildsvc up` with its data in `data`; gives its command line. Raises Failure `rehearsal-start`."""
    token = f"bs_{secrets.token_urlsafe(32)}"
    own = {
        **programs.environment,
        "BUILDSVC_DATA": str(data),
        "BUILDSVC_LISTEN": f"127.0.0.1:{PORT}",
        "BUILDSVC_DOCKER_HOST": engine.address,
        "BUILDSVC_ADMIN_TOKEN": token,
    }
    with _running(folder / "service.log", (*programs.command, "up"), own) as ended:
        _until(_ready, ended, folder / "service.log")
        asked = {**own, "BUILDSVC_URL": f"http://127.0.0.1:{PORT}", "BUILDSVC_TOKEN": token}
        yield RehearsedService(programs.command, asked, folder)


@contextmanager
def _running(log: Path, argv: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[Callable[[], bool]]:
    """Run a program through the block; gives whether it has ended."""
    with log.open("wb") as words:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT, env=dict(environment),
            cwd=log.parent, start_new_session=True,
        )  # fmt: skip
    try:
        yield lambda: process.poll() is not None
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until(found: Callable[[], T | None], ended: Callable[[], bool], log: Path) -> T:
    deadline = time.monotonic() + READY_WITHIN
    while (one := found()) is None:
        if ended() or time.monotonic() > deadline:
            words = log.read_text(errors="replace").strip()[-_WORDS:]
            raise Failure("rehearsal-start", program=log.stem, words=words)
        time.sleep(0.2)
    return one


def _client(address: str) -> docker.DockerClient | None:
    try:
        client = docker.DockerClient(base_url=address, timeout=60)
        client.ping()
    except DockerException:
        return None
    return client


def _ready() -> bool | None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK or None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
