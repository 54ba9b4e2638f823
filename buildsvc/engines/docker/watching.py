"""Whether image components that were just made stay up: one that ends with an error was not applied."""

from __future__ import annotations

import time

from buildsvc.engines.base import Fallen
from buildsvc.engines.docker import attaching
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.model.application import Application

SEEN_FOR = 5.0
"""Seconds; what a wrong configuration ends, ends sooner."""
_STEP = 0.25
_TAIL = 20
_OFTEN = 3


def watch(client: EngineClient, application: Application, components: frozenset[str]) -> tuple[Fallen, ...]:
    """Return those that ended with an error, or end again and again, within some seconds."""
    watched = {
        container: component.name
        for container, component in attaching.image_containers(application).items()
        if component.name in components
    }
    found: dict[str, Fallen] = {}
    until = time.monotonic() + SEEN_FOR
    while watched and len(found) < len(watched):
        for container, name in watched.items():
            fallen = _fallen(client, container, name) if container not in found else None
            if fallen is not None:
                found[container] = fallen
        if time.monotonic() >= until:
            break
        time.sleep(_STEP)
    return tuple(found[key] for key in sorted(found))


def _fallen(client: EngineClient, container: str, component: str) -> Fallen | None:
    seen = client.inspect(container)
    if seen is None:
        return None
    state = seen["State"]
    ended = state["Status"] in {"exited", "dead"} and state["ExitCode"] != 0
    # One that waits for a database that is not ready yet may end once or twice.
    again = int(seen.get("RestartCount") or 0) >= _OFTEN
    if not ended and not again:
        return None
    return Fallen(component, int(state["ExitCode"]), tuple(client.tail(container, _TAIL)))
