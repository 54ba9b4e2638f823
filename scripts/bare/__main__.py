"""`python -m scripts.bare`: called by scripts/demo --kit."""

from __future__ import annotations

import sys

from scripts.bare.server import BareFailed
from scripts.bare.story import tell
from scripts.demonstration.place import ROOT, Place
from scripts.demonstration.service import DemoFailed
from scripts.published import NotFetched


def main() -> int:
    """0 when every promise held, 1 when one did not."""
    place = Place(ROOT / ".demo" / "kit")
    place.folder.mkdir(parents=True, exist_ok=True)
    try:
        tell(place, *sys.argv[1:2])
    except (BareFailed, DemoFailed, NotFetched) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
