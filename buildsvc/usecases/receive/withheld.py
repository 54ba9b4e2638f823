"""Uploads that came whole and wait for an answer: whose they are. Kept an hour, so that nobody sends them again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from buildpacks.errors import Failure, NotFound
from buildsvc.model.api import Accepted
from buildsvc.store.artifacts import Spooled
from buildsvc.usecases.receive.arrival import Upload
from buildsvc.usecases.site import Site

KEPT = 3600.0
"""Seconds that one waits."""
MOST = 16
"""Uploads that wait at a time; the oldest goes first."""
QUESTIONS = frozenset({"unmatched-artifact", "ambiguous-artifact", "belongs-elsewhere", "gap-not-accepted"})
"""Codes of the refusals that an answer can lift."""
_FILE, _ABOUT = "artifact", "about.json"


def withheld(site: Site, arrived: Spooled, upload: Upload, failure: Failure) -> Failure:
    """Keep what arrived, and give the refusal that names it: `held` is what the answer is sent to."""
    if failure.code not in QUESTIONS or failure.values is None:
        return failure
    prune(site)
    identifier = uuid4().hex
    folder = _home(site) / identifier
    folder.mkdir(parents=True, mode=0o700)
    os.link(arrived.path, folder / _FILE)
    about = {"filename": upload.filename, "actor": upload.actor, "at": site.clock.now().timestamp()}
    (folder / _ABOUT).write_text(json.dumps(about))
    key = f"{failure.code}.{failure.variant}" if failure.variant else failure.code
    return type(failure)(key, **{**failure.values, "held": identifier})


def answered(site: Site, identifier: str, actor: str, take: Callable[[Path, str], Accepted]) -> Accepted:
    """Hand a waiting upload of `actor`, its file and its name, to `take`; it waits no longer when that took it.

    Raises NotFound `no-such-question`, and what `take` raises.
    """
    prune(site)
    folder = _home(site) / identifier
    about = _about(folder) if identifier.isalnum() else None
    if about is None or about["actor"] != actor:
        raise NotFound("no-such-question", upload=identifier, minutes=round(KEPT / 60))
    accepted = take(folder / _FILE, str(about["filename"]))
    shutil.rmtree(folder, ignore_errors=True)
    return accepted


def prune(site: Site) -> None:
    """Forget those that have waited too long, and the oldest beyond `MOST`."""
    now = site.clock.now().timestamp()
    there = [(about["at"] if (about := _about(folder)) else 0.0, folder) for folder in _folders(site)]
    there.sort(reverse=True)
    for number, (at, folder) in enumerate(there, 1):
        if now - at > KEPT or number >= MOST:
            shutil.rmtree(folder, ignore_errors=True)


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / _ABOUT).read_text())
    except (OSError, ValueError):
        return None
    return found


def _folders(site: Site) -> list[Path]:
    home = _home(site)
    return list(home.iterdir()) if home.is_dir() else []


def _home(site: Site) -> Path:
    return site.settings.paths.held
