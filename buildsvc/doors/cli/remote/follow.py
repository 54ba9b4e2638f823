"""Following a deployment on the terminal: stages with their times, until it is live or has failed."""

from __future__ import annotations

from dataclasses import dataclass, field

import click

from buildpacks.errors import DeploymentFailed
from buildsvc.doors import words
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.listening import follow
from buildsvc.doors.cli.remote.shown_live import screen
from buildsvc.doors.cli.screen import dump_line, note
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import (
    BaseChosen,
    Event,
    Failed,
    Recorded,
    Settled,
    SwitchedBack,
    Warned,
    WentLive,
)
from buildsvc.model.waiting_events import ApprovalAwaited
from buildsvc.settings.spoken import read_language

WAITS = 4
"""The exit status of what is built and waits for somebody else's word."""


@dataclass
class Outcome:
    """What following has learned so far."""

    live: WentLive | None = None
    settled: bool = False
    base: BaseChosen | None = None
    failed: Failed | None = None
    switched_back: SwitchedBack | None = None
    warnings: list[Warned] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Remember what the last line will need."""
        match event:
            case WentLive():
                self.live = event
            case Settled():
                self.settled = True
            case BaseChosen():
                self.base = event
            case Failed():
                self.failed = event
            case SwitchedBack():
                self.switched_back = event
            case Warned():
                self.warnings.append(event)
            case _:
                pass


def follow_until(client: Client, deployment: Deployment, *, as_json: bool, soak: bool) -> Outcome:
    """Show a deployment until it is live (with `soak`: until it has settled). Raises DeploymentFailed, Unreachable.

    One that waits for somebody's word ends with 4. An interrupt detaches: it says how to follow again, and ends with 0,
    because nothing failed.
    """
    outcome = Outcome()
    try:
        with screen(as_json=as_json) as show:
            for item in follow(client, deployment.id):
                event = item.event if isinstance(item, Recorded) else item
                outcome.take(event)
                show.item(item)
                if isinstance(event, ApprovalAwaited):
                    _end_if_waiting(client, deployment)
                if outcome.failed or outcome.switched_back or outcome.settled or (outcome.live and not soak):
                    break
    except KeyboardInterrupt:
        note(f"Detached; the deployment goes on. Follow it with: buildsvc events {deployment.id} --follow")
        raise click.exceptions.Exit(0) from None
    _raise_if_failed(client, deployment, outcome)
    return outcome


def _end_if_waiting(client: Client, deployment: Deployment) -> None:
    """End with status 4 where it still waits for somebody: neither done nor failed. An older wait is told and over."""
    if client.deployment(deployment.id).phase.awaiting:
        note(f"Follow it: buildsvc events {deployment.id} --follow")
        raise click.exceptions.Exit(WAITS)


def see_through(client: Client, accepted: Accepted, *, detach: bool, as_json: bool, soak: bool) -> Outcome | None:
    """Say what was accepted, then show its deployment as `follow_until` does; None where nothing is to be followed."""
    if as_json:
        dump_line(accepted)
    else:
        note(accepted.message)
    if accepted.deployment is None or detach:
        return None
    return follow_until(client, accepted.deployment, as_json=as_json, soak=soak)


def _raise_if_failed(client: Client, deployment: Deployment, outcome: Outcome) -> None:
    language = read_language()
    if outcome.failed is not None:
        failed = outcome.failed
        failure = DeploymentFailed(
            failed.code, words.tell(failed, language), words.hint(failed, language), failed.log_tail
        )
        failure.variant, failure.values = failed.variant, failed.values
        raise failure
    if outcome.switched_back is not None:
        raise DeploymentFailed(
            "switched-back",
            words.tell(outcome.switched_back, language),
            f"buildsvc logs {deployment.application} {deployment.component} shows what it wrote.",
        )
    if outcome.live or outcome.settled:
        return
    now = client.deployment(deployment.id)
    if now.phase in {Phase.FAILED, Phase.CANCELLED, Phase.SWITCHED_BACK}:
        message = now.error_message or f"The deployment of {now.component or now.application} was {now.phase}."
        raise DeploymentFailed(now.error_code or str(now.phase), message, now.error_hint or "")


def closing_line(deployment: Deployment, outcome: Outcome) -> str:
    """Say the one line of truth that a deployment ends with."""
    thing = deployment.component or deployment.application
    if outcome.live is None:
        return f"{thing}: done."
    base = f" (Java {outcome.base.java} on {outcome.base.base})" if outcome.base else ""
    undo = f"buildsvc undo {deployment.application} {deployment.component}"
    return (
        f"{thing} is live as release {outcome.live.release} after {words.seconds(outcome.live.seconds)}{base}; "
        f"nothing else was touched. Undo: {undo}"
    )
