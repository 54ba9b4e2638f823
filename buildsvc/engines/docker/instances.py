"""What really runs: containers as instances, log lines, and the news that something changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from buildpacks.errors import Unreachable
from buildsvc.engines.docker import labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.remembered import Remembered
from buildsvc.engines.docker.wire import ours
from buildsvc.model.instance import Instance


def instances_of(client: EngineClient, known: Remembered, application: str | None) -> tuple[Instance, ...]:
    """See `Engine.instances`. Where a gateway does not run, none of its instances is active."""
    wanted: dict[str, str | None] = {labels.COMPONENT: None}
    if application is not None:
        wanted[labels.APPLICATION] = application
    found = known.instances(client, wanted)
    serving = {
        (one.application, one.component): known.slot(client, one.id)
        for one in found
        if one.role == "gateway" and one.state == "running"
    }
    rows = [
        replace(one, active=True)
        if one.role == "instance" and one.slot and serving.get((one.application, one.component)) == one.slot
        else one
        for one in found
    ]
    return tuple(sorted(rows, key=lambda i: (i.application, i.component, i.role, i.name)))


def changes(client: EngineClient, known: Remembered) -> Iterator[None]:
    """One None for each event of a container of ours that changes what `instances` says; ends with the engine."""
    telling = {"create", "start", "die", "stop", "destroy", "oom", "pause", "unpause", "rename", "update"}
    events = client.events({"type": "container", "label": labels.APPLICATION})
    known.listening(True)
    try:
        with ours():
            for event in events:
                known.hear(event)
                action = str(event.get("Action", ""))
                if action in telling or action.startswith("health_status"):
                    yield None
    except Unreachable:
        return
    finally:
        known.listening(False)


def lines(pieces: Iterator[bytes]) -> Iterator[str]:
    """Whole lines out of pieces of a log stream."""
    rest = b""
    for piece in pieces:
        *complete, rest = (rest + piece).split(b"\n")
        for line in complete:
            yield line.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace").rstrip("\r")
