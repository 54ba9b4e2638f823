"""Dumps of components' data, as files of the site: `APPLICATION/COMPONENT/NAME.dump` with `NAME.json` beside it, which
has its size and SHA-256. A dump without that is none: what was written half goes with the next one.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from buildpacks.errors import NotFound, Refused
from buildsvc.model.dump import Dump
from buildsvc.store.durable_files import atomic_write, move_into_place, require_free, sync_file

_DUMP: TypeAdapter[Dump] = TypeAdapter(Dump)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HALF = ".part"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dumps:
    """Those below a folder, which is made when it is needed."""

    root: Path

    def keep(self, dump: Dump, write: Callable[[Path], None]) -> Dump:
        """Have `write` fill a file and keep it, whole or not at all; returns `dump` with its size and SHA-256. Raises
        Refused `disk-full` where there is less room than the newest of the component took, `empty-dump`, and what
        `write` raises.
        """
        folder = self._folder(dump.application, dump.component)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _clear(folder)
        former = self.all(dump.application, dump.component)
        require_free(folder, former[0].size if former else 1)
        half = folder / f"{dump.name}{_HALF}"
        half.touch(mode=0o600)
        try:
            write(half)
            size, sha256 = _read_through(half)
            if not size:
                raise Refused("empty-dump", component=dump.component)
            sync_file(half)
            move_into_place(half, folder / dump.name)
        finally:
            half.unlink(missing_ok=True)
        kept = replace(dump, size=size, sha256=sha256)
        atomic_write(_note_of(folder, dump.name), _DUMP.dump_json(kept, indent=1), tmp=folder)
        return kept

    def trim(self, application: str, component: str, most: int, held: Collection[str] = ()) -> None:
        """Let the oldest of a component go where there are more than `most`, but for those that are `held`, by name."""
        folder = self._folder(application, component)
        for one in self.all(application, component)[max(1, most) :]:
            if one.name in held:
                continue
            # Without its note it is none, so a crash between the two leaves nothing that looks whole.
            _note_of(folder, one.name).unlink(missing_ok=True)
            (folder / one.name).unlink(missing_ok=True)

    def all(self, application: str, component: str | None = None) -> tuple[Dump, ...]:
        """Return the dumps of an application, or of one of its components, newest first."""
        if not _PLAIN.fullmatch(application):
            return ()
        folders = self._folder(application, component) if component else self.root / application
        found = []
        for note in folders.glob("*.json" if component else "*/*.json"):
            try:
                dump = _DUMP.validate_json(note.read_bytes())
            except (ValueError, OSError) as error:
                # One that somebody changed must not hide the others, nor keep an upgrade from beginning.
                log.warning("%s tells of no dump: %s", note, error)
                continue
            if dump.name == f"{note.stem}.dump" and note.with_name(dump.name).is_file():
                found.append(dump)
        return tuple(sorted(found, key=lambda one: (one.created, one.name), reverse=True))

    def find(self, application: str, component: str, name: str) -> tuple[Dump, Path]:
        """Return a dump by its name, and where it lies. Raises NotFound `no-such-dump`."""
        known = self.all(application, component)
        found = next((one for one in known if one.name == name), None)
        if found is None:
            raise NotFound("no-such-dump", component=component, name=name, names=[one.name for one in known])
        return found, self._folder(application, component) / found.name

    def require_intact(self, dump: Dump) -> None:
        """Read a dump through. Raises Refused `dump-damaged` where it is not what was written."""
        path = self._folder(dump.application, dump.component) / dump.name
        if _read_through(path) != (dump.size, dump.sha256):
            raise Refused("dump-damaged", name=dump.name, path=str(path))

    def _folder(self, application: str, component: str) -> Path:
        return self.root / application / component


def _clear(folder: Path) -> None:
    """Take away what a crash left half."""
    for path in (*folder.glob(f"*{_HALF}"), *folder.glob("*.dump")):
        if not _note_of(folder, path.name).is_file():
            path.unlink()


def _note_of(folder: Path, name: str) -> Path:
    return folder / f"{name.removesuffix('.dump')}.json"


def _read_through(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
