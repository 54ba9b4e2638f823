"""What the command line shows: one place for plain lines, JSON, and errors with their hints. Light to import."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

import click

from buildpacks.errors import Failure, no_room
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import plain
from buildpacks.sentences.wording import in_language
from buildsvc.doors.cli.decoding import spell
from buildsvc.settings.spoken import read_language

P = ParamSpec("P")
T = TypeVar("T")

json_option = click.option("--json", "as_json", is_flag=True)


_UNITS = (("said.days", 86400), ("said.hours", 3600), ("said.minutes", 60))


def in_words(key: str, /, **values: Any) -> str:
    """Tell a sentence of the catalogue, by its key and values, in the user's language."""
    return catalogue.tell(key, plain(values), read_language()).message


def line(text: str) -> None:
    """Print one plain line at once: whoever reads a pipe sees it when it happens."""
    click.echo(text)
    sys.stdout.flush()


def note(text: str) -> None:
    """Print something for people that is no result: to standard error, in the user's language where it knows how."""
    click.echo(in_language(text, read_language()), err=True)


def dump(value: Any) -> None:
    """Print a model, a frozen dataclass, or a list of them as JSON."""
    click.echo(spell(value, indent=2))


def dump_line(value: Any) -> None:
    """Print one JSON object on a line of its own."""
    line(spell(value))


def ago(moment: datetime | None) -> str:
    """Say how long something has been, in the largest unit that says enough; `-` for None."""
    if moment is None:
        return "-"
    seconds = max(0.0, (datetime.now(UTC) - moment).total_seconds())
    unit, length = next((one for one in _UNITS if seconds >= 2 * one[1]), ("said.seconds", 1))
    return in_words(unit, count=f"{seconds / length:.0f}")


def since(moment: datetime | None, *, pruned: bool = False) -> str:
    """Say how long ago something was; never for None. `pruned` is said with it."""
    if moment is None:
        return in_words("said.never")
    return in_words("said.since", time=ago(moment), pruned=pruned)


def may_ask(*, as_json: bool) -> bool:
    """Whether somebody sits at the terminal who can be asked; a program, which reads JSON, is asked nothing."""
    return not as_json and os.isatty(sys.stdin.fileno())


def require_yes(question: str) -> None:
    """Ask whoever sits at the terminal, and take anything but a yes for a no. Raises click.Abort then."""
    asked = in_words("said.yes-or-no", question=question)
    click.confirm(asked, abort=True, err=True, show_default=False, prompt_suffix=" ")


def show_failure(failure: Failure, *, as_json: bool) -> None:
    """Tell a failure in the user's language: a sentence and a hint to standard error, or a problem document to
    standard output.
    """
    told = failure.told(read_language())
    if as_json:
        problem = {
            "type": "about:blank",
            "title": type(failure).__name__,
            "status": failure.http_status,
            "detail": told.message,
            "code": failure.code,
            "hint": told.hint,
            "variant": failure.variant,
            "values": failure.values,
        }
        line(json.dumps(problem, ensure_ascii=False))
        return
    note(f"{click.style(in_words('said.error-label'), fg='red', bold=True)} {told.message}")
    if told.hint:
        note(f"{click.style(in_words('said.hint-label'), fg='cyan')} {told.hint}")


def failures_end_it(command: Callable[P, T]) -> Callable[P, T]:
    """Make a command end with a failure's exit status and words instead of a traceback."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Failure as failure:
            show_failure(failure, as_json=bool(kwargs.get("as_json")))
            raise click.exceptions.Exit(failure.exit_status) from failure
        except OSError as error:
            full = no_room(error)
            if full is None:
                raise
            show_failure(full, as_json=bool(kwargs.get("as_json")))
            raise click.exceptions.Exit(full.exit_status) from error

    return guarded
