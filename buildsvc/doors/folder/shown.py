"""What lies in the watched folder, for people who cannot look into it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from buildpacks.archives import names
from buildsvc.doors.folder import markers, taking
from buildsvc.model.system_views import InboxFileView, InboxView

MOST = 200
"""Files that are told; more lie there only where somebody forgot them for years."""
_STATES = {markers.BUSY: "deploying", markers.DONE: "deployed", markers.FAILED: "failed"}


def look_into(folder: Path) -> InboxView:
    """Tell what lies there and what was answered. What cannot be read is left out; nothing is changed."""
    usable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    places = list(_places(folder)) if usable else []
    found = sorted((one for place in places for one in _found(folder, place)), key=lambda one: one.at, reverse=True)
    subfolders = tuple(_shown(folder, place) for place in places if place != folder)
    return InboxView(str(folder), usable, subfolders, len(found), tuple(found[:MOST]))


def _places(folder: Path) -> Iterator[Path]:
    yield folder
    for application in taking.subfolders(folder):
        yield application
        yield from taking.subfolders(application)


def _found(root: Path, place: Path) -> Iterator[InboxFileView]:
    """Give a file once, whether it lies there, was answered, or both."""
    there = {path.name: path for path in taking.files(place)}
    for name, path in there.items():
        try:
            answer = markers.read(path)
            if answer is not None:
                facts = markers.facts_in(path)
                yield InboxFileView(
                    path=_shown(root, answer.path),
                    state=_STATES[answer.kind],
                    at=_at(path),
                    deployment=answer.deployment,
                    reason=facts.get("reason") or facts.get("note", ""),
                    hint=facts.get("hint", ""),
                )
            elif not markers.is_ignored(name) and not any(name + kind in there for kind in markers.ANSWERS):
                yield InboxFileView(_shown(root, path), "waiting", _at(path), "", "", "")
        except OSError:
            # It was taken while we looked, or is somebody else's.
            continue


def _at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _shown(root: Path, path: Path) -> str:
    return names.shown(path.relative_to(root).as_posix())
