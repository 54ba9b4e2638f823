"""Adoptions as their clients see them: one method a route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from buildsvc.doors.cli.remote.asking import Asking, Progress, as_tar
from buildsvc.model.api import Accepted


@dataclass(frozen=True)
class Adopting:
    """Which project, under which name (None: its own), with which further jar components."""

    project: str
    name: str | None = None
    jars: Sequence[str] = ()

    def query(self, *, plan: bool) -> dict[str, str | None]:
        """Spell it as the route reads it."""
        jars = ",".join(self.jars) or None
        return {"project": self.project, "name": self.name, "jars": jars, "plan": "true" if plan else None}


class AdoptionCalls(Asking):
    """What a client can ask about what runs under Compose."""

    def read_project(self, what: Adopting) -> Accepted:
        """Ask what the labels of a running project say; nothing changes."""
        return self.decode(Accepted, self.call("POST", "adoptions", params=what.query(plan=True)))

    def adopt(self, what: Adopting, stream: IO[bytes], filename: str, progress: Progress, *, plan: bool) -> Accepted:
        """Take it over, or (`plan`) only ask what would be; `stream` is the tar of its Compose file."""
        return self.send("POST", "adoptions", {**what.query(plan=plan), "file": filename}, as_tar(stream, progress))
