"""The environment as it is handed to a site of its own, to which this machine's settings do not apply."""

from __future__ import annotations

import os

from buildsvc.settings.laptop import PREFIX

_KEPT = {f"{PREFIX}LANGUAGE"}


def without_settings() -> dict[str, str]:
    """Return all of it but the settings of buildsvc; the user's language stays."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in _KEPT}
