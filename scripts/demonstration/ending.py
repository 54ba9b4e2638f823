"""Taking away what the demo started, and nothing else."""

from __future__ import annotations

import shutil

from scripts import owned
from scripts.demonstration import engine, service
from scripts.demonstration.place import Place
from scripts.demonstration.show import say, title
from scripts.demonstration.story import SHOP

ENGINE = "engine"


def stop(place: Place, *, purge: bool) -> None:
    """Remove the application, end the service, and an engine that the demo started. `purge` forgets the data too."""
    if not place.folder.exists():
        print("Nothing of the demo is here.")
        return
    title("Taking away what the demo started")
    if owned.alive(place.folder, service.NAME):
        _remove(place)
        service.stop(place)
        say("service", "ended")
    if place.data.exists() and owned.engine_fault() is None:
        _empty_engine(place)
    if owned.stop(place.folder, ENGINE):
        say("engine", "ended; it was started by the demo")
    if purge:
        shutil.rmtree(place.folder)
        say("data", "removed")
    else:
        say("kept", "base images and releases in .demo, downloads in .cache (scripts/demo --purge removes .demo)")
    print()


def _remove(place: Place) -> None:
    """In order, through the service; what is left after that is removed by its label."""
    try:
        if any(one["name"] == SHOP for one in service.run(place, "apps")):
            service.run(place, "remove", SHOP, "--yes")
    except service.DemoFailed as error:
        say("service", str(error).replace("\n", " "))


def _empty_engine(place: Place) -> None:
    with engine.engine() as client:
        count = engine.remove_application(client, SHOP)
        say(SHOP, f"removed, and {count} containers, networks and volumes that were left of it")
        bases = {f"buildsvc/base:{file.stem}" for file in (place.data / "bases").glob("*.json")}
        made = {tag for tag in engine.tags(client) if tag in bases or tag.startswith(f"buildsvc/{SHOP}-")}
        own = made - place.tags_before()
        for tag in own:
            client.images.remove(tag)
        say("images", f"{len(own)} removed")
    (place.folder / "tags.json").unlink(missing_ok=True)
