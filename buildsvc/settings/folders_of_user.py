"""Where a user's own files lie, and the service's where nothing is set, by what the system says in its environment.
Imports on Windows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def home(given: Mapping[str, str]) -> Path:
    found = given.get("HOME") or given.get("USERPROFILE")
    return Path(found) if found else Path.home()


def configuration(given: Mapping[str, str]) -> Path:
    roaming = given.get("XDG_CONFIG_HOME") or given.get("APPDATA")
    return (Path(roaming) if roaming else home(given) / ".config") / "buildsvc"


def is_root() -> bool:
    """Whether this process is root's; never on Windows."""
    return bool(getattr(os, "geteuid", lambda: 1)() == 0)


def service_data(given: Mapping[str, str], *, root: bool) -> Path:
    if root:
        return Path("/var/lib/buildsvc")
    shared = given.get("XDG_DATA_HOME")
    return (Path(shared) if shared else home(given) / ".local" / "share") / "buildsvc"


def settings_file(given: Mapping[str, str], *, root: bool) -> Path:
    return Path("/etc/buildsvc/settings.env") if root else configuration(given) / "settings.env"
