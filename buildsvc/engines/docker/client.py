"""One connection to a Docker Engine: opened at first use, once per process, its errors turned into ours."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import docker
import docker.errors
import requests.exceptions
from docker.utils.socket import frames_iter

from buildpacks.errors import Conflict, Failure, NotFound, Refused, Unreachable

STDOUT = 1
TIMEOUT = 600
"""Seconds that one call may take: loading a large image on a slow disk."""


@dataclass(frozen=True)
class Ran:
    """What a program run inside a container said."""

    code: int
    output: str


@contextmanager
def ours() -> Iterator[None]:
    """Turn the SDK's exceptions into failures."""
    try:
        yield
    except docker.errors.NotFound as error:
        raise NotFound("not-in-engine", f"The engine says: {error.explanation or error}.") from error
    except docker.errors.APIError as error:
        text = str(error.explanation or error).strip()
        if error.status_code == 409:  # noqa: PLR2004 - HTTP's Conflict
            raise Conflict("engine-conflict", f"The engine refuses: {text}") from error
        if error.status_code == 400:  # noqa: PLR2004 - HTTP's Bad Request
            raise Refused("engine-refused", f"The engine refuses: {text}") from error
        raise Failure(
            "engine-error", f"The engine failed: {text}", "See its own log, and `buildsvc doctor`."
        ) from error
    except (requests.exceptions.RequestException, docker.errors.DockerException, OSError) as error:
        raise Unreachable(
            "engine-unreachable",
            f"The Docker Engine does not answer: {error}.",
            "Start it, or set DOCKER_HOST to where it listens.",
        ) from error


class Client:
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
        """A container's whole state; None when there is none of that name."""
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
        wanted = [key if value is None else f"{key}={value}" for key, value in labels.items()]
        with ours():
            listed = self.api.containers(all=True, filters={"label": wanted})
        found = [self.inspect(row["Id"]) for row in listed]
        return [one for one in found if one is not None]

    def create(self, name: str, body: Mapping[str, Any]) -> str:
        with ours():
            return str(self.api.create_container_from_config(dict(body), name)["Id"])

    def connect(self, container: str, network: str, address: str | None, aliases: Sequence[str]) -> None:
        with ours():
            self.api.connect_container_to_network(
                container, network, ipv4_address=address, aliases=list(aliases) or None
            )

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
            if self.inspect(container) is not None:
                raise

    def put(self, container: str, folder: str, tar: bytes) -> None:
        with ours():
            self.api.put_archive(container, folder, tar)

    def load(self, pieces: Iterator[bytes]) -> Iterator[dict[str, Any]]:
        """Send a tar of images; what the engine says about it."""
        with ours():
            yield from self.api.load_image(pieces, quiet=False)

    def untag(self, reference: str) -> None:
        """Remove an image's tag, and the image when that was its last one. Nothing happens when it is gone."""
        try:
            with ours():
                self.api.remove_image(reference)
        except NotFound:
            return

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

    def memory(self, container: str) -> int:
        """Bytes that a container uses, its page cache left out; 0 when the engine does not say."""
        with ours():
            usage = self.api.stats(container, stream=False, one_shot=True).get("memory_stats", {})
        details = usage.get("stats", {})
        cache = details.get("total_inactive_file", details.get("inactive_file", 0))
        return max(0, int(usage.get("usage", 0)) - int(cache))

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
        """A network by its exact name."""
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
        self, container: str, argv: Sequence[str], user: str
    ) -> Iterator[tuple[str, Iterator[tuple[int, bytes]]]]:
        """Run a program inside a container: its exec id, and what it writes as (stream, bytes) while it writes.

        The SDK leaves the connection of an exec open until it is collected; here it ends with the block.
        """
        with ours():
            made = str(self.api.exec_create(container, list(argv), user=user)["Id"])
            raw = self.api.exec_start(made, socket=True)
            try:
                yield made, frames_iter(raw, tty=False)  # type: ignore[no-untyped-call]
            finally:
                raw._response.close()  # noqa: SLF001 - the SDK keeps it there and closes it nowhere
                raw.close()

    def run(self, container: str, argv: Sequence[str], user: str = "") -> Ran:
        """Run a program inside a container and wait for it; standard error is part of the output."""
        with self._frames(container, argv, user) as (made, frames):
            output = b"".join(chunk for _, chunk in frames)
        with ours():
            code = self.api.exec_inspect(made)["ExitCode"]
        return Ran(int(code if code is not None else -1), output.decode(errors="replace"))

    def first_line(self, container: str, argv: Sequence[str]) -> str:
        """Run a program inside a container and return its first line of standard output as soon as it is there."""
        seen = b""
        with self._frames(container, argv, "") as (_, frames):
            for stream, chunk in frames:
                if stream == STDOUT:
                    seen += chunk
                if b"\n" in seen:
                    break
        return seen.split(b"\n")[0].decode(errors="replace").strip()

    def events(self, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The engine's events from now on; ends when the engine goes away."""
        try:
            with ours():
                yield from self.api.events(filters=dict(filters), decode=True)
        except Unreachable:
            return

    def logs(self, container: str, *, follow: bool, tail: int) -> Iterator[bytes]:
        with ours():
            yield from self.api.logs(container, stdout=True, stderr=True, stream=True, follow=follow, tail=tail)

    def save(self, reference: str) -> Iterator[bytes]:
        with ours():
            yield from self.api.get_image(reference)

    def tail(self, container: str, lines: int) -> tuple[str, ...]:
        """The last lines that a container wrote; none when it is gone."""
        try:
            with ours():
                text = self.api.logs(container, tail=lines, stdout=True, stderr=True)
        except (NotFound, Conflict):
            return ()
        return tuple(text.decode(errors="replace").splitlines())


def archive(files: Mapping[str, bytes], owner: tuple[int, int], mode: int = 0o644) -> bytes:
    """A small tar of these files (names with slashes make their folders), all owned by `owner`, times zero."""
    out = io.BytesIO()
    folders: set[str] = set()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            parent = name.rpartition("/")[0]
            if parent and parent not in folders:
                folders.add(parent)
                entry = tarfile.TarInfo(parent)
                entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o755, *owner
                tar.addfile(entry)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), mode, *owner
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()
