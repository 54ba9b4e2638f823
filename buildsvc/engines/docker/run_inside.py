"""A program inside a container whose standard input is a file, and whose standard output goes into one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from docker.utils.socket import frames_iter

from buildpacks.errors import DeploymentFailed
from buildsvc.engines.docker import inner_end, wire
from buildsvc.engines.docker.engine_client import STDOUT, EngineClient
from buildsvc.engines.docker.wire import ours
from buildsvc.engines.inner_programs import ProgramEnd, Streams

_PIECE = 1 << 18
_TAIL_BYTES, _TAIL_LINES = 16_384, 40
_LOOK_EVERY = 1.0


def run(client: EngineClient, container: str, command: tuple[str, ...], streams: Streams) -> ProgramEnd:
    """See `Engine.run_inside`."""
    mark = inner_end.marked()
    with ours():
        asked = client.api.exec_create(container, list(command), stdin=streams.given is not None, environment=mark)
        made = str(asked["Id"])
        raw = client.api.exec_start(made, socket=True)
        # A restore may say nothing for an hour.
        raw._sock.settimeout(None)  # noqa: SLF001 - the SDK sets it there and tells nobody
    left: list[bool] = []
    over = threading.Event()

    def end() -> None:
        """End the program before its input ends, which it would take for the end of what it is given."""
        over.set()
        left.append(not inner_end.end(client, container, made, mark))
        wire.hang_up(raw)

    try:
        with _given(raw, streams, end, over), _watched(streams, end) as given_up:
            tail = _taken(raw, streams)
    finally:
        with suppress(OSError):
            wire.let_go(raw)
    if given_up.is_set():
        code = "program-given-up.left" if any(left) and streams.given is not None else "program-given-up"
        raise DeploymentFailed(code, command=command[0])
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
def _given(raw: Any, streams: Streams, end: Callable[[], None], over: threading.Event) -> Iterator[None]:
    """Send the file beside the block, which reads what the program says to it meanwhile. Raises what the file did."""
    if streams.given is None:
        yield
        return
    failed: list[OSError] = []

    def send(path: Path) -> None:
        try:
            _send(raw, path, streams, over)
        except OSError as error:
            failed.append(error)
            # Half of it would be taken for the whole.
            end()

    sender = threading.Thread(target=send, args=(streams.given,), daemon=True)
    sender.start()
    try:
        yield
    except BaseException:
        end()
        raise
    finally:
        # Whoever no longer reads gets no more: a program may end before it has read all.
        wire.hang_up(raw)
        sender.join()
    if failed:
        raise failed[0]


def _send(raw: Any, path: Path, streams: Streams, over: threading.Event) -> None:
    line, passed = raw._sock, 0  # noqa: SLF001 - the SDK opens it for reading only
    with path.open("rb") as source:
        while (piece := source.read(_PIECE)) and not over.is_set():
            try:
                line.sendall(piece)
            except OSError:
                # It ended before it had read all: its exit status says why.
                return
            passed += len(piece)
            streams.told(passed)
    # Of one that is being ended the input has no end.
    if not over.is_set():
        with suppress(OSError):
            line.shutdown(socket.SHUT_WR)


@contextmanager
def _watched(streams: Streams, end: Callable[[], None]) -> Iterator[threading.Event]:
    """End it once somebody has given it up; the event says so."""
    over, given_up = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY):
            if streams.given_up():
                given_up.set()
                end()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield given_up
    finally:
        over.set()
        watcher.join()
