"""Following a deployment on the terminal: stages with their times, until it is live or has failed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.status import Status

from buildpacks.errors import DeploymentFailed
from buildsvc.doors import words
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.listening import follow
from buildsvc.doors.cli.screen import dump_line, note
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import (
    BaseChosen,
    Event,
    Failed,
    LogLine,
    Recorded,
    Settled,
    SwitchedBack,
    Warned,
    WentLive,
)
from buildsvc.model.events import Progress as StageProgress

_WAITING_FOR = {
    "received": "waiting for a worker",
    "analysed": "choosing a base image",
    "base": "writing the new layers",
    "built": "sending them to the engine",
    "loaded": "starting the new instance",
    "started": "waiting until it is healthy",
    "healthy": "switching",
    "switched": "switched",
}


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

    An interrupt detaches: it says how to follow again, and ends with 0, because nothing failed.
    """
    outcome = Outcome()
    try:
        with _screen(as_json=as_json) as show:
            for item in follow(client, deployment.id):
                event = item.event if isinstance(item, Recorded) else item
                outcome.take(event)
                show.item(item)
                if outcome.failed or outcome.switched_back or outcome.settled or (outcome.live and not soak):
                    break
    except KeyboardInterrupt:
        note(f"Detached; the deployment goes on. Follow it with: buildsvc events {deployment.id} --follow")
        raise click.exceptions.Exit(0) from None
    _raise_if_failed(client, deployment, outcome)
    return outcome


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
        failed = outcome.failed
        raise DeploymentFailed(failed.code, failed.message, failed.hint, failed.log_tail)
    if outcome.switched_back is not None:
        raise DeploymentFailed(
            "switched-back",
            words.tell(outcome.switched_back),
            f"buildsvc logs {deployment.application} {deployment.component} shows what it wrote.",
        )
    if outcome.live or outcome.settled:
        return
    now = client.deployment(deployment.id)
    if now.phase in {Phase.FAILED, Phase.CANCELLED, Phase.SWITCHED_BACK}:
        message = now.error_message or f"The deployment of {now.component or now.application} was {now.phase}."
        raise DeploymentFailed(now.error_code or str(now.phase), message, now.error_hint or "")


class _Screen:
    """How events are shown. Plain lines; a terminal adds what is being waited for."""

    def __init__(self, status: Status | None, out: Console) -> None:
        self._status = status
        self._out = out
        self._began = time.monotonic()

    def item(self, item: Recorded | Event) -> None:
        event = item.event if isinstance(item, Recorded) else item
        if isinstance(event, StageProgress):
            self._wait_for(words.tell(event))
            return
        stamp = f"{time.monotonic() - self._began:7.1f} s  "
        if isinstance(event, LogLine):
            self._out.print(f"[dim]{'':11}| {escape(event.text)}[/dim]")
            return
        colour = "red" if isinstance(event, Failed) else "yellow" if isinstance(event, Warned) else ""
        text = escape(words.tell(event))
        self._out.print(f"[dim]{stamp}[/dim]" + (f"[{colour}]{text}[/{colour}]" if colour else text))
        if isinstance(event, Warned) and event.hint:
            self._out.print(f"{'':11}[cyan]{escape(event.hint)}[/cyan]")
        if isinstance(event, Failed):
            for text in event.log_tail:
                self._out.print(f"[dim]{'':11}| {escape(text)}[/dim]")
        reached = words.stage(event)
        if reached:
            self._wait_for(_WAITING_FOR.get(reached, "working"))

    def _wait_for(self, text: str) -> None:
        if self._status is not None:
            self._status.update(f"{escape(text)} … [dim](Ctrl-C detaches)[/dim]")


class _JsonScreen(_Screen):
    """One JSON object a line, exactly as the service sent it."""

    def item(self, item: Recorded | Event) -> None:
        dump_line(item)


@contextmanager
def _screen(*, as_json: bool) -> Iterator[_Screen]:
    out = Console(highlight=False, soft_wrap=True)
    if as_json:
        yield _JsonScreen(None, out)
    elif not out.is_terminal:
        yield _Screen(None, out)
    else:
        with out.status("waiting for a worker …") as status:
            yield _Screen(status, out)


class UploadProgress:
    """The upload's display: a bar on a terminal, nothing in a pipe. Call it with bytes sent and the size."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        out = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=out,
            disable=quiet or not out.is_terminal,
            transient=True,
        )
        self._name = name
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, sent: int, size: int) -> None:
        if self._task is None:
            self._task = self._bar.add_task(f"Uploading {escape(self._name)}", total=size)
        self._bar.update(self._task, completed=sent)


def closing_line(deployment: Deployment, outcome: Outcome) -> str:
    """Say the one line of truth that a deployment ends with."""
    thing = deployment.component or deployment.application
    if outcome.live is None:
        return f"{thing}: done."
    base = f" (Java {outcome.base.java} on {outcome.base.base})" if outcome.base else ""
    undo = f"buildsvc rollback {deployment.application} {deployment.component}"
    return (
        f"{thing} is live as release {outcome.live.release} after {words.seconds(outcome.live.seconds)}{base}; "
        f"nothing else was touched. Undo: {undo}"
    )
