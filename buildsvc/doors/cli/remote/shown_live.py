"""What a terminal shows while something goes on: events as they come, what is waited for, how far an upload is.

The animated part is rich's, and is loaded only where standard output, or standard error, is a terminal.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import click

from buildsvc.doors import words
from buildsvc.doors.cli.screen import dump_line, in_words, line
from buildsvc.model.events import Event, Failed, LogLine, Recorded, Warned
from buildsvc.settings.spoken import read_language

_WAITING = frozenset({"received", "analysed", "base", "built", "loaded", "started", "healthy", "switched"})
"""Stages behind which something of its own is waited for."""


class _Screen:
    """How events are shown. Plain lines; a terminal adds what is being waited for (`waiting`, rich's status), and says
    itself how a line is printed above that.
    """

    def __init__(self, waiting: Any = None, say: Callable[[str], None] = line) -> None:
        self._waiting = waiting
        self._line = say
        self._began = time.monotonic()
        self._language = read_language()

    def item(self, item: Recorded | Event) -> None:
        event = item.event if isinstance(item, Recorded) else item
        if isinstance(event, LogLine):
            self._line(_dim(f"{'':11}| {event.text}"))
            return
        colour = "red" if isinstance(event, Failed) else "yellow" if isinstance(event, Warned) else None
        self._line(
            _dim(f"{time.monotonic() - self._began:7.1f} s  ")
            + click.style(words.tell(event, self._language), fg=colour)
        )
        if isinstance(event, Warned) and event.hint:
            self._line(f"{'':11}{click.style(words.hint(event, self._language), fg='cyan')}")
        if isinstance(event, Failed):
            for text in event.log_tail:
                self._line(_dim(f"{'':11}| {text}"))
        reached = words.stage(event)
        if reached:
            self._wait_for(in_words(f"said.waiting-{reached}" if reached in _WAITING else "said.waiting-other"))

    def _wait_for(self, text: str) -> None:
        if self._waiting is not None:
            markup = importlib.import_module("rich.markup")
            self._waiting.update(f"{markup.escape(text)} … [dim]({in_words('said.waiting-detaches')})[/dim]")


def _dim(text: str) -> str:
    return click.style(text, dim=True)


class _JsonScreen(_Screen):
    """One JSON object a line, exactly as the service sent it."""

    def item(self, item: Recorded | Event) -> None:
        dump_line(item)


@contextmanager
def screen(*, as_json: bool) -> Iterator[_Screen]:
    """Give what shows a deployment's events until the block ends."""
    if as_json:
        yield _JsonScreen()
    elif not sys.stdout.isatty():
        yield _Screen()
    else:
        out = importlib.import_module("rich.console").Console(highlight=False, soft_wrap=True)
        with out.status(f"{in_words('said.waiting-received')} …") as status:
            from_ansi = importlib.import_module("rich.text").Text.from_ansi
            yield _Screen(status, lambda text: out.print(from_ansi(text)))


class UploadProgress:
    """The upload's display: a bar on a terminal, nothing in a pipe. Call it with bytes sent and the size."""

    def __init__(self, name: str, *, quiet: bool) -> None:
        self._name = name
        self._bar = None if quiet or not sys.stderr.isatty() else _bar()
        self._task: Any = None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, sent: int, size: int) -> None:
        if self._bar is None:
            return
        if self._task is None:
            escape = importlib.import_module("rich.markup").escape
            self._task = self._bar.add_task(escape(in_words("said.waiting-uploading", name=self._name)), total=size)
        self._bar.update(self._task, completed=sent)


def _bar() -> Any:
    progress = importlib.import_module("rich.progress")
    console = importlib.import_module("rich.console")
    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        console=console.Console(stderr=True),
        transient=True,
    )
