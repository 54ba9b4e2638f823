"""Rows of events: numbered per deployment without a gap, whichever transaction they are written in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from buildsvc.model.events import Event, LogLine, Recorded
from buildsvc.store import tables as t
from buildsvc.store.ledger.codec import dump_event

e = t.events.c


def add_event(connection: Connection, deployment_id: str, event: Event, now: datetime) -> Recorded:
    """Store the next event of a deployment. Passing events are never stored: giving one here is a defect."""
    if isinstance(event, LogLine):
        raise TypeError(f"'{event.kind}' events travel through the feed and are not stored")
    newest = connection.execute(select(func.max(e.number)).where(e.deployment == deployment_id)).scalar_one()
    number = (newest or 0) + 1
    row = {"deployment": deployment_id, "number": number, "at": now, "event": dump_event(event)}
    connection.execute(t.events.insert().values(**row))
    return Recorded(number, now, event)
