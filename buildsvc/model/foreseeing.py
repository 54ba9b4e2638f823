"""What is told of a jar before it is sent. Route, below `/api`: POST artifacts/foreseen -> Foreseen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from buildsvc.model.api import Problem


@dataclass(frozen=True)
class Foreseen:
    """What a jar says of itself, and whose it would be. `application` and `component` are empty where that is not sure;
    `problem` is the question then, or that it says it is another's. `asks` are names that its configuration needs a
    value of, `port` is where it listens (None: it does not say).
    """

    title: str
    version: str | None
    application: str = ""
    component: str = ""
    matched_by: str = ""
    asks: tuple[str, ...] = ()
    port: int | None = None
    problem: Problem | None = None

    def at(self, application: str, component: str, matched_by: str) -> Foreseen:
        """Say whose it would be."""
        return replace(self, application=application, component=component, matched_by=matched_by)
