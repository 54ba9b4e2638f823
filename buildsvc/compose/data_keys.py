"""`backup`, `restore` and `migrate` of `x-buildsvc`: what a component says of its data."""

from __future__ import annotations

import re

from buildsvc.compose import spec_keys
from buildsvc.compose.spot import Spot
from buildsvc.model.data_commands import DataCommands, Migration

_STEP = re.compile(r"[\w.+-]{1,60}")


def says_data_only(own: Spot, service: Spot) -> bool:
    """Whether `x-buildsvc` says nothing but how an image component's data is kept."""
    keys = own.entries_or_none()
    has_image = service.get("image") is not None or service.get("build") is not None
    return has_image and bool(keys) and all(key in spec_keys.X_BUILDSVC_DATA for key in keys)


def read_data(own: Spot, *, jar: bool) -> DataCommands:
    """Read the commands. A jar component has no data of its own: it may change that of others, and says so."""
    return DataCommands(
        backup=_command(own, "backup", jar=jar),
        restore=_command(own, "restore", jar=jar),
        migrate=_migration(own.get("migrate")),
    )


def _command(own: Spot, key: str, *, jar: bool) -> tuple[str, ...]:
    spot = own.get(key)
    if spot is None:
        return ()
    if jar:
        spot.fault("not-for-jars.data-command", key=key)
        return ()
    argv = spot.argv()
    if not argv or not argv[0]:
        spot.fault("wrong-value.no-command")
        return ()
    return argv


def _migration(spot: Spot | None) -> Migration | None:
    if spot is None:
        return None
    found = spot.known(("undo", "step"))
    undo, step = found.get("undo"), found.get("step")
    if not spot.is_map:
        return None
    if undo is None or undo.null:
        spot.fault("missing-key.migrate-undo")
        return None
    name = (step.text() or "") if step is not None else ""
    if step is not None and not _STEP.fullmatch(name):
        step.fault("wrong-value.step", text=name[:80])
    return Migration(undo.boolean(), name)
