"""Upload a file by its parts: ask which of them the service lacks, and send these alone, going on after every break."""

from __future__ import annotations

import hashlib
import mmap
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread

from buildpacks.archives.cutting import MOST_PARTS, ArtifactPart, parts_of
from buildpacks.archives.directory import DirectoryError
from buildpacks.errors import Conflict, Failure, NotFound, Refused, Unreachable
from buildsvc.doors.cli.remote.asking import UPLOADED, Asking, Progress, ServiceError, meant_by, part
from buildsvc.model.api import Accepted
from buildsvc.model.uploading import UploadView

LEAST = 1 << 20
"""Bytes of a file below which nobody asks: it is there before the answer would be."""
_TRIES = 8
"""Breaks in a row, without a byte between them that arrived."""
_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
"""Seconds before the first try again; twice as many each time, up to the longest."""
_TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
_SEND_WHOLE = frozenset({"upload-not-whole", "parts-gone", "too-many-uploads"})
"""Codes of answers after which the file is sent whole, as after `NotFound`: there an older service knows no such route,
or no such component, and says it then.
"""
_BEHIND = frozenset({"upload-offset", "upload-busy"})
"""Codes of answers that only say that the service is elsewhere: it may not have noticed a break yet."""


class PartedCalls(Asking):
    """What a client can ask about uploads."""

    def upload(self, identifier: str) -> UploadView:
        """How far an upload is, and what became of it."""
        return self.get(UploadView, f"uploads/{part(identifier)}")

    def push_parts(self, path: Path, query: Mapping[str, str | None], progress: Progress) -> Accepted | None:
        """Upload `path` by its parts; None where it has to be sent whole instead."""
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                begun, missing = self._begin(path.name, data, query)
                self._send(begun, lambda at: _Missing(data, _behind(missing, at), progress))
                return _outcome(self.upload(begun.id))
            except NotFound:
                return None
            except Failure as failure:
                if failure.code in _SEND_WHOLE:
                    return None
                raise

    def _begin(
        self, name: str, data: mmap.mmap, query: Mapping[str, str | None]
    ) -> tuple[UploadView, Sequence[tuple[int, int]]]:
        sha256, parts = _described(data)
        asked: dict[str, object] = {key: value for key, value in query.items() if value is not None}
        asked |= {"filename": name, "size": len(data), "sha256": sha256}
        asked |= {wish: query.get(wish) == "true" for wish in ("force", "anyway", "accept_gap")}
        asked["parts"] = [[one.sha256, one.length] for one in parts]
        begun = self.decode(UploadView, self.call("POST", "uploads", json=asked))
        return begun, _stretches(parts, begun.missing) if parts else ((0, len(data)),)

    def _send(self, begun: UploadView, body: Callable[[int], _Missing]) -> None:
        """Send from where the service is, until all is there. The last answer comes when it was judged."""
        at = tries = 0
        while True:
            try:
                headers = {**_TUS, "Upload-Offset": str(at)}
                self.call("PATCH", f"tus/{part(begun.id)}", headers=headers, body=body(at), wait=UPLOADED).close()
            except (Unreachable, Conflict, Refused) as failure:
                if not _is_break(failure) or tries == _TRIES:
                    raise
            else:
                return
            time.sleep(min(_PAUSE * 2**tries, _LONGEST_PAUSE))
            tries += 1
            found = self._look(begun)
            if found.state in {"accepted", "refused"}:
                return
            if found.received > at:
                at, tries = found.received, 0

    def _look(self, begun: UploadView) -> UploadView:
        """How far it is; as it was where nobody answers: the next try says why."""
        try:
            return self.upload(begun.id)
        except Unreachable:
            return begun


def _is_break(failure: Failure) -> bool:
    return isinstance(failure, Unreachable) or failure.code in {*_BEHIND, "upload-interrupted"}


def _described(data: mmap.mmap) -> tuple[str, tuple[ArtifactPart, ...]]:
    """Give the SHA-256 (hex) of a file, and its parts: none where it is no archive, or has too many."""
    # Hashing leaves the interpreter free, so both are done at once.
    whole = hashlib.sha256()
    aside = Thread(target=whole.update, args=(data,))
    aside.start()
    try:
        parts = tuple(parts_of(data, len(data)))
    except DirectoryError:
        parts = ()
    finally:
        aside.join()
    return whole.hexdigest(), parts if len(parts) <= MOST_PARTS else ()


def _stretches(parts: Sequence[ArtifactPart], missing: Sequence[int]) -> Sequence[tuple[int, int]]:
    """Where the missing parts lie in the file, and how long they are (bytes)."""
    starts, at = [], 0
    for one in parts:
        starts.append(at)
        at += one.length
    return [(starts[number], parts[number].length) for number in missing]


def _behind(stretches: Sequence[tuple[int, int]], at: int) -> Sequence[tuple[int, int]]:
    """Leave out of the stretches what does not lie behind their first `at` bytes."""
    found = []
    for offset, length in stretches:
        skipped = min(at, length)
        at -= skipped
        if skipped < length:
            found.append((offset + skipped, length - skipped))
    return found


def _outcome(found: UploadView) -> Accepted:
    if found.accepted is not None:
        return found.accepted
    problem = found.problem
    if problem is None:
        raise ServiceError("upload-outcome", upload=found.id, state=found.state)
    raise meant_by(problem, problem.status)


class _Missing:
    """Stretches of a file as a request's body. `progress` counts the file: what is not in them is there already."""

    def __init__(self, data: mmap.mmap, stretches: Sequence[tuple[int, int]], progress: Progress) -> None:
        self._data, self._progress = data, progress
        self._waiting = list(reversed(stretches))
        self._left = sum(length for _, length in stretches)

    def __len__(self) -> int:
        return self._left

    def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes, `size` at most; empty only at the end."""
        found: list[bytes] = []
        room = self._left if size < 0 else size
        while room and self._waiting:
            offset, length = self._waiting.pop()
            taken = min(length, room)
            found.append(self._data[offset : offset + taken])
            room -= taken
            if taken < length:
                self._waiting.append((offset + taken, length - taken))
        piece = b"".join(found)
        self._left -= len(piece)
        self._progress(len(self._data) - self._left, len(self._data))
        return piece
