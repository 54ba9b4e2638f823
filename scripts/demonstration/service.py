"""The service of the demo: started in the background, spoken to by its own command line."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from buildsvc.doors.rehearsal.called import documents_of
from scripts import owned
from scripts.demonstration.place import ROOT, Place

NAME = "service"
READY_WITHIN = 60.0
COMMAND = [sys.executable, "-m", "buildsvc.doors.cli.main"]
_TOKEN = re.compile(r"token[^:]*: *(\S+)")


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


def start(place: Place) -> bool:
    """Start `buildsvc up`; False when it runs already. Returns when it answers and its token is known."""
    if owned.alive(place.folder, NAME):
        return False
    owned.start(place.folder, NAME, [*COMMAND, "up"], place.environment())
    deadline = time.monotonic() + READY_WITHIN
    while not (_answers(place.url) and _take_token(place)):
        if not owned.alive(place.folder, NAME) or time.monotonic() > deadline:
            words = (place.folder / f"{NAME}.log").read_text(errors="replace").strip()
            raise DemoFailed(f"`buildsvc up` did not come up. It said:\n{words[-2000:]}")
        time.sleep(0.05)
    return True


def stop(place: Place) -> bool:
    return owned.stop(place.folder, NAME)


def run(place: Place, *arguments: str) -> list[dict[str, Any]]:
    """Run a command of `buildsvc`; what it prints are JSON documents, a list counts as its items. Raises DemoFailed."""
    done = subprocess.run(
        [*COMMAND, *arguments, "--json"],
        cwd=ROOT,
        env=place.environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    documents = documents_of(done.stdout)
    _check(arguments, done.returncode, documents)
    return documents


def follow(place: Place, *arguments: str) -> Iterator[dict[str, Any]]:
    """The same for a command that prints one document a line, as they come."""
    with subprocess.Popen(
        [*COMMAND, *arguments, "--json"], cwd=ROOT, env=place.environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        last = []
        for line in process.stdout:
            last = [json.loads(line)]
            yield last[0]
    _check(arguments, process.returncode, last)


def _check(arguments: tuple[str, ...], status: int, documents: list[dict[str, Any]]) -> None:
    if status:
        problem = documents[-1] if documents else {}
        words = [f"`buildsvc {' '.join(arguments)}` ended with {status}.", problem.get("detail"), problem.get("hint")]
        raise DemoFailed("\n".join(word for word in words if word))


def _answers(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _take_token(place: Place) -> bool:
    """The first start says the token, once."""
    said = _TOKEN.search((place.folder / f"{NAME}.log").read_text(errors="replace"))
    if said:
        place.keep_token(said[1])
    return place.token_file.exists()
