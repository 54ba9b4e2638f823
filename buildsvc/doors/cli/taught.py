"""A command whose `--help` ends with an example to copy, and never loses its line breaks."""

from __future__ import annotations

from typing import Any

import click


class Taught(click.Command):
    """`example` is one or more command lines, each on a line of its own."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the example last, where the eye ends."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")
