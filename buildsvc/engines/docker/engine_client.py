"""One connection to a Docker Engine: opened at first use, once per process, its errors turned into ours."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

import docker
from docker.utils.socket import frames_iter

from buildpacks.errors import Conflict, NotFound
from buildsvc.engines.docker import wire
from buildsvc.engines.docker.wire import ours
from buildsvc.image.pieces import Stream

STDOUT = 1
GONE_WITHIN = 30.0
TIMEOUT = 600
"""Seconds that one call may take: loading a large image on a slow disk."""


@dataclass(frozen=True)
class Ran:
    """What a program run inside a container said."""

    code: int
    output: str


class EngineClient:
    """Engine API calls as this room needs them. Raw JSON goes in and comes out, as the Engine API documents it."""

    def __init__(self, base_url: str | None = None) -> None:
        self._base_url = base_url
        self._api: Any = None
        self._pid = 0

    @property
    def api(self) -> Any:
        """The SDK's low-level client, made anew after a fork: a shared socket would mix two processes' answers."""
        if self._api is None or self._pid != os.getpid():
            with ours():
                if self._base_url:
                    self._api = docker.APIClient(base_url=self._base_url, version="auto", timeout=TIMEOUT)
                else:
                    self._api = docker.from_env(version="auto", timeout=TIMEOUT).api
            self._pid = os.getpid()
        return self._api

    def close(self) -> None:
        """Give the connections back; the next call opens new ones."""
        if self._api is not None and self._pid == os.getpid():
            self._api.close()
        self._api = None

    def info(self) -> dict[str, Any]:
        with ours():
            return dict(self.api.info())

    def inspect(self, container: str) -> dict[str, Any] | None:
        """Return a container's whole state; None when there is none of that name."""
        try:
            with ours():
                return dict(self.api.inspect_container(container))
        except NotFound:
            return None

    def image(self, reference: str) -> dict[str, Any] | None:
        try:
            with ours():
                return dict(self.api.inspect_image(reference))
        except NotFound:
            return None

    def containers(self, labels: Mapping[str, str | None]) -> list[dict[str, Any]]:
        """Inspections of every container with these labels (value None: any), ended ones included."""
        found = [self.inspect(container) for container in self.ids(labels)]
        return [one for one in found if one is not None]

    def ids(self, labels: Mapping[str, str | None]) -> list[str]:
        """Return the ids of every container with these labels (value None: any), ended ones included."""
        wanted = [key if value is None else f"{key}={value}" for key, value in labels.items()]
        with ours():
            return [str(row["Id"]) for row in self.api.containers(all=True, filters={"label": wanted})]

    def running(self) -> list[dict[str, Any]]:
        """Return what the engine lists of every container that runs, its published ports among it."""
        with ours():
            return list(self.api.containers())

    def create(self, name: str, body: Mapping[str, Any]) -> str:
        with ours():
            return str(self.api.create_container_from_config(dict(body), name)["Id"])

    def connect(self, container: str, network: str, address: str | None, names: Sequence[str], *links: str) -> None:
        known: dict[str, Any] = {"aliases": list(names) or None, "links": [one.partition(":")[::2] for one in links]}
        with ours():
            self.api.connect_container_to_network(container, network, ipv4_address=address, **known)

    def start(self, container: str) -> None:
        with ours():
            self.api.start(container)

    def stop(self, container: str, grace: float) -> None:
        """SIGTERM (or the image's own signal), SIGKILL after `grace` seconds. Nothing happens when it is gone."""
        try:
            with ours():
                self.api.stop(container, timeout=max(1, round(grace)))
        except NotFound:
            return

    def remove(self, container: str) -> None:
        """Remove a container by force, anonymous volumes with it. Nothing happens when it is gone."""
        try:
            with ours():
                self.api.remove_container(container, v=True, force=True)
        except NotFound:
            return
        except Conflict:
            self._wait_until_gone(container)

    def _wait_until_gone(self, container: str) -> None:
        """Somebody else's removal is under way. Raises Conflict when it does not come to its end."""
        deadline = time.monotonic() + GONE_WITHIN
        while self.inspect(container) is not None:
            if time.monotonic() > deadline:
                raise Conflict("not-removed", container=container, seconds=f"{GONE_WITHIN:.0f}")
            time.sleep(0.1)

    def put(self, container: str, folder: str, tar: bytes | wire.Body) -> None:
        with ours():
            self.api.put_archive(container, folder, tar)

    def load(self, pieces: Iterator[bytes], length: int) -> Iterator[dict[str, Any]]:
        """Send a tar of images, `length` bytes; what the engine says about it."""
        with ours():
            yield from self.api.load_image(wire.Body(pieces, length), quiet=False)

    def untag(self, reference: str) -> None:
        """Remove an image's tag, and the image when that was its last one. Nothing happens when it is gone."""
        try:
            with ours():
                self.api.remove_image(reference)
        except NotFound:
            return

    def read_file(self, container: str, path: str) -> bytes | None:
        """One small file of a container, running or not, without starting anything in it; None when it is not there."""
        try:
            with ours():
                pieces, _ = self.api.get_archive(container, path)
                data = b"".join(pieces)
        except NotFound:
            return None
        return wire.only_file(data)

    @contextmanager
    def archive(self, container: str, path: str) -> Iterator[IO[bytes]]:
        """Open a tar stream of one file of a container, running or not. Raises NotFound."""
        with ours():
            pieces, _ = self.api.get_archive(container, path)
            yield io.BufferedReader(Stream(pieces))

    def put_stream(self, container: str, folder: str, tar: IO[bytes]) -> None:
        with ours():
            self.api.put_archive(container, folder, tar)

    def wait(self, container: str) -> int:
        """Wait until a container ends; its exit code."""
        with ours():
            return int(self.api.wait(container)["StatusCode"])

    def restart_policy(self, container: str, policy: Mapping[str, object]) -> None:
        with ours():
            self.api.update_container(container, restart_policy=dict(policy))

    def stats(self, container: str) -> dict[str, Any]:
        """Ask what a container uses at this moment. Raises NotFound."""
        with ours():
            return dict(self.api.stats(container, stream=False, one_shot=True))

    def memory(self, container: str) -> int:
        """Bytes that a container uses, its page cache left out; 0 when the engine does not say."""
        return wire.memory_of(self.stats(container))

    def volume(self, name: str) -> dict[str, Any] | None:
        try:
            with ours():
                return dict(self.api.inspect_volume(name))
        except NotFound:
            return None

    def create_volume(
        self, name: str, driver: str | None, options: Mapping[str, str], labels: Mapping[str, str]
    ) -> None:
        with ours():
            self.api.create_volume(name, driver=driver, driver_opts=dict(options), labels=dict(labels))

    def remove_volume(self, name: str) -> None:
        try:
            with ours():
                self.api.remove_volume(name)
        except NotFound:
            return

    def network(self, name: str) -> dict[str, Any] | None:
        """Return a network by its exact name."""
        with ours():
            found = self.api.networks(names=[name])
        return next((dict(row) for row in found if row["Name"] == name), None)

    def networks(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        with ours():
            return [dict(n) for n in self.api.networks(filters={"label": [f"{k}={v}" for k, v in labels.items()]})]

    def create_network(self, body: Mapping[str, Any]) -> None:
        with ours():
            self.api.create_network(**body)

    def remove_network(self, name: str) -> None:
        try:
            with ours():
                self.api.remove_network(name)
        except NotFound:
            return

    @contextmanager
    def _frames(
        self, container: str, argv: Sequence[str], user: str = "", limit: float | None = None, **more: Any
    ) -> Iterator[tuple[str, Iterator[tuple[int, bytes]]]]:
        """Run a program inside a container: its exec id, and what it writes as (stream, bytes) while it writes.

        It is hung up when the block ends, or after `limit` seconds: the engine cannot end the program.
        """
        with ours():
            made = str(self.api.exec_create(container, list(argv), user=user, **more)["Id"])
            raw = self.api.exec_start(made, socket=True)
            timer = threading.Timer(limit or TIMEOUT, wire.hang_up, [raw])
            timer.daemon = True
            timer.start()
            try:
                yield made, frames_iter(raw, tty=False)  # type: ignore[no-untyped-call]
            finally:
                timer.cancel()
                wire.let_go(raw)

    def run(self, container: str, argv: Sequence[str], user: str = "", limit: float | None = None, **more: Any) -> Ran:
        """Run a program inside a container and wait for it, `limit` seconds at most (code -1 then); standard error is
        part of the output. `more` may hold its `environment`, which others on the host do not see.
        """
        with self._frames(container, argv, user, limit, **more) as (made, frames):
            output = b"".join(chunk for _, chunk in frames)
        return Ran(self.exec_code(made), output.decode(errors="replace"))

    def exec_code(self, made: str) -> int:
        """Ask how an exec, by its id, ended: its exit status, -1 while it runs."""
        with ours():
            code = self.api.exec_inspect(made)["ExitCode"]
        return int(code if code is not None else -1)

    def first_line(self, container: str, argv: Sequence[str]) -> str:
        """Run a program inside a container and return its first line of standard output as soon as it is there."""
        seen = b""
        with self._frames(container, argv) as (_, frames):
            for stream, chunk in frames:
                if stream == STDOUT:
                    seen += chunk
                if b"\n" in seen:
                    break
        return seen.split(b"\n")[0].decode(errors="replace").strip()

    def events(self, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Give the engine's events from when this returns. Whoever takes them does so within `ours`."""
        with ours():
            return cast("Iterator[dict[str, Any]]", self.api.events(filters=dict(filters), decode=True))

    def logs(self, container: str, *, follow: bool, tail: int) -> Iterator[bytes]:
        with ours():
            # Of a container that is not there the SDK would leave the first answer open.
            self.api.inspect_container(container)
            yield from self.api.logs(container, stdout=True, stderr=True, stream=True, follow=follow, tail=tail)

    def save(self, reference: str) -> Iterator[bytes]:
        with ours():
            yield from self.api.get_image(reference)

    def tail(self, container: str, lines: int) -> tuple[str, ...]:
        """Return the last lines that a container wrote; none when it is gone."""
        try:
            with ours():
                text = self.api.logs(container, tail=lines, stdout=True, stderr=True)
        except (NotFound, Conflict):
            return ()
        return tuple(text.decode(errors="replace").splitlines())
