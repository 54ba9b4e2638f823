"""What `buildsvc doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it."""

    verdict: Literal["ok", "warn", "bad"]
    subject: str
    text: str
    remedy: str = ""
