"""Files on their way out as one form (multipart/form-data, RFC 7578), read as it is sent; nothing is held in memory."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from buildsvc.model.streams import Readable

_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""In names, as browsers do (HTML, "multipart form data")."""


class Form:
    """The form of `files`, by their fields and in their order. Open it with `with`; `size` in bytes, `kind` for the
    header Content-Type.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._boundary = uuid.uuid4().hex
        self.kind = f"multipart/form-data; boundary={self._boundary}"
        self._heads = {field: self._head(field, path.name) for field, path in files.items()}
        self._files = files
        self._end = f"--{self._boundary}--\r\n".encode()
        sizes = (len(self._heads[field]) + path.stat().st_size + len(b"\r\n") for field, path in files.items())
        self.size = sum(sizes) + len(self._end)
        self._stack = ExitStack()
        self._waiting: list[Readable] = []

    def __enter__(self) -> Self:
        for field, path in self._files.items():
            file = self._stack.enter_context(path.open("rb"))
            self._waiting += [io.BytesIO(self._heads[field]), file, io.BytesIO(b"\r\n")]
        self._waiting.append(io.BytesIO(self._end))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def read(self, size: int = -1, /) -> bytes:
        """Read the next bytes, `size` at most; empty only at the end."""
        while self._waiting:
            found = self._waiting[0].read(size)
            if found:
                return found
            self._waiting.pop(0)
        return b""

    def _head(self, field: str, filename: str) -> bytes:
        name = filename.translate(_ESCAPED)
        lines = (
            f"--{self._boundary}",
            f'Content-Disposition: form-data; name="{field}"; filename="{name}"',
            "Content-Type: application/octet-stream",
            "",
            "",
        )
        return "\r\n".join(lines).encode()
