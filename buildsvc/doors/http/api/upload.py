"""The body of an upload as a stream of each file's bytes, raw or multipart, read as it arrives and never spooled here.

Whoever reads the stream writes the only copy. A body that ends early raises, so a broken upload is never a short file.
Format: RFC 7578 (multipart/form-data), by Werkzeug's incremental decoder.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.sansio.multipart import Data, Epilogue, Field, NeedData, State
from werkzeug.sansio.multipart import File as Opening

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.doors.http.api.form_headers import MOST_AROUND, FormDecoder, too_much

CHUNK = 256 * 1024
"""Bytes asked for at once; four times as much took the same processor time."""
LONGEST_FIELD = 4096
MOST_FIELDS = 16
FILE_FIELD = "artifact"
LIBRARIES_FIELD = "libraries"
FILE_FIELDS = (FILE_FIELD, LIBRARIES_FIELD)


FormEvents = Iterator[Field | Opening | Data]


@dataclass(frozen=True)
class File:
    """One file on its way in; `field` says what it is."""

    field: str
    filename: str
    stream: BinaryIO


@dataclass(frozen=True)
class UploadForm:
    """The files on their way in, each to be read before the next is asked for, and the form fields before the first."""

    fields: dict[str, str]
    files: Iterator[File]


class _Bytes(io.RawIOBase):
    """A readable stream over an iterator of byte strings; a piece that fits is handed on as it is."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Give what has arrived, `size` bytes at most; empty only at the end."""
        if size < 0:
            return self.readall()
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def open_upload(request: Request, filename: str | None, count: Callable[[int], None]) -> UploadForm:
    """Begin to read the request's files; `count` hears how many bytes came. Raises Refused: no name, no file, a body
    that is not what its header says.
    """
    body = arriving(request, count)
    if request.mimetype == "multipart/form-data":
        return _multipart(request.mimetype_params.get("boundary", ""), body, filename)
    name = plain_name(filename or "")
    if not name:
        raise Refused("no-filename.body")
    return UploadForm({}, iter((File(FILE_FIELD, name, _as_stream(body)),)))


def arriving(request: Request, count: Callable[[int], None]) -> Iterator[bytes]:
    """Give the body's bytes. A server that ends the input itself reports a lost client as a plain end: so count."""
    received = 0
    while True:
        try:
            piece = request.stream.read(CHUNK)
        except (OSError, ParseException) as error:
            raise _interrupted(received, request.content_length) from error
        if not piece:
            break
        received += len(piece)
        count(len(piece))
        yield piece
    if request.content_length is not None and received < request.content_length:
        raise _interrupted(received, request.content_length)


def _multipart(boundary: str, arriving: Iterator[bytes], filename: str | None) -> UploadForm:
    if not boundary:
        raise Refused("bad-multipart.boundary")
    if not boundary.isascii():
        raise _broken(sentence("form-fault.boundary"))
    events = _events(arriving, FormDecoder(boundary.encode()))
    fields, file = _up_to_file(events)
    return UploadForm(fields, _files(file, events, filename))


def _files(first: Opening, events: FormEvents, filename: str | None) -> Iterator[File]:
    """Give each file in its turn; `filename` is what the address calls the artifact."""
    following: list[Opening] = [first]
    seen: set[str | None] = set()
    while following:
        file = following.pop()
        seen.add(file.name)
        name = plain_name((filename if file.name == FILE_FIELD else None) or file.filename or "")
        if not name:
            raise Refused("no-filename.form")
        content = _rest_of(events, seen, following)
        yield File(file.name or "", name, _as_stream(content))
        for _ in content:
            pass


def _events(pieces: Iterator[bytes], decoder: FormDecoder) -> FormEvents:
    """Give what the decoder finds. It holds all that is no content: so it is given little of that, and never more."""
    waiting = b""
    try:
        while True:
            event = decoder.next_event()
            if isinstance(event, Epilogue):
                break
            inside = decoder.state in {State.DATA, State.DATA_START}
            if isinstance(event, NeedData):
                if not inside and len(decoder.buffer) > MOST_AROUND:
                    raise _broken(too_much())
                waiting = waiting or next(pieces, b"")
                given, waiting = (waiting, b"") if inside else (waiting[:MOST_AROUND], waiting[MOST_AROUND:])
                decoder.receive_data(given or None)
            elif isinstance(event, Field | Opening | Data):
                yield event
    except ValueError as error:
        raise _broken(error) from error


def _broken(why: object) -> Refused:
    return Refused("bad-multipart.broken", why=why)


def _up_to_file(events: FormEvents) -> tuple[dict[str, str], Opening]:
    fields: dict[str, bytes] = {}
    name = ""
    for event in events:
        if isinstance(event, Opening):
            if event.name in FILE_FIELDS:
                return {key: value.decode("utf-8", "replace") for key, value in fields.items()}, event
            raise _unexpected(event.name)
        if isinstance(event, Field):
            name = event.name
            fields[name] = b""
        elif isinstance(event, Data):
            fields[name] += event.data
        if len(fields) > MOST_FIELDS or len(fields.get(name, b"")) > LONGEST_FIELD:
            raise Refused("bad-multipart.field", name=name)
    raise Refused("no-file")


def _rest_of(events: FormEvents, seen: set[str | None], following: list[Opening]) -> Iterator[bytes]:
    """Give the content of the file that was begun; a next one goes into `following`."""
    for event in events:
        if isinstance(event, Data):
            yield bytes(event.data)
        elif isinstance(event, Opening) and event.name in FILE_FIELDS and event.name not in seen:
            following.append(event)
            return
        else:
            raise _unexpected(event.name)


def _as_stream(pieces: Iterator[bytes]) -> BinaryIO:
    return cast("BinaryIO", _Bytes(pieces))


def _unexpected(name: str | None) -> Refused:
    return Refused("unexpected-field", name=name)


def _interrupted(received: int, expected: int | None) -> Refused:
    return Refused("upload-interrupted.early", received=received, of=expected)


def plain_name(filename: str) -> str:
    """Return the last part of what a client calls a file, whichever way its separators lean."""
    return PurePosixPath(filename.replace("\\", "/")).name


def means_yes(text: str | None) -> bool:
    """Whether a field or a piece of metadata says yes."""
    return text in {"true", "1"}
