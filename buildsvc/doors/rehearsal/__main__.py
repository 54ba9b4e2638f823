"""`python -m buildsvc.doors.rehearsal ORDER`: the process inside the place apart; each step is a line of its output."""

from __future__ import annotations

import sys
from pathlib import Path

from buildsvc.doors.rehearsal import offline
from buildsvc.doors.rehearsal.ordered import RehearsalOrder
from buildsvc.doors.rehearsal.story import rehearse


def main(order: str) -> None:
    """Do what the file `order` says."""
    offline.settle()

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    rehearse(RehearsalOrder.read(Path(order)), lambda step: tell(step.line()))


if __name__ == "__main__":
    main(sys.argv[1])
