"""`python -m tests.interrupted BUNDLE STORE`: takes a bundle in, and dies at every megabyte and at both ends of every
part of it; prints how often it died, and how many bytes of blobs were left for the run that nothing interrupts.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from buildpacks.archives.split_files import SplitFile
from buildsvc.image.layout import Layout
from buildsvc.store.bundle.opening import opened, places, take_in

MEGABYTE = 1_000_000


class Mortal(SplitFile):
    """Ends its process, as SIGKILL does, where more than `limit` bytes of the file would be known."""

    limit = 0

    def read(self, offset: int, size: int) -> bytes:
        before = max(0, min(size, self.limit - offset))
        if before < size and offset + size > self.limit:
            if before == 0:
                os._exit(9)
            return super().read(offset, before)
        return super().read(offset, size)


def main(bundle: Path, store: Path) -> None:
    with SplitFile(bundle) as file:
        found = opened(file)
        parts = [edge for section, at in places(file, found) for edge in (at, at + section.size)]
        ends = sorted({*range(found.start, file.size, MEGABYTE), *parts})
    died = sum(_dies(bundle, store, end) for end in ends)
    layout = Layout(store, store / "tmp")
    with SplitFile(bundle) as file:
        left = take_in(file, found, layout)
        again = take_in(file, found, layout)
    sys.stdout.write(f"{died} {len(ends)} {left} {again}\n")


def _dies(bundle: Path, store: Path, limit: int) -> bool:
    """Take it in, in a process of its own that dies there; whether it did."""
    child = os.fork()
    if child == 0:
        layout = Layout(store, store / "tmp")
        with SplitFile(bundle) as file:
            found = opened(file)
        with Mortal(bundle) as file:
            file.limit = limit
            take_in(file, found, layout)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
