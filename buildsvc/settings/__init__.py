"""Every setting of buildsvc, read from the environment here and nowhere else. Imports on Windows."""

from __future__ import annotations

from buildsvc.settings.nouns import ClientSettings, Paths, Settings
from buildsvc.settings.reading import read, read_client
from buildsvc.settings.table import table

__all__ = ["ClientSettings", "Paths", "Settings", "read", "read_client", "table"]
