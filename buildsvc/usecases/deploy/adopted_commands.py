"""The command lines of what was adopted: they may hold a password, so they are sealed as every secret is.

They are of no application's secrets: a release that is gone back to outlives the application's removal.
"""

from __future__ import annotations

import json

from buildsvc.model.release import Release
from buildsvc.usecases.site import Site


def keep_command(site: Site, reference: str, command: tuple[str, ...]) -> None:
    """Keep the command line of the release whose image has this reference."""
    site.secrets.put("", _key(reference), json.dumps(command))


def command_of(site: Site, release: Release) -> tuple[str, ...]:
    """Return the command line that an adopted release was started by. Raises what the secrets raise."""
    recorded = release.build.launch.target
    # Earlier versions of buildsvc recorded it in the release.
    return recorded or tuple(json.loads(site.secrets.get("", _key(release.image.reference))))


def _key(reference: str) -> str:
    return f"command-of:{reference}"
