"""The page's files as they leave: named by a digest of them all, so that a browser keeps them and never mixes two
versions; compressed once.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from flask import Response, abort, request

_YEAR: Final = 365 * 24 * 3600
_LATER: Final = (
    "vendor/dagre.js",
    "vendor/uplot.js",
    "page/newsroom.js",
    "page/news-worker.js",
    "page/sse.js",
    "tray/file-worker.js",
    "tray/parts.js",
    "tray/zip.js",
)
_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
_PACKED: Final = frozenset(_KINDS)


class Files:
    """The files below `folder`, as they were when they were first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._content = lru_cache(maxsize=None)(self._read)

    @cached_property
    def version(self) -> str:
        """A digest of all files: their names and what is in them."""
        digest = hashlib.sha256()
        for name in self._names:
            digest.update(f"{name}\0".encode() + hashlib.sha256((self._folder / name).read_bytes()).digest())
        return digest.hexdigest()[:12]

    @cached_property
    def _names(self) -> frozenset[str]:
        found = (path for path in self._folder.rglob("*") if path.is_file())
        return frozenset(path.relative_to(self._folder).as_posix() for path in found)

    def address(self, name: str) -> str:
        """Where a browser finds a file, for as long as no file changes."""
        return f"/static/{self.version}/{name}"

    def first(self) -> list[str]:
        """Name the modules that every view needs: fetched at once instead of one after the other."""
        wanted = ("page/", "pieces/", "tray/", "vendor/preact.js", "words.js", "views/home.js")
        return sorted(n for n in self._names if n.startswith(wanted) and n.endswith(".js") and n not in _LATER)

    def give(self, name: str) -> Response:
        """Answer with a file; its name may begin with the version, and then a browser need never ask again."""
        version, _, rest = name.partition("/")
        known = rest if version == self.version else name
        if known not in self._names:
            abort(404)
        packed, plain = self._content(known)
        small = packed is not None and request.accept_encodings.quality("gzip") > 0
        suffix = Path(known).suffix
        kind = _KINDS.get(suffix) or mimetypes.guess_type(known)[0] or "application/octet-stream"
        response = Response(packed if small else plain, content_type=f"{kind}; charset=utf-8")
        if small:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if rest == known else "no-cache"
        response.set_etag(f"{self.version}{'-gzip' if small else ''}")
        response.make_conditional(request)
        return response

    def _read(self, name: str) -> tuple[bytes | None, bytes]:
        plain = (self._folder / name).read_bytes()
        return (gzip.compress(plain, mtime=0) if Path(name).suffix in _PACKED else None), plain
