"""An event as pydantic reads and writes it: by its kind, without trying the others. For the server's half alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from buildsvc.model.events import Event

TypedEvent = Annotated[Event, Field(discriminator="kind")]
EVENTS: TypeAdapter[Event] = TypeAdapter(TypedEvent)
