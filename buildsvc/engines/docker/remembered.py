"""What the engine said of our containers, asked again only when it may have changed.

A look at a site of sixty components is more than a hundred questions, and the engine gives reason for several looks a
second while something is swapped; to read a file in a container costs it a tenth of a second besides. So while somebody
listens to the engine's events an answer is kept until an event of that container says that it may be another, and for a
minute at most; without a listener nothing is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from buildsvc.engines.docker import gateways, inspected
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.gateway import protocol
from buildsvc.model.instance import Instance

_Answer = TypeVar("_Answer")
_WRITING = ("extract-to-dir", "exec_die", "start", "destroy")
"""Events after which a gateway's configuration may be another: `GatewayClient.write` ends the session that wrote it, or
copies a file in and then runs a program there that renames it.
"""
_BEGINS = "exec_create"
_ENDS = "exec_die"
_FILES = ("archive-path", "extract-to-dir")
"""Events of files; of what is inspected only the state of the container is read."""
_KEPT = 60.0
"""Seconds; an event that was lost must not be believed in for ever."""


class _Kept(Generic[_Answer]):
    """Answers to one question, by container."""

    def __init__(self, lock: threading.Lock) -> None:
        self._answers: dict[str, tuple[_Answer, float]] = {}
        self._told = 0
        self._lock = lock
        self.keeping = False

    def get(self, container: str, ask: Callable[[], _Answer]) -> _Answer:
        with self._lock:
            known = self._answers.get(container)
            if known is not None and time.monotonic() < known[1]:
                return known[0]
            told = self._told
        found = ask()
        with self._lock:
            # An event in between may have been about what was just read.
            if self.keeping and told == self._told:
                self._answers[container] = found, time.monotonic() + _KEPT
        return found

    def drop(self, container: str) -> None:
        """Under the lock."""
        self._told += 1
        self._answers.pop(container, None)

    def clear(self, *, keeping: bool) -> None:
        """Under the lock."""
        self._told += 1
        self.keeping = keeping
        self._answers.clear()


class Remembered:
    """May be asked by one thread while another one listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: _Kept[str | None] = _Kept(self._lock)
        self._instances: _Kept[Instance | None] = _Kept(self._lock)
        self._harmless: set[str] = set()

    def listening(self, now: bool) -> None:
        """Whether events arrive from here on; what was kept before may be wrong in either case."""
        with self._lock:
            self._slots.clear(keeping=now)
            self._instances.clear(keeping=now)
            self._harmless.clear()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in an event of a container of ours."""
        action, _, command = str(event.get("Action", "")).partition(": ")
        actor = event.get("Actor", {})
        container = str(actor.get("ID", ""))
        execution = str(actor.get("Attributes", {}).get("execID", ""))
        with self._lock:
            # Only the first event of a program names it, and only the last one says that it is over.
            if action == _BEGINS and execution and not protocol.may_write(command):
                self._harmless.add(execution)
            elif action == _ENDS and execution in self._harmless:
                self._harmless.discard(execution)
            elif action in _WRITING:
                self._slots.drop(container)
            if not action.startswith("exec_") and action not in _FILES:
                self._instances.drop(container)

    def slot(self, client: EngineClient, container: str) -> str | None:
        """Return the slot that this gateway's configuration enables."""
        return self._slots.get(container, lambda: gateways.configured(client, container))

    def instances(self, client: EngineClient, labels: Mapping[str, str | None]) -> list[Instance]:
        """Return every container with these labels (value None: any), ended ones included; none of them marked as
        active.
        """
        found = [self._instances.get(one, partial(_instance, client, one)) for one in client.ids(labels)]
        return [one for one in found if one is not None]


def _instance(client: EngineClient, container: str) -> Instance | None:
    found = client.inspect(container)
    return inspected.instance(found, active=False) if found else None
