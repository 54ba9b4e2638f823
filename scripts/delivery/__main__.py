"""`python -m scripts.delivery`: called by scripts/demo --bundle; with a parcel it is the receiving site's process."""

from __future__ import annotations

import shutil
import sys

from buildpacks.errors import Failure
from buildsvc.doors.rehearsal import offline
from scripts import example
from scripts.delivery import receiving
from scripts.delivery.market import NAME, market
from scripts.delivery.parcel import DeliveryFailed
from scripts.delivery.story import deliver
from scripts.demonstration.place import ROOT, Place
from scripts.demonstration.service import DemoFailed
from scripts.made import made_bases
from scripts.maven import NotFetched


def main() -> int:
    """0 when every promise held, 1 when one did not."""
    place = Place(ROOT / ".demo" / "bundle" / "first")
    there = ROOT / ".demo" / "bundle" / "second"
    shutil.rmtree(there, ignore_errors=True)
    shutil.rmtree(place.folder, ignore_errors=True)
    there.mkdir(parents=True)
    try:
        offline.require()
        bases = made_bases()
        example.images(NAME, place.data, bases)
        deliver(market(), place, bases, there)
    except (DeliveryFailed, DemoFailed, NotFetched, Failure) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(place.folder, ignore_errors=True)
        shutil.rmtree(there, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(receiving.main(sys.argv[1]) if sys.argv[1:] else main())
