"""What whoever may look sees of a command line: the program alone, for what it is given may be a password."""

from __future__ import annotations

from collections.abc import Sequence


def shown_command(argv: Sequence[str]) -> str:
    """Return the program, and a sign where it is given anything."""
    return f"{argv[0]} …" if len(argv) > 1 else "".join(argv)
