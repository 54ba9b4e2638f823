"""What a change of a whole application means for data, at the command line: told, and asked for where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import click

from buildsvc.doors.cli.remote.version_calls import Wish
from buildsvc.doors.cli.screen import in_words, line, may_ask, note
from buildsvc.model.version_views import DataView

Decorated = Callable[..., Any]

_without = click.option(
    "--without-backup",
    multiple=True,
    metavar="COMPONENT",
)
_restored = click.option(
    "--restored",
    multiple=True,
    metavar="COMPONENT",
)


def data_options(command: Decorated) -> Decorated:
    """Add the options by which components are named whose data is not kept, or seen to."""
    return _without(_restored(command))


def tell_data(data: DataView) -> None:
    """Say what is written out first, and from where on going back means restoring."""
    for one in data.written:
        if one.needs_yes:
            note(in_words("said.data-unsaved", component=one.component))
        else:
            line(in_words("said.data-written", component=one.component, command=one.command))
    for step in data.ahead:
        line(in_words("said.data-ahead", component=step.component, step=step.step, version=step.version))
    if data.irreversible:
        line(in_words("said.data-irreversible", components=data.irreversible))
    for step in data.behind:
        note(in_words("said.data-behind", component=step.component, step=step.step, version=step.version))
    for dump in data.dumps:
        note(in_words("said.data-restore", application=dump.application, component=dump.component, name=dump.name))


def data_asked(wish: Wish, data: DataView, *, as_json: bool) -> Wish:
    """Ask for the names of the components whose data is not kept, where somebody sits at the terminal; otherwise the
    service refuses, naming them.
    """
    if not may_ask(as_json=as_json):
        return wish
    unsaved = [one.component for one in data.written if one.needs_yes and one.component not in wish.without_backup]
    behind = [one.component for one in data.behind if one.component not in wish.restored]
    return replace(
        wish,
        without_backup=(*wish.without_backup, *_typed(unsaved, "said.type-unsaved")),
        restored=(*wish.restored, *_typed(dict.fromkeys(behind), "said.type-behind")),
    )


def _typed(names: Iterable[str], question: str) -> tuple[str, ...]:
    """Return those that were typed; another answer leaves the name out."""
    asked = ((name, click.prompt(in_words(question, component=name), default="", err=True)) for name in names)
    return tuple(name for name, answer in asked if answer == name)
