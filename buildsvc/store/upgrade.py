"""Bring a ledger to this version's tables, or refuse one that a newer version made.

Alembic does it in a process of its own: imported here, it would cost each of our processes several MB for good, and
it is needed once in the life of a version.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from buildpacks.errors import Conflict, Failure
from buildpacks.sentences.values import last_words

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""All that there are, oldest first. A test compares them with the migrations."""
_HOME = Path(__file__).parents[2]


def is_current(connection: Connection, path: Path) -> bool:
    """Whether the ledger has this version's tables. Raises Conflict `ledger-newer`; `path` is only named."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    newest = REVISIONS[-1]
    if found is not None and found not in REVISIONS:
        raise Conflict("ledger-newer", path=path, found=found, newest=newest)
    return bool(found == newest)


def upgrade(path: Path) -> None:
    """Run the migrations. Raises Failure `ledger-upgrade-failed`; the ledger is then as it was."""
    command = [sys.executable, "-m", "buildsvc.store.migrate", str(path.resolve())]
    done = subprocess.run(command, cwd=_HOME, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failure("ledger-upgrade-failed", path=path, why=last_words(done.stderr))
