"""A program inside a container is ended from outside of it, which the engine itself has no call for.

It is known by a mark in its environment, which its children have too, or by its parent. All of them are stopped before
the first one is killed: otherwise the second of `gunzip | psql` would take the end of the first for the data's.
"""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from buildpacks.errors import Failure, NotFound
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.wire import ours

_VARIABLE = "STARTED_BY_BUILDSVC"
_END = r"""
found=" "
look() {
    for folder in /proc/[0-9]*; do
        number=${folder#/proc/}
        case "$found" in *" $number "*) continue ;; esac
        parent=$(sed -n "s/^PPid:[[:space:]]*//p" "$folder/status" 2>/dev/null)
        case "$found" in *" $parent "*) ;; *) grep -q "$1" "$folder/environ" 2>/dev/null || continue ;; esac
        found="$found$number "
        kill -STOP "$number" 2>/dev/null
    done
}
look "$1"; look "$1"; look "$1"
kill -KILL $found
"""
_WITHIN = 5.0
"""Seconds in which it is to be gone."""


def marked() -> dict[str, str]:
    """Give what a program is to have in its environment, so that it can be ended."""
    return {_VARIABLE: uuid.uuid4().hex}


def end(client: EngineClient, container: str, made: str, mark: dict[str, str]) -> bool:
    """End what was started as the exec `made` with this mark, in the container with this id; returns whether it is
    gone. Where this process sees the container's processes it needs nothing in there, otherwise a shell.
    """
    if _kill_from_host(client, container, made) and _gone(client, made, _WITHIN):
        return True
    # Root may lack the capability to end what another user runs; then that user may.
    for user, seconds in (("0", 1.0), ("", _WITHIN)):
        with suppress(Failure):
            client.run(container, ("sh", "-c", _END, "sh", f"{_VARIABLE}={mark[_VARIABLE]}"), user, _WITHIN)
        if _gone(client, made, seconds):
            return True
    return False


def _gone(client: EngineClient, made: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while True:
        if not _inspected(client, made).get("Running", True):
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.1)


def _kill_from_host(client: EngineClient, container: str, made: str) -> bool:
    first = int(str(_inspected(client, made).get("Pid") or 0))
    try:
        # A number of another machine's, or of another namespace's, is somebody else here.
        if first <= 1 or container not in Path(f"/proc/{first}/cgroup").read_text():
            return False
        os.kill(first, signal.SIGSTOP)
    except OSError:
        return False
    every = [first]
    for number in every:
        with suppress(OSError):
            os.kill(number, signal.SIGSTOP)
            every += [child for child in _children(number) if child not in every]
    for number in every:
        with suppress(OSError):
            os.kill(number, signal.SIGKILL)
    return True


def _children(number: int) -> Iterator[int]:
    for path in Path(f"/proc/{number}/task").glob("*/children"):
        yield from map(int, path.read_text().split())


def _inspected(client: EngineClient, made: str) -> dict[str, object]:
    try:
        with ours():
            return dict(client.api.exec_inspect(made))
    except NotFound:
        return {"Running": False}
    except Failure:
        return {}
