"""A Docker Engine of a newer Debian suite with the containerd image store, beside the one of this machine.

Its packages are fetched like those of a base image and unpacked, never installed. It has its own containerd, data and
sockets and no network, so that it shares nothing with another engine. Needs root, and this machine's runc where the
newer one asks for a newer C library.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import Failure
from buildpacks.platforms import Platform
from buildsvc.image.making.apt import PackageSource, fetch
from buildsvc.image.making.recipe import Recipe
from scripts import owned
from tests.conftest import lacking
from tests.power import descendants, mounts
from tests.waiting import until

SUITES = ("sid", "trixie")
"""The first whose engine runs with this machine's C library is taken: Docker 28, or 26."""
PACKAGES = ("docker.io", "containerd", "runc")
LEFT_OUT = (
    *("lib*", "gcc-*", "systemd*", "sysvinit-utils", "init-system-helpers", "iptables", "netbase", "tini*"),
    *("debconf", "adduser", "passwd", "perl*"),
)
PROGRAMS = {
    "dockerd": "usr/sbin/dockerd",
    "docker-proxy": "usr/sbin/docker-proxy",
    "containerd": "usr/bin/containerd",
    "containerd-shim-runc-v2": "usr/bin/containerd-shim-runc-v2",
    "runc": "usr/sbin/runc",
}
DAEMON = {"features": {"containerd-snapshotter": True}, "exec-opts": ["native.cgroupdriver=cgroupfs"]}
KEPT = ("data", "containerd")
"""Folders of an engine that survive the machine; everything else of it is made anew at its start."""
CONTAINERD = """\
version = 2
root = {root}
state = {state}
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = {address}
"""


class NotHere(Exception):
    """This machine cannot run such an engine; the message says why."""


@dataclass(frozen=True)
class NewerEngine:
    url: str
    version: str
    folder: Path


@contextmanager
def newer_engine(cache: Path, suites: tuple[str, ...] = SUITES, *, disk: Path | None = None) -> Iterator[NewerEngine]:
    """One that answers, and is gone with all that it kept when the block ends. It keeps images and containers in a
    folder `disk` where one is given. Raises NotHere.
    """
    if os.geteuid() != 0:
        raise NotHere("A second Docker Engine needs root.")
    programs, version = _programs(cache / "newer-engine", suites)
    runs = cache / "newer-engine" / "runs"
    for left in runs.glob("*"):
        if not Path("/proc", left.name.partition("-")[0]).exists():
            _take_away(left)
    runs.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=runs))
    # A socket's path may have 107 bytes; that of the cache may be longer.
    sockets = Path(tempfile.mkdtemp(prefix="engine-"))
    try:
        (folder / "sockets").symlink_to(sockets)
        if disk is not None:
            for name in KEPT:
                (disk / name).mkdir()
                (folder / name).symlink_to(disk / name)
        yield NewerEngine(_start(programs, folder, sockets), version, folder)
    finally:
        _take_away(folder)


@contextmanager
def engine_to_kill(cache: Path, *, disk: Path | None = None) -> Iterator[NewerEngine]:
    """An engine of a test's own; a test that cannot have one says why."""
    try:
        with newer_engine(cache.resolve(), disk=disk) as engine:
            yield engine
    except NotHere as reason:
        lacking(str(reason))


def _programs(folder: Path, suites: tuple[str, ...]) -> tuple[Path, str]:
    """A folder of programs to be put in front of PATH, and the engine's version; unpacked once for all runs."""
    reasons = []
    for suite in suites:
        place = folder / suite
        try:
            if not place.is_dir():
                _unpack(folder, place, suite)
            said = subprocess.run([place / "bin" / "dockerd", "--version"], capture_output=True, text=True, check=True)
            return place / "bin", said.stdout.split()[2].rstrip(",")
        except Failure as error:
            reasons.append(error.message)
        except (OSError, subprocess.CalledProcessError) as error:
            reasons.append(f"The engine of {suite} does not run here: {getattr(error, 'stderr', '') or error}")
    raise NotHere(" ".join(reasons))


def _unpack(folder: Path, place: Path, suite: str) -> None:
    recipe = Recipe("engine", None, PACKAGES, {"debian": suite}, leave_out=LEFT_OUT)
    source = PackageSource(folder.parent / "packages")
    fetched = fetch(source, recipe, Platform.parse(os.uname().machine), lambda _: None)
    folder.mkdir(parents=True, exist_ok=True)
    arriving = Path(tempfile.mkdtemp(dir=folder))
    for file in fetched.files:
        subprocess.run(["dpkg-deb", "-x", file, arriving / "root"], check=True)
    (arriving / "bin").mkdir()
    for name, path in PROGRAMS.items():
        (arriving / "bin" / name).symlink_to(Path("..", "root", path))
    runs = subprocess.run([arriving / "bin" / "runc", "--version"], capture_output=True, check=False)
    if runs.returncode:
        (arriving / "bin" / "runc").unlink()
    arriving.rename(place)


