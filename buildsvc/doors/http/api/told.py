"""An event as it leaves over HTTP: with its words."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from buildsvc.model.typed_event import TypedEvent


class Told(BaseModel):
    """A Recorded with its words. `stage` is the step reached with it; `number` is 0 where the event is passing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    at: datetime
    event: TypedEvent
    text: str
    hint: str = ""
    stage: str | None = None
