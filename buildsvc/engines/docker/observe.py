"""What really runs: containers as instances, log lines, and the news that something changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from buildpacks.errors import Unreachable
from buildsvc.engines.docker import labels
from buildsvc.engines.docker.client import Client
from buildsvc.engines.docker.remembered import Remembered
from buildsvc.engines.docker.wire import ours
from buildsvc.model.instance import Instance, State

NEVER = "0001-01-01"
_STATES: dict[str, State] = {"removing": "dead"}
Health = Literal["healthy", "unhealthy", "starting"]


def moment(text: str) -> datetime | None:
    """An engine's time stamp: RFC 3339 with nanoseconds; year 1 means never."""
    if not text or text.startswith(NEVER):
        return None
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6].ljust(6, '0')}").replace(tzinfo=UTC)


def instance(found: Mapping[str, Any], *, active: bool) -> Instance:
    """One container of ours, read."""
    marks = found["Config"]["Labels"]
    state = found["State"]
    status = state["Status"]
    release = marks.get(labels.RELEASE, "")
    health = state.get("Health", {}).get("Status")
    return Instance(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        application=marks[labels.APPLICATION],
        component=marks[labels.COMPONENT],
        role=marks[labels.ROLE],
        state=_STATES.get(status, cast("State", status)),
        image=found["Config"]["Image"],
        started=moment(state.get("StartedAt", "")),
        slot=marks.get(labels.SLOT),
        release=int(release) if release.isdigit() else None,
        deployment=marks.get(labels.DEPLOYMENT),
        exit_code=None if state["Running"] or status == "created" else state["ExitCode"],
        restarts=found.get("RestartCount", 0),
        health=cast("Health", health) if health in {"healthy", "unhealthy", "starting"} else None,
        active=active,
    )


def instances(client: Client, known: Remembered, application: str | None) -> tuple[Instance, ...]:
    """See `Engine.instances`. Where a gateway does not run, none of its instances is active."""
    wanted: dict[str, str | None] = {labels.COMPONENT: None}
    if application is not None:
        wanted[labels.APPLICATION] = application
    found = known.containers(client, wanted)
    serving: dict[tuple[str, str], str | None] = {}
    for one in found:
        marks = one["Config"]["Labels"]
        if marks[labels.ROLE] == "gateway" and one["State"]["Running"]:
            serving[marks[labels.APPLICATION], marks[labels.COMPONENT]] = known.slot(client, one["Id"])
    rows = []
    for one in found:
        marks = one["Config"]["Labels"]
        slot = serving.get((marks[labels.APPLICATION], marks[labels.COMPONENT]))
        active = marks[labels.ROLE] == "instance" and slot is not None and marks.get(labels.SLOT) == slot
        rows.append(instance(one, active=active))
    return tuple(sorted(rows, key=lambda i: (i.application, i.component, i.role, i.name)))


def changes(client: Client, known: Remembered) -> Iterator[None]:
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
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace").rstrip("\r")
