"""One uploaded jar, war or app zip, named by its SHA-256."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Artifact:
    sha256: str
    filename: str
    size: int
    received: datetime


@dataclass(frozen=True)
class Identity:
    """What an artifact says of itself; every part may be missing. Compared without regard to case."""

    spring_name: str | None = None
    artifact_id: str | None = None
    title: str | None = None
    filename_stem: str | None = None
    """The file's name without version and extension."""
