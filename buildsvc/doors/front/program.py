"""The program that stands before the web process."""

from __future__ import annotations

import shutil

SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin"
"""Where HAProxy lies; not on every user's PATH."""


def front_program() -> str | None:
    """Where this machine has HAProxy; None when it has none."""
    return shutil.which("haproxy") or shutil.which("haproxy", path=SYSTEM_PROGRAMS)
