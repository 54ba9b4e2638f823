"""Every Python of a site under test begins with this: at one named step of a journal it kills its process, or waits.

The folder CHAOS_FOLDER holds at most one `order`, `STEP MOMENT DEED`: MOMENT is `began` (the step is written, nothing
of it is done) or `done` (that it is done is written), DEED is `kill` or `hold`. Who holds says so by `reached` and goes
on once there is `go`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from buildsvc.store.journal import LedgerJournal

LONGEST_HOLD = 120.0


def _obey(folder: Path, name: str, moment: str) -> None:
    order = folder / "order"
    try:
        step, when, deed = order.read_text().split()
        if (step, when) != (name, moment):
            return
        # Whoever takes it away is the one who obeys.
        order.unlink()
    except (OSError, ValueError):
        return
    (folder / "reached").touch()
    if deed == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    until = time.monotonic() + LONGEST_HOLD
    while not (folder / "go").exists() and time.monotonic() < until:
        time.sleep(0.01)


def _struck(folder: Path, method: Callable[..., None], moment: str) -> Callable[..., None]:
    def written(journal: LedgerJournal, name: str, **data: Any) -> None:
        method(journal, name, **data)
        _obey(folder, name, moment)

    return written


def _plant(folder: Path) -> None:
    for method, moment in (("step", "began"), ("done", "done")):
        setattr(LedgerJournal, method, _struck(folder, getattr(LedgerJournal, method), moment))


if "CHAOS_FOLDER" in os.environ:
    _plant(Path(os.environ["CHAOS_FOLDER"]))
