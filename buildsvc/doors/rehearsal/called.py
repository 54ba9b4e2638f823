"""The command line of the service that is rehearsed on, called as people would call it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from buildsvc.doors.rehearsal.started import COMMAND


class NotDoneError(Exception):
    """A command ended otherwise than well; `hint` says what to do."""

    def __init__(self, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.hint = hint


def call(environment: Mapping[str, str], folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run a command to its end; what it prints are JSON documents, a list counts as its items. Raises NotDoneError with
    the words of what failed.
    """
    done = subprocess.run(
        [*COMMAND, *arguments, "--json"],
        cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    documents = _documents(done.stdout)
    if done.returncode:
        problem = documents[-1] if documents else {}
        said = problem.get("detail") or problem.get("error") or done.stderr.strip()[-1500:] or done.stdout[-1500:]
        raise NotDoneError(str(said), str(problem.get("hint") or ""))
    return documents


def _documents(text: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    rest = text.strip()
    while rest:
        found, end = json.JSONDecoder().raw_decode(rest)
        documents += found if isinstance(found, list) else [found]
        rest = rest[end:].lstrip()
    return documents
