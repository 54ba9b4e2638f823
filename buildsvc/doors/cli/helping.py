"""The help of commands and their options, out of the catalogue, read when it is asked for. Light to import.

A command's text is `help.` and its words, an option's is that and its longest name (`help.base.make.--java`); what
several commands share is said once, below `help.any` (`help.any.--json`). The program itself is `help.buildsvc`.
"""

from __future__ import annotations

import copy
import re
from typing import Final, TypeVar

import click

from buildpacks.sentences import catalogue
from buildsvc.settings.spoken import read_language

C = TypeVar("C", bound=click.Command)

PROGRAM: Final = ("buildsvc",)
_SENTENCE_ENDS = re.compile(r"(?<=\.)\s|(?<=。)|\n")


def words_of(context: click.Context) -> tuple[str, ...]:
    """Return the words of a command after the program's name; those of the program itself are PROGRAM."""
    words: list[str] = []
    while context.parent is not None:
        words.insert(0, context.info_name or "")
        context = context.parent
    return tuple(words) or PROGRAM


def help_of(words: tuple[str, ...], option: str = "", language: str | None = None) -> str:
    """Return the help of a command, or of one of its options, in a language (the user's by default); nothing where the
    catalogue has none.
    """
    spoken = language or read_language()
    keys = [".".join(("help", *words, option) if option else ("help", *words))]
    if option:
        keys.append(f"help.any.{option}")
    found = next((key for key in keys if catalogue.knows(key, spoken)), None)
    return catalogue.tell(found, {}, spoken).message if found else ""


def name_of(option: click.Parameter) -> str:
    """Return the longest name of an option, which is its key."""
    return max((*option.opts, *option.secondary_opts), key=len)


def with_help(command: C, context: click.Context, language: str | None = None) -> C:
    """Return a copy of a command that has its help, and so have its options; what the catalogue lacks stays."""
    words = words_of(context)
    told = copy.copy(command)
    told.help = help_of(words, language=language) or command.help
    told.params = [_with_help(one, words, language) for one in command.get_params(context)]
    told.add_help_option = False  # it is among the others now
    return told


def _with_help(parameter: click.Parameter, words: tuple[str, ...], language: str | None) -> click.Parameter:
    if not isinstance(parameter, click.Option):
        return parameter
    told = copy.copy(parameter)
    told.help = help_of(words, name_of(parameter), language) or parameter.help
    return told


def first_sentence(text: str) -> str:
    """Return how a text begins, for a list."""
    return _SENTENCE_ENDS.split(text, maxsplit=1)[0].strip()
