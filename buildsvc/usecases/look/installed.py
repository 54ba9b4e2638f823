"""Which version an application is at: the next change of the whole starts from there, and dumps say it."""

from __future__ import annotations

from typing import Any

from buildpacks.errors import NotFound
from buildsvc.model.version import Version
from buildsvc.usecases.site import Site


def remember_installed(site: Site, name: str, version: Version) -> None:
    """Note which version an application is at: the next upgrade starts from there."""
    site.ledger.remember(f"installed:{name}", {"application": version.application, "number": version.number})


def installed(site: Site, name: str) -> Version | None:
    """Return the version that an application was last brought to, None for one that came by its Compose file alone."""
    noted: dict[str, Any] | None = site.ledger.recall(f"installed:{name}")
    if noted is None:
        return None
    try:
        return site.ledger.version(noted["application"], str(noted["number"]))
    except NotFound:
        return None
