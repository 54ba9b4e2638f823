"""What a deployment did, for those who accept it: out of its row, its journal, its events and its release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from buildsvc.model.answer_times import AnswerTimes
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Recorded
from buildsvc.model.evidence import BesideContainer


@dataclass(frozen=True)
class PassedTraffic:
    """What passed the gateway between two steps, by its own counters; `held` requests waited for the switch."""

    since: str
    until: str
    requests: int
    failed: int
    retried: int
    held: int = 0


@dataclass(frozen=True)
class StepTime:
    name: str
    at: datetime | None
    seconds: float
    """Since the deployment was created."""


@dataclass(frozen=True)
class Untouched:
    """One container beside the component, before and after; `same` says whether it is the same, started at the same
    moment, and is None as long as nobody looked afterwards.
    """

    before: BesideContainer
    same: bool | None


@dataclass(frozen=True)
class Report:
    deployment: Deployment
    filename: str
    digests: tuple[tuple[str, str], ...]
    """Pairs of what (artifact, image, base) and its digest."""
    steps: tuple[StepTime, ...]
    traffic: tuple[PassedTraffic, ...]
    untouched: tuple[Untouched, ...]
    events: tuple[Recorded, ...]
    answers: tuple[AnswerTimes, ...] = ()
    parts: tuple[Deployment, ...] = ()
    """The deployments that a change of the whole is made of."""
