"""A bare server: a container with systemd as its first process, and no network. A restart of it is a reboot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

IMAGE = "buildsvc-bare-server"
ENGINE_DATA = "/var/lib/buildsvc-engine"
KITS = "/kits"
STATES = {"running", "degraded"}
CONTROL_GROUPS = Path("/sys/fs/cgroup")


class BareFailed(Exception):
    """The proof does not hold; the message says where."""


@dataclass(frozen=True)
class Said:
    """What a program in the server ended with, and said."""

    status: int
    text: str


@dataclass(frozen=True)
class BareServer:
    """One such container."""

    container: Container

    def run(self, *command: str, hear: Callable[[str], None] = lambda _: None) -> Said:
        """Run a program in it to its end; `hear` gets each line as it comes."""
        api = self.container.client.api  # type: ignore[union-attr]
        made = api.exec_create(self.container.id, list(command))["Id"]
        text, rest = "", ""
        for chunk in api.exec_start(made, stream=True):
            text += chunk.decode("utf-8", "replace")
            *lines, rest = (rest + chunk.decode("utf-8", "replace")).split("\n")
            for line in lines:
                hear(line)
        return Said(int(api.exec_inspect(made)["ExitCode"]), text + ("" if not rest else "\n"))

    def must(self, *command: str, hear: Callable[[str], None] = lambda _: None) -> str:
        """Run what has to end well. Raises BareFailed."""
        said = self.run(*command, hear=hear)
        if said.status:
            raise BareFailed(f"`{' '.join(command)}` ended with {said.status}:\n{said.text[-3000:]}")
        return said.text

    def until(self, what: str, *command: str, seconds: float = 60.0) -> float:
        """Wait until a program ends well; returns the seconds it took. Raises BareFailed."""
        began = time.monotonic()
        while self.run(*command).status:
            if time.monotonic() - began > seconds:
                raise BareFailed(f"{what}: not within {seconds:.0f} s")
            time.sleep(0.3)
        return time.monotonic() - began

    def reboot(self) -> None:
        """Restart it, as power would."""
        self.container.restart(timeout=60)
        self.booted()

    def booted(self) -> None:
        """Wait until systemd is up. Raises BareFailed."""
        deadline = time.monotonic() + 60
        while self.run("systemctl", "is-system-running").text.strip() not in STATES:
            if time.monotonic() > deadline:
                raise BareFailed("systemd in the bare server does not come up")
            time.sleep(0.2)


@dataclass(frozen=True)
class ControlGroups:
    """What a container mounts so that systemd in it finds the host's control groups."""

    tmpfs: dict[str, str]
    volumes: dict[str, dict[str, str]]


def control_groups(folder: Path = CONTROL_GROUPS) -> ControlGroups:
    """Give all of version 2. Of version 1 give the hierarchies that the host has mounted, in a folder of the
    container's own.

    systemd mounts every controller that the kernel knows. A hierarchy that only it has mounted stays in the kernel
    after it, and the host's engine, which finds no mount for it, then tells no statistics. In a folder that cannot be
    written it makes no place for one, and the host's own folder is not the one that it makes read-only.
    """
    if (folder / "cgroup.controllers").exists():
        return ControlGroups({}, {str(folder): {"bind": str(folder), "mode": "rw"}})
    # A link (`cpu` to `cpu,cpuacct`) becomes a mount of its own.
    mounted = [str(path) for path in sorted(folder.iterdir()) if path.resolve().is_mount()]
    return ControlGroups({str(folder): "ro"}, {path: {"bind": path, "mode": "rw"} for path in mounted})


@contextmanager
def bare_server(
    client: docker.DockerClient, root: Path, kits: Path, name: str, *, systemd: bool = True
) -> Iterator[BareServer]:
    """A server whose root is this tar and that sees the folder `kits`; nothing of it is left afterwards."""
    with root.open("rb") as stream:
        client.api.import_image_from_data(stream, repository=IMAGE, tag=name)
    volume = client.volumes.create(f"{name}-engine")
    groups = control_groups()
    container: Any = None
    try:
        container = client.containers.run(
            f"{IMAGE}:{name}",
            ["/sbin/init"] if systemd else ["sleep", "infinity"],
            name=name,
            hostname="bare",
            detach=True,
            network_mode="none",
            cap_add=["ALL"],
            # A test machine may not have it to give.
            cap_drop=["SYS_RESOURCE"],
            security_opt=["seccomp=unconfined", "apparmor=unconfined"],
            cgroupns="host",
            volumes={
                **groups.volumes,
                volume.name: {"bind": ENGINE_DATA, "mode": "rw"},
                str(kits): {"bind": KITS, "mode": "ro"},
            },
            tmpfs={**groups.tmpfs, "/run": "", "/run/lock": "", "/tmp": "exec"},
            stop_signal="SIGRTMIN+3" if systemd else "SIGKILL",
            # Somebody has to reap what loses its parent.
            init=not systemd,
            environment={"container": "docker"},
        )
        server = BareServer(container)
        if systemd:
            server.booted()
        yield server
    finally:
        if container is not None:
            container.remove(force=True, v=True)
        volume.remove(force=True)
        client.images.remove(f"{IMAGE}:{name}", force=True)
