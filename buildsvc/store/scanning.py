"""The site's own scanner: a local program that is asked before anything is kept."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from buildpacks.errors import Refused
from buildpacks.sentences.values import foreign

MOST_WORDS = 1000
"""Characters of what the scanner says that are told; its last ones."""


def require_clean(scanner: str | None, file: Path, filename: str, *, within: float) -> None:
    """Ask the `scanner`, a command line, if there is one, about `file`, whose path is its last argument; exit status 0
    is clean. `within` in seconds.

    Raises Refused `scan-refused` with its words; `scan-unfinished` where it cannot be started or takes too long: what
    was not looked at is not kept.
    """
    if scanner is None:
        return
    command = [*shlex.split(scanner), str(file)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("scan-unfinished.late", filename=filename, took=within) from error
    except (OSError, ValueError) as error:
        why = foreign(error, path=False)
        raise Refused("scan-unfinished.absent", filename=filename, program=command[0], why=why) from error
    if done.returncode != 0:
        words = done.stdout.decode("utf-8", "replace").replace(str(file), filename).strip()[-MOST_WORDS:]
        raise Refused("scan-refused", filename=filename, status=done.returncode, words=words)
