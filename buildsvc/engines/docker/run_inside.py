"""A program inside a container whose standard input is a file, and whose standard output goes into one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from docker.utils.socket import frames_iter

from buildpacks.errors import DeploymentFailed
from buildsvc.engines.docker import wire
from buildsvc.engines.docker.engine_client import STDOUT, EngineClient
from buildsvc.engines.docker.wire import ours
from buildsvc.engines.inner_programs import ProgramEnd, Streams

_PIECE = 1 << 18
_TAIL_BYTES, _TAIL_LINES = 16_384, 40
_LOOK_EVERY = 1.0


def run(client: EngineClient, container: str, command: tuple[str, ...], streams: Streams) -> ProgramEnd:
    """See `Engine.run_inside`."""
    with ours():
        made = str(client.api.exec_create(container, list(command), stdin=streams.given is not None)["Id"])
        raw = client.api.exec_start(made, socket=True)
        # A restore may say nothing for an hour.
        raw._sock.settimeout(None)  # noqa: SLF001 - the SDK sets it there and tells nobody
    try:
        with _given(raw, streams), _watched(raw, streams) as given_up:
            tail = _taken(raw, streams)
    finally:
        with suppress(OSError):
            wire.let_go(raw)
    if given_up.is_set():
        raise DeploymentFailed("program-given-up", command=command[0])
    return ProgramEnd(client.exec_code(made), tail)


def _frames(raw: Any) -> Iterator[tuple[int, bytes]]:
    # Only what concerns the engine is turned into our failures: the disk that a dump is written to may be full.
    with ours():
        yield from frames_iter(raw, tty=False)  # type: ignore[no-untyped-call]


def _taken(raw: Any, streams: Streams) -> tuple[str, ...]:
    """Read all that it writes; returns the end of what is not for the file."""
    kept, passed = b"", 0
    if streams.target is None:
        for _, chunk in _frames(raw):
            kept = (kept + chunk)[-_TAIL_BYTES:]
        return _lines(kept)
    with streams.target.open("wb") as out:
        for stream, chunk in _frames(raw):
            if stream == STDOUT:
                out.write(chunk)
                passed += len(chunk)
                streams.told(passed)
            else:
                kept = (kept + chunk)[-_TAIL_BYTES:]
    return _lines(kept)


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode(errors="replace").splitlines()[-_TAIL_LINES:])


@contextmanager
def _given(raw: Any, streams: Streams) -> Iterator[None]:
    """Send the file beside the block, which reads what the program says to it meanwhile. Raises what the file did."""
    if streams.given is None:
        yield
        return
    failed: list[OSError] = []

    def send(path: Path) -> None:
        try:
            _send(raw, path, streams)
        except OSError as error:
            failed.append(error)
            # Half of it would be taken for the whole.
            wire.hang_up(raw)

    sender = threading.Thread(target=send, args=(streams.given,), daemon=True)
    sender.start()
    try:
        yield
    finally:
        # Whoever no longer reads gets no more: a program may end before it has read all.
        wire.hang_up(raw)
        sender.join()
    if failed:
        raise failed[0]


def _send(raw: Any, path: Path, streams: Streams) -> None:
    line, passed = raw._sock, 0  # noqa: SLF001 - the SDK opens it for reading only
    with path.open("rb") as source:
        while piece := source.read(_PIECE):
            try:
                line.sendall(piece)
            except OSError:
                # It ended before it had read all: its exit status says why.
                return
            passed += len(piece)
            streams.told(passed)
    with suppress(OSError):
        line.shutdown(socket.SHUT_WR)


@contextmanager
def _watched(raw: Any, streams: Streams) -> Iterator[threading.Event]:
    """Hang up once somebody has given it up; the event says so."""
    over, given_up = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY):
            if streams.given_up():
                given_up.set()
                wire.hang_up(raw)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield given_up
    finally:
        over.set()
        watcher.join()
