"""Commands and groups whose `--help` comes out of the catalogue, and ends with an example to copy."""

from __future__ import annotations

from gettext import gettext
from typing import Any

import click

from buildsvc.doors.cli.helping import first_sentence, help_of, with_help, words_of
from buildsvc.doors.cli.paragraphs import Paragraphs
from buildsvc.doors.cli.screen import in_words


class _Context(click.Context):
    formatter_class = Paragraphs


class Explained(click.Command):
    """A command that looks its help up when it is asked for it."""

    context_class = _Context

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the help in the user's language."""
        click.Command.format_help(with_help(self, ctx), ctx, formatter)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Give the pieces of the usage line; names of arguments are the same in every language."""
        return [gettext(piece) for piece in super().collect_usage_pieces(ctx)]


class Taught(Explained):
    """`example` is one or more command lines, each on a line of its own."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the example last, where the eye ends, and never lose its line breaks."""
        super().format_epilog(ctx, formatter)
        with formatter.section(in_words("said.help-example")):
            for line in self.example.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Family(Explained, click.Group):
    """A group of commands that lists each with the first sentence of its help."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands."""
        words = words_of(ctx)
        with formatter.section(in_words("said.help-commands")):
            formatter.write_dl([(name, first_sentence(help_of((*words, name)))) for name in self.list_commands(ctx)])
