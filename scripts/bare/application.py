"""A small application as a bundle: made here, on a site of its own in this machine's engine, and taken away again."""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts import owned
from scripts.demonstration import engine, service
from scripts.demonstration.place import Place
from scripts.made import MadeBases
from scripts.published import WIREMOCK, fetch

NAME, VERSION, PORT = "greeting", "1.0.0", 18088
PATH = "/__admin/mappings"
COMPOSE = f"""name: {NAME}
services:
  hello:
    x-buildsvc:
      artifact: wiremock-standalone
      health: {{path: {PATH}, port: 8080}}
      soak: 1s
    command: ["--port", "8080", "--no-request-journal", "--disable-banner"]
    ports: ["{PORT}:8080"]
    mem_limit: 320m
"""


def made_bundle(place: Place, bases: MadeBases, target: Path) -> Path:
    """The file; the site that made it is ended, and its application removed."""
    bases.into(place.data)
    compose = place.folder / "compose.yaml"
    compose.write_text(COMPOSE)
    jar = fetch(WIREMOCK[-1], place.cache)
    service.start(place)
    try:
        service.run(place, "apply", str(compose))
        service.run(place, "push", str(jar), "--app", NAME)
        service.run(place, "version", "create", NAME, "--name", VERSION)
        service.run(place, "export", f"{NAME}@{VERSION}", "-o", str(target))
        service.run(place, "remove", NAME, "--yes")
    finally:
        service.stop(place)
        if owned.engine_fault() is None:
            engine.take_away(NAME)
        shutil.rmtree(place.data, ignore_errors=True)
    return target
