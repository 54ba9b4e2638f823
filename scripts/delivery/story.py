"""A delivery from one site to another, in two processes that hand the parcel over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from buildsvc.doors.rehearsal import offline
from buildsvc.image import carried_bases
from scripts.delivery.parcel import WANTED, DeliveryFailed, Goods, Parcel
from scripts.delivery.receiving import DATA
from scripts.delivery.sending import send_first, send_rest, sending_site
from scripts.demonstration.place import ROOT, Place
from scripts.demonstration.show import say, title
from scripts.made import MadeBases


def deliver(goods: Goods, place: Place, bases: MadeBases, folder: Path) -> dict[str, float]:
    """Send an application from the site at `place` to one that is made below `folder`, whose data stay there. Returns
    what was measured. Raises DeliveryFailed where a promise does not hold, DemoFailed where a command failed.
    """
    parcel = Parcel.of(goods, folder)
    # The one image that no bundle has: a kit brings it.
    carried_bases.lend(bases.get("gateway"), bases.layout, folder / DATA)
    with sending_site(place, goods):
        title(f"The first site: {goods.name} as it was developed")
        send_first(place, goods, parcel)
        _hand_over(goods, place, parcel)
    figures: dict[str, float] = json.loads(parcel.figures.read_text())
    title("It holds")
    for name, value in figures.items():
        say("", f"{name}: {value:g}")
    return figures


def _hand_over(goods: Goods, place: Place, parcel: Parcel) -> None:
    """Let the other site take in what there is; it says when it wants the rest."""
    command = offline.command(sys.executable, "-P", "-m", "scripts.delivery", str(parcel.write()))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.strip() != WANTED:
                    print(line, end="", flush=True)
                    continue
                title("The first site again: what the second one lacks of two more versions")
                send_rest(place, goods, parcel)
                process.stdin.write("\n")
                process.stdin.flush()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise DeliveryFailed("The delivery does not hold; why is written above.")
