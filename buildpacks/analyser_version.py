"""Which analyser this is, so that nobody takes what another one stated for its own facts."""

from __future__ import annotations

import hashlib
from pathlib import Path

LETTERS = 16
"""Of a SHA-256 in hex: nobody chooses them, and there are a handful in a site's life."""


def analyser_version(home: Path = Path(__file__).parent) -> str:
    """A digest of the source and the data of `home`: it changes with whatever may change a fact, and needs no care.

    Ask when a process begins: later the files may be those of another version than the one that runs.
    """
    hashed = hashlib.sha256()
    for path in sorted(home.rglob("*")):
        if path.suffix in {".py", ".toml"}:
            data = path.read_bytes()
            hashed.update(f"{path.relative_to(home).as_posix()}\n{len(data)}\n".encode() + data)
    return hashed.hexdigest()[:LETTERS]
