"""The chain of the audit log: each entry holds the hash of the one before it, so that none can be changed or left out
without changing all that follow.
"""

from __future__ import annotations

import hashlib
import json

START = "0" * 64
"""What stands before the first entry."""


def link(previous: str, number: int, *told: str) -> str:
    """Return the hash of an entry: SHA-256 over the hash before it, its number and its columns as they are stored."""
    text = json.dumps([previous, number, *told], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
