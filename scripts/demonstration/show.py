"""How the demo speaks: short, aligned, coloured only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ
BOLD, DIM, GREEN, RED = "1", "2", "32", "31"


def paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURED else text


def say(name: str, text: str) -> None:
    """One line of the story: what, and what is true of it."""
    print(f"  {paint(f'{name:<12}', BOLD)} {text}", flush=True)


def title(text: str) -> None:
    print(f"\n{paint(text, BOLD)}\n", flush=True)


def typed(command: str) -> None:
    """A command as the reader would type it."""
    print(f"  {paint('$', DIM)} {command}", flush=True)


def stage(seconds: float, text: str) -> None:
    print(f"  {paint(f'{seconds:7.1f} s', DIM)}   {text}", flush=True)


@contextmanager
def timed(name: str) -> Iterator[list[str]]:
    """Says its lines, with the seconds it took, when the block ends well."""
    began = monotonic()
    lines: list[str] = []
    yield lines
    for number, line in enumerate(lines):
        took = paint(f"  ({monotonic() - began:.1f} s)", DIM) if number == len(lines) - 1 else ""
        say(name if number == 0 else "", line + took)
