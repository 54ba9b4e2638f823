"""The command line of the service that is rehearsed on, called as people would call it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class NotDoneError(Exception):
    """A command ended otherwise than well; `hint` says what to do."""

    def __init__(self, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.hint = hint


@dataclass(frozen=True)
class RehearsedService:
    """The service that is rehearsed on, as its command line reaches it; `folder` is where commands are called."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path


def call(service: RehearsedService, *arguments: str) -> list[dict[str, Any]]:
    """Run a command to its end; what it prints are JSON documents, a list counts as its items. Raises NotDoneError with
    the words of what failed.
    """
    done = subprocess.run(
        [*service.command, *arguments, "--json"],
        cwd=service.folder, env=dict(service.environment),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    documents = documents_of(done.stdout)
    if done.returncode:
        problem = documents[-1] if documents else {}
        said = problem.get("detail") or problem.get("error") or done.stderr.strip()[-1500:] or done.stdout[-1500:]
        raise NotDoneError(str(said), str(problem.get("hint") or ""))
    return documents


def running_components(service: RehearsedService, application: str, within: float = 120.0) -> dict[str, str]:
    """Return what each component runs, a file or an image, once all of them run. Raises NotDoneError where one does not
    in so many seconds.
    """
    deadline = time.monotonic() + within
    while True:
        found = call(service, "status", application)[0]["components"]
        down = [f"{one['name']}: {one['state']}" for one in found if one["state"] != "running"]
        if not down:
            return {one["name"]: one["filename"] or one["image"] for one in found}
        if time.monotonic() > deadline:
            raise NotDoneError(", ".join(down))
        time.sleep(1.0)


def documents_of(text: str) -> list[dict[str, Any]]:
    """Read the JSON documents that a command printed one after another; a list counts as its items."""
    documents: list[dict[str, Any]] = []
    rest = text.strip()
    while rest:
        found, end = json.JSONDecoder().raw_decode(rest)
        documents += found if isinstance(found, list) else [found]
        rest = rest[end:].lstrip()
    return documents
