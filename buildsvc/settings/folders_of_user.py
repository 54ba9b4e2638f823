"""Where a user's own files lie, by what the system says in its environment. Imports on Windows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def home(given: Mapping[str, str]) -> Path:
    found = given.get("HOME") or given.get("USERPROFILE")
    return Path(found) if found else Path.home()


def configuration(given: Mapping[str, str]) -> Path:
    roaming = given.get("XDG_CONFIG_HOME") or given.get("APPDATA")
    return (Path(roaming) if roaming else home(given) / ".config") / "buildsvc"


def data(given: Mapping[str, str]) -> Path:
    shared = given.get("XDG_DATA_HOME")
    return (Path(shared) if shared else home(given) / ".local" / "share") / "buildsvc"
