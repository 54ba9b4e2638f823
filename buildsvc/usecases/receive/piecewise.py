"""Receive an artifact piece by piece: begun by what its sender says of it, gone on with after any break, and, when the
last byte is there, put together and judged like every other upload. What became of it is kept, and found by its id.
"""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from buildpacks.archives import names
from buildpacks.archives.cutting import ArtifactPart
from buildpacks.errors import Conflict, Failure, NotFound, Refused
from buildsvc.model.api import Accepted, Problem
from buildsvc.model.clock import Uuid7Ids
from buildsvc.model.uploading import OUTSIDE, OpenUpload, Stretch, UploadState, UploadUnderWay
from buildsvc.store.durable_files import MIB
from buildsvc.store.open_uploads import OpenUploads
from buildsvc.usecases.receive.arrival import Incoming, Upload
from buildsvc.usecases.receive.intake import receive_all
from buildsvc.usecases.receive.parts_here import forget, planned
from buildsvc.usecases.site import Site

CHECKSUMS = ("sha1", "sha256")
"""What a piece may be compared by."""
NOT_WHOLE = frozenset({"upload-not-whole", "parts-gone"})
"""Codes of refusals that are ours: the same file sent whole may be taken."""
_LATER = frozenset({"disk-full", "scan-unfinished"})
"""Codes of refusals that say nothing of the file: it stays, and can be judged again."""


@dataclass(frozen=True)
class Content:
    """What a file is said to be: `size` in bytes, its SHA-256 (hex) or nothing, its parts where it is cut. `among` are
    the applications whose artifacts its sender may build on; None means all.
    """

    size: int
    sha256: str = ""
    parts: tuple[ArtifactPart, ...] = ()
    among: Sequence[str] | None = None


@dataclass(frozen=True)
class Checksum:
    """What a piece has to be: an algorithm of `CHECKSUMS`, and its digest."""

    algorithm: str
    digest: bytes


def store_of(site: Site) -> OpenUploads:
    """Where uploads lie until they are judged."""
    return OpenUploads(site.settings.data, site.settings.paths.tmp, site.clock)


