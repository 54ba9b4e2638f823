"""`python -m scripts.bare [SUITE [FOLDER]]`: called by scripts/demo --kit, and by its test."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.bare.debian import BOOKWORM
from scripts.bare.server import BareFailed
from scripts.bare.story import tell
from scripts.demonstration.place import ROOT, Place
from scripts.demonstration.service import DemoFailed
from scripts.maven import NotFetched


def main(suite: str = BOOKWORM, folder: str = str(ROOT / ".demo" / "kit")) -> int:
    """0 when every promise held, 1 when one did not."""
    place = Place(Path(folder))
    place.folder.mkdir(parents=True, exist_ok=True)
    try:
        tell(place, suite)
    except (BareFailed, DemoFailed, NotFetched) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
