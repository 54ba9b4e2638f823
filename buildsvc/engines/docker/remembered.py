"""Which slot each gateway's configuration enables, read again only when it may have changed.

To read a file in a container costs the engine a tenth of a second, and a site with ten components would ask for ten of
them every few seconds. So while somebody listens to the engine's events an answer is kept until an event of that
gateway says that its files or its process changed, and for a minute at most; without a listener nothing is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from buildsvc.engines.docker import gateways
from buildsvc.engines.docker.client import Client

_WRITING = ("extract-to-dir", "exec_die", "start", "destroy")
"""Events after which a gateway's configuration may be another: `gateways.Door.write` copies a file in and then runs a
program there that renames it.
"""
_KEPT = 60.0
"""Seconds; an event that was lost must not be believed in for ever."""


class ConfiguredSlots:
    """May be asked by one thread while another one listens."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str | None, float]] = {}
        self._listening = False
        self._told = 0
        self._lock = threading.Lock()

    def listening(self, now: bool) -> None:
        """Whether events arrive from here on; what was kept before may be wrong in either case."""
        with self._lock:
            self._listening = now
            self._known.clear()

    def hear(self, event: Mapping[str, Any]) -> None:
        """An event of a container of ours."""
        action = str(event.get("Action", "")).partition(":")[0]
        if action in _WRITING:
            with self._lock:
                self._told += 1
                self._known.pop(str(event.get("Actor", {}).get("ID", "")), None)

    def of(self, client: Client, container: str) -> str | None:
        """The slot that this gateway's configuration enables."""
        with self._lock:
            known, until = self._known.get(container, (None, 0.0))
            if time.monotonic() < until:
                return known
            told = self._told
        found = gateways.configured(client, container)
        with self._lock:
            # An event in between may have been about what was just read.
            if self._listening and told == self._told:
                self._known[container] = found, time.monotonic() + _KEPT
        return found
