"""The volumes of a site's applications for a backup, and back into an engine that has none of them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from buildpacks.errors import NotFound
from buildsvc.model.application import Application, Volume
from buildsvc.usecases.site import Workshop


def save(workshop: Workshop, folder: Path) -> tuple[tuple[str, Path], ...]:
    """Write every volume that applications have into `folder`: names, and tars. External ones are others'. A program
    that writes meanwhile may be caught in the middle of it. Raises Unreachable.
    """
    image, found = _ready(workshop), []
    for _, volume in _volumes(workshop):
        path = folder / f"{volume.name}.tar"
        # One that is declared and was never made has nothing to keep.
        with suppress(NotFound):
            workshop.engine.save_volume(volume.name, image, path)
            found.append((volume.name, path))
    return tuple(found)


def fill(workshop: Workshop, folder: Path) -> tuple[str, ...]:
    """Make the volumes whose tars lie in `folder`, and remove each tar behind it; returns their names. Raises Conflict
    `volume-there` where one is there.
    """
    image = _ready(workshop)
    wanted = [
        (application, volume, folder / f"{volume.name}.tar")
        for application, volume in _volumes(workshop)
        if (folder / f"{volume.name}.tar").is_file()
    ]
    for application, volume, tar in wanted:
        workshop.engine.fill_volume(application, volume.name, image, tar)
        tar.unlink()
    return tuple(volume.name for _, volume, _ in wanted)


def _volumes(workshop: Workshop) -> list[tuple[Application, Volume]]:
    stored = (one.application for one in workshop.site.ledger.applications())
    return [(one, volume) for one in stored for volume in one.volumes if not volume.external]


def _ready(workshop: Workshop) -> str:
    """See that the engine has the image of gateways, the one that every site has; its reference."""
    gateway = workshop.site.bases.find("gateway", workshop.engine.platform())
    workshop.engine.load(gateway.image)
    return gateway.image.reference
