"""Paths as a Compose file writes them: which are relative, and what they are from another folder. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath


def portable(text: str) -> str:
    """Spell a path with slashes, as every machine reads it."""
    return text.replace("\\", "/")


def is_absolute(text: str) -> bool:
    """Tell whether a path names a place of one machine: from the root, a home or a drive."""
    spelled = portable(text)
    return spelled.startswith(("/", "~")) or spelled[1:3] == ":/"


def parts_below(folder: str, path: str) -> list[str]:
    """Return the parts of a path that is written in `folder`, `..` taken back by hand: a link is not followed."""
    parts: list[str] = []
    for part in (*PurePosixPath(folder).parts, *PurePosixPath(portable(path)).parts):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return parts
