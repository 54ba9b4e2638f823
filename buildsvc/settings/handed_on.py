"""The environment as it is handed to a site of its own, to which this machine's settings do not apply."""

from __future__ import annotations

import os
from collections.abc import Mapping

from buildsvc.settings.laptop import PREFIX

_KEPT = {f"{PREFIX}LANGUAGE"}


def without_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return all of it but the settings of buildsvc; the user's language stays."""
    given = os.environ if environ is None else environ
    return {name: value for name, value in given.items() if not name.startswith(PREFIX) or name in _KEPT}
