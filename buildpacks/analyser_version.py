"""Which analyser this is, so that nobody takes what another one stated for its own facts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).parent
PARTS = ("analyse.py", "analysis.py", "archives", "classfile.py", "errors.py", "facts", "programs")
"""All that `analyse` is made of. What is decided afterwards (kinds, Java, layers) changes no fact."""
_LETTERS = 16
"""Of a SHA-256 in hex: nobody chooses them, and there are a handful in a site's life."""


def analyser_version(home: Path = HOME) -> str:
    """Return a digest of the analyser's source: it changes with whatever may change a fact, and nobody has to think of
    it.

    Ask when a process begins: later the files may be those of another version than the one that runs.
    """
    hashed = hashlib.sha256()
    for path in sources(home):
        data = path.read_bytes()
        hashed.update(f"{path.relative_to(home).as_posix()}\n{len(data)}\n".encode() + data)
    return hashed.hexdigest()[:_LETTERS]


def sources(home: Path = HOME) -> Iterator[Path]:
    """Give the files that the version is a digest of, in their order."""
    for part in PARTS:
        yield from sorted((home / part).rglob("*.py")) if (home / part).is_dir() else (home / part,)
