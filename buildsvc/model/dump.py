"""A dump: the file that a component's backup command wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Dump:
    """`name` is that of its file. `version` is what the application was at, "" where it was at none, and `number` that
    version's; `image` is what the component ran, `deployment` what made the dump. `size` in bytes, `sha256` in hex.
    """

    name: str
    application: str
    component: str
    size: int
    sha256: str
    created: datetime
    deployment: str
    image: str
    version: str = ""
    number: int | None = None
