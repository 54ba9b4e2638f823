"""What holds where nothing is set, known without loading the declarations: inspecting a jar takes less than that."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from buildsvc.settings import folders_of_user
from buildsvc.settings.data_paths import Paths
from buildsvc.settings.laptop import PREFIX, declared


def buildpacks(environ: Mapping[str, str] | None = None, *, root: bool | None = None) -> Path | None:
    """Return the folder of the site's own buildpacks where neither the environment nor a settings file sets anything of
    the service; None where one does, and the settings have to be read.
    """
    given = os.environ if environ is None else environ
    is_root = folders_of_user.is_root() if root is None else root
    if any(name.startswith(PREFIX) and name not in declared() for name in given):
        return None
    if folders_of_user.settings_file(given, root=is_root).exists():
        return None
    return Paths(folders_of_user.service_data(given, root=is_root)).buildpacks
