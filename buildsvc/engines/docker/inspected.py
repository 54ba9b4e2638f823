"""A container of ours as the engine inspects it, read as an instance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from buildsvc.engines.docker import labels
from buildsvc.model.instance import Instance, State

NEVER = "0001-01-01"
_STATES: dict[str, State] = {"removing": "dead"}
InstanceRole = Literal["instance", "gateway", "image"]
Health = Literal["healthy", "unhealthy", "starting"]


def moment(text: str) -> datetime | None:
    """Read an engine's time stamp: RFC 3339 with nanoseconds; year 1 means never."""
    if not text or text.startswith(NEVER):
        return None
    seconds, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}.{fraction[:6].ljust(6, '0')}").replace(tzinfo=UTC)


def state_of(found: Mapping[str, Any]) -> State:
    status = found["State"]["Status"]
    return _STATES.get(status, cast("State", status))


def exit_code(found: Mapping[str, Any]) -> int | None:
    """Read how a container ended; None for one that runs, or never did."""
    state = found["State"]
    return None if state["Running"] or state["Status"] == "created" else state["ExitCode"]


def instance(found: Mapping[str, Any], *, active: bool, marks: Mapping[str, str] | None = None) -> Instance:
    """One container of ours, read; `marks` stand for the labels of one that was adopted."""
    marks = found["Config"]["Labels"] if marks is None else marks
    state = found["State"]
    release = marks.get(labels.RELEASE, "")
    health = state.get("Health", {}).get("Status")
    return Instance(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        application=marks[labels.APPLICATION],
        component=marks[labels.COMPONENT],
        role=cast("InstanceRole", marks[labels.ROLE]),
        state=state_of(found),
        image=found["Config"]["Image"],
        started=moment(state.get("StartedAt", "")),
        slot=marks.get(labels.SLOT),
        release=int(release) if release.isdigit() else None,
        deployment=marks.get(labels.DEPLOYMENT),
        exit_code=exit_code(found),
        restarts=found.get("RestartCount", 0),
        health=cast("Health", health) if health in {"healthy", "unhealthy", "starting"} else None,
        active=active,
    )