def _start(programs: Path, folder: Path, sockets: Path) -> str:
    if not (programs / "runc").exists() and shutil.which("runc") is None:
        raise NotHere("The newer runc does not run here, and this machine has none of its own.")
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    environment.pop("DOCKER_HOST", None)
    # With an engine's own choice it would join the containerd of this machine where there is one.
    below = {"root": folder / "containerd", "state": sockets / "containerd", "address": sockets / "containerd.sock"}
    settings = CONTAINERD.format(**{name: json.dumps(str(path)) for name, path in below.items()})
    (folder / "containerd.toml").write_text(settings)
    (folder / "daemon.json").write_text(json.dumps(DAEMON))
    command = [str(programs / "containerd"), "--config", str(folder / "containerd.toml")]
    _begin(folder, "containerd", command, environment)
    _wait(folder, "containerd", below["address"].exists)
    options = {
        "--config-file": folder / "daemon.json",
        "--data-root": folder / "data",
        "--exec-root": sockets / "exec",
        "--pidfile": sockets / "pid",
        "--host": f"unix://{sockets / 'docker.sock'}",
        "--containerd": below["address"],
        "--bridge": "none",
    }
    flags = [f"{name}={value}" for name, value in options.items()]
    # With --bridge=none an engine removes the interface docker0, which here would be this machine's own engine's.
    apart = ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up; exec "$@"', "engine"]
    command = [*apart, str(programs / "dockerd"), *flags, "--iptables=false", "--ip6tables=false"]
    _begin(folder, "dockerd", command, environment)
    _wait(folder, "dockerd", lambda: _answers(sockets / "docker.sock"))
    return f"unix://{sockets / 'docker.sock'}"


def kill_and_start_again(engine: NewerEngine) -> None:
    """SIGKILL to the engine alone, and the same command anew: its containers' processes outlive it, as on a host."""
    pid = owned.alive(engine.folder, "dockerd")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: owned.alive(engine.folder, "dockerd") is None)
    # Nobody may have buried the process yet, and the engine takes that for one that runs.
    (engine.folder / "sockets" / "pid").unlink(missing_ok=True)
    _begin_again(engine, "dockerd", engine.folder / "sockets" / "docker.sock")


def processes(engine: NewerEngine) -> set[int]:
    """The engine, its containerd, and all that runs in its containers."""
    below = str((engine.folder / "sockets").resolve())
    roots = {pid for name in ("dockerd", "containerd") if (pid := owned.alive(engine.folder, name))}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if below in (folder / "cmdline").read_text():
                roots.add(int(folder.name))
    return descendants(roots)


def shut_down(engine: NewerEngine) -> None:
    """End the engine and its containerd as a machine does that is shut down; the engine stops its containers."""
    records = {name: (engine.folder / f"{name}.pid").read_text() for name in ("dockerd", "containerd")}
    for name, record in records.items():
        owned.stop(engine.folder, name, grace=30)
        (engine.folder / f"{name}.pid").write_text(record)


def start_again(engine: NewerEngine) -> None:
    """Start containerd and the engine anew, as a machine does that comes up: of what lay in memory nothing is there."""
    sockets = (engine.folder / "sockets").resolve()
    for mounted in mounts(sockets):
        subprocess.run(["umount", "--lazy", mounted], check=True)
    for left in sockets.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    _begin_again(engine, "containerd", sockets / "containerd.sock")
    _begin_again(engine, "dockerd", sockets / "docker.sock")


def _begin_again(engine: NewerEngine, name: str, listens: Path) -> None:
    command = json.loads((engine.folder / f"{name}.pid").read_text())["command"]
    programs = Path(next(word for word in command if word.endswith(f"/{name}"))).parent
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    environment.pop("DOCKER_HOST", None)
    _begin(engine.folder, name, command, environment)
    _wait(engine.folder, name, lambda: _answers(listens.resolve()) if name == "dockerd" else listens.exists())


def _begin(folder: Path, name: str, command: list[str], environment: dict[str, str]) -> None:
    """Recorded, and no child of this process: what an aborted run left is found and ended by the next one."""
    subprocess.run([sys.executable, owned.__file__, "start", folder, name, *command], env=environment, check=True)


def _wait(folder: Path, name: str, ready: Callable[[], bool]) -> None:
    until(lambda: ready() or owned.alive(folder, name) is None, 60)
    if not ready():
        raise NotHere(f"{name} ended: {(folder / f'{name}.log').read_text()[-1500:]}")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(64)
        except OSError:
            return False


def _take_away(folder: Path) -> None:
    for name in ("dockerd", "containerd"):
        owned.stop(folder, name, grace=30)
    link = folder / "sockets"
    places = [folder] + ([link.resolve()] if link.is_symlink() else [])
    for place in places:
        for mounted in mounts(place.resolve()):
            subprocess.run(["umount", "--lazy", mounted], check=True)
        if place.is_dir():
            shutil.rmtree(place)
