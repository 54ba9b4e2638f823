"""What helps others to help, gathered into one file without any secret: to be carried out of the site."""

from __future__ import annotations

import io
import json
import platform
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from buildpacks.errors import Conflict, Failure
from buildsvc.model.scrubbing import scrubbed, without_secrets
from buildsvc.usecases.site import Site

DEPLOYMENTS = 50
"""The newest, each with its events, its journal and its release."""
LOG_BYTES = 1 << 20
"""Of each log file, its end."""


def write_support(site: Site, target: Path, more: Mapping[str, Any]) -> int:
    """Write `target`, a tar.gz; returns its size in bytes. `more` are further documents by name. Every text goes
    through `scrubbed`, with the site's own secrets. Raises Conflict `support-exists`.
    """
    secrets = tuple(known_secrets(site))
    now = int(site.clock.now().timestamp())
    try:
        with tarfile.open(target, "x:gz") as tar:
            for name, text in _texts(site, more):
                data = scrubbed(text, secrets).encode()
                info = tarfile.TarInfo(f"support/{name}")
                info.size, info.mtime, info.mode = len(data), now, 0o600
                tar.addfile(info, io.BytesIO(data))
    except FileExistsError as error:
        raise Conflict("support-exists", target=target) from error
    return target.stat().st_size


def known_secrets(site: Site) -> Iterator[str]:
    """Give every secret value of this site that can be opened, and its keys."""
    for stored in site.ledger.applications():
        name = stored.application.name
        for secret in site.secrets.names(name):
            try:
                yield from site.secrets.get(name, secret).split("\n")
            except Failure:
                continue
    if site.settings.paths.secret_key.is_file():
        yield from site.settings.paths.secret_key.read_text("ascii", "replace").split()
    if site.settings.admin_token:
        yield site.settings.admin_token


def versions() -> dict[str, str]:
    """Return what runs here: Python, the system, every installed package."""
    found = {one.metadata["Name"]: one.version for one in distributions()}
    return {"python": platform.python_version(), "system": platform.platform(), **dict(sorted(found.items()))}


def _texts(site: Site, more: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "versions.json", _json(versions())
    for name, document in more.items():
        yield f"{name}.json", _json(document)
    yield "audit.json", _json([asdict(entry) for entry in site.ledger.audit_entries(500)])
    yield "applications.json", _json([asdict(stored.application) for stored in site.ledger.applications()])
    for one in site.ledger.deployments(limit=DEPLOYMENTS):
        release = None
        if one.release is not None and one.component:
            numbered = site.ledger.releases(one.application, one.component)
            release = next((asdict(found) for found in numbered if found.number == one.release), None)
        told = {
            "deployment": asdict(one),
            "release": release,
            "events": [asdict(recorded) for recorded in site.ledger.events(one.id)],
            "journal": [asdict(step) for step in site.ledger.steps(one.id)],
        }
        yield f"deployments/{one.id}.json", _json(told)
    for path in sorted(site.settings.paths.logs.glob("*.log*")):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_BYTES))
            yield f"logs/{path.name}", file.read().decode("utf-8", "replace")


def _json(document: object) -> str:
    return json.dumps(without_secrets(document), indent=1, ensure_ascii=False, default=str)