def begin(site: Site, upload: Upload, content: Content, *, owner: str) -> tuple[OpenUpload, tuple[int, ...]]:
    """Begin an upload; the record, and the numbers of the parts that have to be sent, in that order. Raises Refused
    `too-large`, `bad-parts`, `disk-full` or what is wrong with its name, Conflict `too-many-uploads`.
    """
    names.check_file(upload.filename)
    if content.size > site.settings.max_upload:
        raise Refused("too-large.upload", limit=site.settings.max_upload // MIB)
    if content.parts:
        plan, missing = planned(site, upload, content.parts, content.size, content.among)
        expected = sum(content.parts[number].length for number in missing)
    else:
        plan, missing, expected = (Stretch(OUTSIDE, 0, content.size),), (), content.size
    made = OpenUpload(
        id=Uuid7Ids().new(),
        owner=owner,
        actor=upload.actor,
        door=upload.door,
        filename=upload.filename,
        size=content.size,
        expected=expected,
        begun=site.clock.now(),
        plan=plan,
        sha256=content.sha256,
        application=upload.application,
        component=upload.component,
        force=upload.force,
        anyway=upload.anyway,
        accept_gap=upload.accept_gap,
        reach=upload.reach,
    )
    store_of(site).begin(made)
    return made, missing


def append(
    site: Site, upload: OpenUpload, offset: int, pieces: Iterable[bytes], checksum: Checksum | None = None
) -> OpenUpload:
    """Take the bytes that begin at `offset`; the last ones are followed by the judgement. Where `pieces` breaks off,
    what came stays, unless a checksum was to say that it is right.

    Raises Conflict `upload-busy`, `upload-offset`, `upload-ended`; Refused `upload-checksum`, `upload-too-long`, and as
    an upload in one piece does: then it is ended.
    """
    store = store_of(site)
    with store.turn(upload):
        upload = store.find(upload.id) or upload
        if upload.accepted is not None or upload.refused is not None:
            raise Conflict("upload-ended", upload=upload.id)
        if checksum is None:
            sha256 = store.append(upload, offset, pieces)
        else:
            sha256 = _append_checked(store, upload, offset, pieces, checksum)
        if store.received(upload) == upload.expected:
            return _judge(site, store, upload, sha256)
    return upload


def mine(site: Site, identifier: str, owner: str | None) -> OpenUpload:
    """Find the upload that `owner` (a token's id) began; None: whoever did. Raises NotFound `no-such-upload`."""
    found = store_of(site).find(identifier)
    if found is None or owner not in {None, found.owner}:
        raise NotFound("no-such-upload", upload=identifier[:80])
    return found


def under_way(site: Site, who: str, sees: Callable[[str | None], bool]) -> tuple[UploadUnderWay, ...]:
    """Return those of everybody that are not ended, the oldest first: what `who` (a token's id) began, and what is for
    an application that `sees` allows (None: the jar is to say it).
    """
    store = store_of(site)
    found = []
    for one in store.unended():
        if one.owner != who and not sees(one.application):
            continue
        with suppress(FileNotFoundError):
            moved = store.moved(one)
            about = (one.id, one.filename, one.actor, one.application, one.component, one.expected)
            found.append(UploadUnderWay(*about, store.received(one), one.begun, moved, one.owner == who))
    return tuple(found)


def state(site: Site, upload: OpenUpload) -> UploadState:
    """Say what is known of it now."""
    store = store_of(site)
    if upload.accepted is not None:
        return "accepted"
    if upload.refused is not None:
        return "refused"
    if store.received(upload) < upload.expected:
        return "receiving"
    if upload.received is None or store.is_busy(upload):
        return "received"
    return "unknown"


def stop(site: Site, upload: OpenUpload) -> None:
    """Forget an upload. Raises Conflict `upload-busy`, and `upload-ended` where it was taken: what was, stays."""
    store = store_of(site)
    with store.turn(upload):
        found = store.find(upload.id)
        if found is not None and found.accepted is not None:
            raise Conflict("upload-ended", upload=upload.id)
        store.remove(upload.id)


def _append_checked(
    store: OpenUploads, upload: OpenUpload, offset: int, pieces: Iterable[bytes], checksum: Checksum
) -> str:
    seen = hashlib.new(checksum.algorithm, usedforsecurity=False)

    def looked_at() -> Iterator[bytes]:
        for piece in pieces:
            seen.update(piece)
            yield piece

    before = store.received(upload)
    try:
        sha256 = store.append(upload, offset, looked_at())
        _require_same(seen.digest(), checksum, offset)
    except BaseException:
        store.cut_back(upload, before)
        raise
    return sha256


def _require_same(digest: bytes, checksum: Checksum, offset: int) -> None:
    if not hmac.compare_digest(digest, checksum.digest):
        raise Refused("upload-checksum", offset=offset, algorithm=checksum.algorithm)


def _judge(site: Site, store: OpenUploads, upload: OpenUpload, sha256: str) -> OpenUpload:
    upload = replace(upload, received=site.clock.now())
    store.write(upload)
    try:
        ended = replace(upload, accepted=_taken(site, store, upload, sha256))
    except Failure as failure:
        if failure.code in NOT_WHOLE:
            forget(site, upload.plan)
        if failure.code not in _LATER:
            store.end(replace(upload, refused=_problem(failure)))
        raise
    store.end(ended)
    return ended


def _problem(failure: Failure) -> Problem:
    """In English; whoever shows it says it in another language by its code and values."""
    return Problem(
        title="",
        status=failure.http_status,
        detail=failure.message,
        code=failure.code,
        hint=failure.hint,
        variant=failure.variant,
        values=None if failure.values is None else dict(failure.values),
    )


def _taken(site: Site, store: OpenUploads, upload: OpenUpload, sha256: str) -> Accepted:
    told = Upload(
        upload.filename,
        actor=upload.actor,
        door=upload.door,
        application=upload.application,
        component=upload.component,
        force=upload.force,
        anyway=upload.anyway,
        accept_gap=upload.accept_gap,
        reach=upload.reach,
    )
    with store.open(upload) as sent:
        if upload.plan == (Stretch(OUTSIDE, 0, upload.size),):
            here = site.artifacts.adopt(store.path(upload), sha256)
            incoming = Incoming("artifact", upload.filename, cast("BinaryIO", sent), upload.sha256, here)
        else:
            together = cast("BinaryIO", _Together(site, upload.plan, cast("BinaryIO", sent)))
            incoming = Incoming("artifact", upload.filename, together, upload.sha256)
        return receive_all(site, (incoming,), told)


class _Together(io.RawIOBase):
    """The stretches of a plan, one behind the other. Raises Conflict `parts-gone` where one is not here any more."""

    def __init__(self, site: Site, plan: Iterable[Stretch], sent: BinaryIO) -> None:
        self._site, self._sent = site, sent
        self._waiting = iter(plan)
        self._file = sent
        self._left = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes, `size` at most; empty only at the end."""
        while not self._left:
            following = next(self._waiting, None)
            if following is None:
                self._let_go()
                return b""
            self._open(following)
        found = self._file.read(min(size, self._left) if size >= 0 else self._left)
        if not found:
            raise Conflict("parts-gone")
        self._left -= len(found)
        return found

    def _open(self, stretch: Stretch) -> None:
        self._let_go()
        if stretch.artifact:
            try:
                self._file = self._site.artifacts.path(stretch.artifact).open("rb")
            except (NotFound, FileNotFoundError):
                raise Conflict("parts-gone") from None
        self._file.seek(stretch.offset)
        self._left = stretch.length

    def _let_go(self) -> None:
        if self._file is not self._sent:
            self._file.close()
            self._file = self._sent
