"""The headers of a part of a multipart form, as browsers and tools write them: file names in any code page, those of
Windows with their folders, `filename*`. Formats: RFC 7578 section 4.2, RFC 5987, GB 18030.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from werkzeug.datastructures import Headers
from werkzeug.sansio.multipart import MultipartDecoder

from buildpacks.errors import ToldError

MOST_AROUND = 16 * 1024
"""Bytes in front of the first boundary, of the headers of one part, and behind the last boundary."""
_BACKSLASH = re.compile(r"\\([\"\\])|\\")
_EXTENDED = re.compile(r";[ \t]*filename\*[ \t]*=[ \t]*([\w.-]*)'[\w-]*'([^;\s\"]*)", re.IGNORECASE)
_DISPOSITION = "content-disposition"
_LATIN = {"iso-8859-1", "latin-1", "latin1"}


class FormFault(ToldError, ValueError):
    """What is around the parts of a form is not taken."""


def too_much() -> FormFault:
    """Return what is wrong where more is around the parts than is taken."""
    return FormFault("form-fault.around", most=MOST_AROUND)


class FormDecoder(MultipartDecoder):
    """Werkzeug's decoder, which takes UTF-8 only, and every backslash for an escape."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        if len(data) > MOST_AROUND:
            raise too_much()
        found = super()._parse_headers(decoded(bytes(data)).encode())
        if _DISPOSITION in found:
            found[_DISPOSITION] = disposition(found[_DISPOSITION])
        return found


def decoded(raw: bytes) -> str:
    """Text of a sender whose code page is not told: UTF-8, or what a Chinese Windows sends, or Latin-1."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def disposition(header: str) -> str:
    """Return the same header with its `filename*` last, where it counts, in UTF-8; a backslash that escapes nothing
    stays.
    """
    found = _EXTENDED.search(header)
    rest = header if found is None else header[: found.start()] + header[found.end() :]
    rest = _BACKSLASH.sub(lambda one: one[0] if one[1] else r"\\", rest)
    if found is None:
        return rest
    raw = unquote_to_bytes(found[2])
    name = raw.decode("latin-1") if found[1].lower() in _LATIN else decoded(raw)
    return f"{rest}; filename*=UTF-8''{quote(name)}"
