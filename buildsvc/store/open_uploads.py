"""Uploads under way, and for some days what became of them: in `uploads/` of the data directory, for each a record
(`ID.json`) and the bytes that came so far (`ID.data`). How many came is the length of that file, whatever dies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from buildpacks.errors import Conflict, NotFound, Refused
from buildsvc.image.hashed import hashed
from buildsvc.model.clock import Clock
from buildsvc.model.uploading import OpenUpload
from buildsvc.store.durable_files import MIB, alone, atomic_write, held, require_free
from buildsvc.store.ledger.codec import dump, load

KEPT = timedelta(hours=24)
"""How long an upload waits for its next byte."""
REMEMBERED = timedelta(days=7)
"""How long what became of it can be looked up."""
MOST_OPEN, MOST_OF_ONE = 256, 32
"""Uploads that may be open at the same time, of everybody and of one token."""
MOST_REMEMBERED = 1000
"""Records; the oldest outcomes give way."""
_RESERVE = 64 * MIB
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class OpenUploads:
    """Those of the site whose data directory is `root`. Threads and processes may share them."""

    def __init__(self, root: Path, tmp: Path, clock: Clock) -> None:
        self._folder, self._tmp, self._clock = root / "uploads", tmp, clock

    def begin(self, upload: OpenUpload) -> None:
        """Make room for it. Raises Conflict `too-many-uploads`, Refused `disk-full`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            unended = self._sweep()
            mine = sum(one.owner == upload.owner for one in unended)
            if len(unended) >= MOST_OPEN or mine >= MOST_OF_ONE:
                raise Conflict("too-many-uploads", count=len(unended), mine=mine, most=MOST_OF_ONE)
            waiting = sum(one.expected - self.received(one) for one in unended)
            require_free(self._folder, waiting + upload.expected + upload.size + _RESERVE)
            self._data(upload.id).touch(mode=0o600)
            self._date(self._data(upload.id))
            self.write(upload)

    def find(self, identifier: str) -> OpenUpload | None:
        """Read the record; None where there is none, and where it cannot be read."""
        if not _ID.fullmatch(identifier):
            return None
        try:
            return load(OpenUpload, (self._folder / f"{identifier}.json").read_text())
        except (OSError, ValueError):
            return None

    def unended(self) -> list[OpenUpload]:
        """Return those that nobody knows the outcome of yet, the oldest first."""
        now = self._clock.now()
        found = [self.find(path.stem) for path in sorted(self._folder.glob("*.data"))]
        return [one for one in found if one is not None and self.expires(one) > now]

    def write(self, upload: OpenUpload) -> None:
        path = self._folder / f"{upload.id}.json"
        atomic_write(path, dump(OpenUpload, upload).encode(), tmp=self._tmp)
        self._date(path)

    def received(self, upload: OpenUpload) -> int:
        """How many bytes came so far; all of them once it was judged."""
        try:
            return self._data(upload.id).stat().st_size
        except FileNotFoundError:
            return upload.expected

    def append(self, upload: OpenUpload, offset: int, pieces: Iterable[bytes]) -> str:
        """Take the next bytes, which begin at `offset`. What came before `pieces` raised stays. Returns the SHA-256
        (hex) where they are all that had to come, otherwise nothing.

        Raises Conflict `upload-offset`, Refused `upload-too-long`, `disk-full`, and what `pieces` raises.
        """
        with self._data(upload.id).open("r+b", buffering=0) as file:
            there = file.seek(0, os.SEEK_END)
            if there != offset:
                raise Conflict("upload-offset", offset=offset, there=there)
            try:
                with hashed(file) as written:
                    for piece in pieces:
                        if there + written.size + len(piece) > upload.expected:
                            raise Refused("upload-too-long", expected=upload.expected)
                        if written.size // _RESERVE != (written.size + len(piece)) // _RESERVE:
                            require_free(self._folder, _RESERVE)
                        written.write(piece)
                    return written.sha256 if offset == 0 and written.size == upload.expected else ""
            finally:
                self._date(self._data(upload.id))

    def cut_back(self, upload: OpenUpload, offset: int) -> None:
        """Forget what came from `offset` on: it is not what its checksum says."""
        os.truncate(self._data(upload.id), offset)

    def open(self, upload: OpenUpload) -> IO[bytes]:
        """Open what was sent. Raises NotFound `no-such-upload` where it is gone."""
        try:
            return self._data(upload.id).open("rb")
        except FileNotFoundError:
            raise NotFound("no-such-upload", upload=upload.id) from None

    def path(self, upload: OpenUpload) -> Path:
        """Where what was sent lies."""
        return self._data(upload.id)

    def end(self, upload: OpenUpload) -> None:
        """Write down what became of it; the bytes go."""
        self.write(replace(upload, plan=()))
        self._data(upload.id).unlink(missing_ok=True)

    def remove(self, identifier: str) -> None:
        """Forget an upload altogether."""
        for ending in (".data", ".json", ".lock"):
            (self._folder / f"{identifier}{ending}").unlink(missing_ok=True)

    @contextmanager
    def turn(self, upload: OpenUpload) -> Iterator[None]:
        """Be the only one who adds to it. Raises Conflict `upload-busy`."""
        with held(self._lock(upload.id)) as mine:
            if not mine:
                raise Conflict("upload-busy")
            yield

    def is_busy(self, upload: OpenUpload) -> bool:
        """Whether somebody adds to it, or judges it, now."""
        with held(self._lock(upload.id)) as mine:
            return not mine

    def moved(self, upload: OpenUpload) -> datetime:
        """When its last byte came. Raises FileNotFoundError where it is ended."""
        last = datetime.fromtimestamp(self._data(upload.id).stat().st_mtime, self._clock.now().tzinfo)
        return max(last, upload.begun)

    def expires(self, upload: OpenUpload) -> datetime:
        """When it is forgotten, unless more of it comes."""
        try:
            return self.moved(upload) + KEPT
        except FileNotFoundError:
            return (upload.received or upload.begun) + REMEMBERED

    def sweep(self) -> None:
        """Forget what nobody goes on with, and outcomes that are old or too many."""
        if self._folder.is_dir():
            with self._alone():
                self._sweep()

    def _sweep(self) -> list[OpenUpload]:
        """Return those that are not ended. Their names say when they began, and the first is the oldest."""
        now = self._clock.now()
        data = {path.stem for path in self._folder.glob("*.data")}
        found = [self.find(identifier) for identifier in sorted(data)]
        unended = [one for one in found if one is not None and self.expires(one) > now]
        records = sorted(path.stem for path in self._folder.glob("*.json"))
        ended = [identifier for identifier in records if identifier not in data]
        oldest = (now - REMEMBERED).timestamp()
        old = [one for one in ended if (self._folder / f"{one}.json").stat().st_mtime < oldest]
        for identifier in {*old, *ended[: max(0, len(ended) - MOST_REMEMBERED)], *(data - {one.id for one in unended})}:
            self.remove(identifier)
        return unended

    def _alone(self) -> AbstractContextManager[None]:
        """Wait until nobody else begins or sweeps; that takes milliseconds."""
        return alone(self._folder / "lock")

    def _date(self, path: Path) -> None:
        """By the site's clock, so that one clock says when it is old."""
        now = self._clock.now().timestamp()
        os.utime(path, (now, now))

    def _lock(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.lock"

    def _data(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.data"
