"""Containers of images that recipes make, as buildsvc starts image components; and what to ask them."""

from __future__ import annotations

import dataclasses
import io
import tarfile
import uuid
from collections.abc import Mapping
from typing import Any

import docker
from docker.models.containers import Container

from buildsvc.image import tarball
from scripts.made import MadeBases
from tests.waiting import until

PATIENCE = 90.0
DROPPED = ["NET_RAW", "MKNOD"]
"""What image components have not, of Docker's usual capabilities."""


class RecipeContainers:
    """Starts them, each with files of its own; takes all of it away at the end."""

    def __init__(self, engine: docker.DockerClient, bases: MadeBases) -> None:
        self._engine, self._bases = engine, bases
        self._containers: list[Container] = []
        self._tags: dict[str, str] = {}
        self._volumes: list[str] = []

    def tag(self, recipe: str) -> str:
        if recipe not in self._tags:
            tag = f"recipes-{recipe}:{uuid.uuid4().hex}"
            image = dataclasses.replace(self._bases.get(recipe).image, reference=tag)
            # The client hands on what it gets, so that pieces are fine too.
            pieces: Any = tarball.write(self._bases.layout, image)
            self._engine.images.load(pieces)
            self._tags[recipe] = tag
        return self._tags[recipe]

    def volume(self) -> str:
        made = self._engine.volumes.create(f"recipes-{uuid.uuid4().hex}")
        self._volumes.append(str(made.name))
        return str(made.name)

    def start(
        self,
        recipe: str,
        *command: str,
        files: Mapping[str, tuple[str | bytes, int]] | None = None,
        volume: str = "",
        **how: Any,
    ) -> Container:
        """`files` by path: content and mode; `volume` is a volume's name, a colon and a folder."""
        name, _, folder = volume.partition(":")
        mounts = {name: {"bind": folder, "mode": "rw"}} if name else {}
        container = self._engine.containers.create(
            self.tag(recipe),
            list(command) or None,
            cap_drop=DROPPED,
            security_opt=["no-new-privileges"],
            volumes=mounts,
            **how,
        )
        self._containers.append(container)
        container.put_archive("/", _archive(files or {}))
        container.start()
        return container

    def close(self) -> None:
        for container in self._containers:
            container.remove(force=True, v=True)
        for volume in self._volumes:
            self._engine.volumes.get(volume).remove()
        for tag in self._tags.values():
            self._engine.images.remove(tag)


def _archive(files: Mapping[str, tuple[str | bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, (content, mode) in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(path.lstrip("/"))
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def said(container: Container, *command: str) -> tuple[int, str]:
    done: Any = container.exec_run(list(command))
    return done.exit_code, done.output.decode()


def answers(container: Container, *command: str) -> str:
    """What a command in it prints, as soon as it succeeds."""

    def look() -> tuple[int, str] | None:
        container.reload()
        assert container.status == "running", container.logs().decode()[-2000:]
        done = said(container, *command)
        return done if done[0] == 0 else None

    found = until(look, PATIENCE)
    assert found
    return found[1]


def ended(container: Container) -> tuple[int, str]:
    """Exit status and log of one that ends by itself."""
    status = container.wait(timeout=PATIENCE)["StatusCode"]
    return int(status), container.logs().decode()


def stopped(container: Container) -> int:
    """The exit status after the engine's stop, which must be heard: a kill would be 137."""
    container.stop(timeout=60)
    return int(container.wait()["StatusCode"])


def process_one(container: Container) -> tuple[str, str]:
    """The user and the name of process 1."""
    _, line = said(container, "sh", "-c", "cut -d: -f2 /proc/1/status | sed -n '1p;9p' | tr '\\n' ' '")
    name, user = line.split()[:2]
    return user, name
