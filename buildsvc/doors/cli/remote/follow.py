"""Following a deployment on the terminal: stages with their times, until it is live or has failed."""

from __future__ import annotations

from dataclasses import dataclass, field

import click

from buildpacks.errors import DeploymentFailed
from buildpacks.sentences.values import sentence
from buildsvc.doors import words
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.listening import follow
from buildsvc.doors.cli.remote.shown_live import screen
from buildsvc.doors.cli.screen import dump_line, in_words, note
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
from buildsvc.model.raised import failure_of
from buildsvc.model.waiting_events import ApprovalAwaited, WindowAwaited

detach_option = click.option("--detach", is_flag=True)
WAITS = 4
"""The exit status of what is accepted and waits, for somebody else's word or for a window."""


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

    One that waits for somebody's word or a window ends with 4. An interrupt detaches: it says how to follow again, and
    ends with 0, because nothing failed.
    """
    outcome = Outcome()
    try:
        with screen(as_json=as_json) as show:
            for item in follow(client, deployment.id):
                event = item.event if isinstance(item, Recorded) else item
                outcome.take(event)
                show.item(item)
                if isinstance(event, ApprovalAwaited | WindowAwaited):
                    _end_if_waiting(client, deployment)
                if outcome.failed or outcome.switched_back or outcome.settled or (outcome.live and not soak):
                    break
    except KeyboardInterrupt:
        note(in_words("said.detached", deployment=deployment.id))
        raise click.exceptions.Exit(0) from None
    _raise_if_failed(client, deployment, outcome)
    return outcome


def _end_if_waiting(client: Client, deployment: Deployment) -> None:
    """End with status 4 where it still waits for somebody: neither done nor failed. An older wait is told and over."""
    if client.deployment(deployment.id).phase.awaiting:
        note(in_words("said.follow-it", deployment=deployment.id))
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
    if outcome.failed is not None:
        raise failure_of(outcome.failed)
    application, component = deployment.application, deployment.component
    if outcome.switched_back is not None:
        said = words.as_value(outcome.switched_back)
        raise DeploymentFailed("switched-back", said=said, application=application, component=component)
    if outcome.live or outcome.settled:
        return
    now = client.deployment(deployment.id)
    if now.phase in {Phase.FAILED, Phase.CANCELLED, Phase.SWITCHED_BACK}:
        if now.error_message:
            raise failure_of(Failed(now.error_code or str(now.phase), now.error_message, now.error_hint or ""))
        phase = sentence(f"phase.{now.phase}")
        thing = now.component or now.application
        raise DeploymentFailed(f"{now.phase}.ended-otherwise", thing=thing, phase=phase, deployment=now.id)


def closing_line(deployment: Deployment, outcome: Outcome) -> str:
    """Say the one line of truth that a deployment ends with."""
    thing = deployment.component or deployment.application
    if outcome.live is None:
        return in_words("said.done", thing=thing)
    return in_words(
        "said.live",
        thing=thing,
        release=outcome.live.release,
        seconds=outcome.live.seconds,
        java=outcome.base.java if outcome.base else "",
        base=outcome.base.base if outcome.base else "",
        application=deployment.application,
        component=deployment.component or "",
    )
