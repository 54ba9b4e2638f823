"""Typed reading of a TOML table: a key that is not known, or holds another kind of value, is a fault with its path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence

_KINDS = {str: "kind.text", int: "kind.number", bool: "kind.boolean", list: "kind.list", dict: "kind.table"}


class Table:
    """One table of `file`; `path` is like `layer[0].`, empty at the top. Raises Refused `bad-buildpack` throughout."""

    def __init__(self, file: str, data: Mapping[str, Any], known: Iterable[str], path: str = "") -> None:
        self._file, self._data, self._path = file, data, path
        names = tuple(known)
        for key in data:
            if key not in names:
                close = difflib.get_close_matches(key, names, n=1)
                near = f"{path}{close[0]}" if close else ""
                raise self.fault(key, "bad-buildpack.unknown", near=near, known=() if near else names)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def fault(self, key: str, what: str, /, **values: object) -> Refused:
        """Return what is wrong with a key of this table, by the key of its sentence and its values."""
        return Refused(what, file=self._file, place=f"{self._path}{key}", **values)

    def text(self, key: str) -> str | None:
        """Read a text that is not empty."""
        found: str | None = self._of(key, str)
        if found is not None and not found.strip():
            raise self.fault(key, "bad-buildpack.empty")
        return found

    def required(self, key: str) -> str:
        """Read a text that must be there."""
        found = self.text(key)
        if found is None:
            raise self.fault(key, "bad-buildpack.missing")
        return found

    def number(self, key: str) -> int | None:
        found: int | None = self._of(key, int)
        return found

    def flag(self, key: str) -> bool | None:
        found: bool | None = self._of(key, bool)
        return found

    def pattern(self, key: str) -> re.Pattern[str] | None:
        """Read a regular expression."""
        found = self.text(key)
        try:
            return re.compile(found) if found is not None else None
        except re.error as error:
            raise self.fault(key, "bad-buildpack.pattern", error=error) from error

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; empty where it is absent."""
        found = self._of(key, list) or []
        for index, item in enumerate(found):
            if not isinstance(item, str) or not item:
                raise self.fault(f"{key}[{index}]", "bad-buildpack.kind", found=repr(item), kind=sentence("kind.text"))
        return tuple(found)

    def folder(self, key: str) -> str | None:
        """Read an absolute path in the image, given back without slashes at its ends."""
        found = self.text(key)
        return None if found is None else self.checked_folder(key, found)

    def checked_folder(self, key: str, path: str) -> str:
        """Check that of a list's item and give it back likewise."""
        inner = path.strip("/")
        parts = inner.split("/")
        if not path.startswith("/") or not all(parts) or {".", ".."} & set(parts):
            raise self.fault(key, "bad-buildpack.path", path=path)
        return inner

    def table(self, key: str, known: Iterable[str] | None = None) -> Table:
        """Return the table below a key, empty where it is absent; without `known` any key may be in it."""
        found = self._of(key, dict) or {}
        return Table(self._file, found, found if known is None else known, f"{self._path}{key}.")

    def tables(self, key: str, known: Iterable[str]) -> tuple[Table, ...]:
        """Read a list of tables, as `[[key]]` writes it."""
        found = self._of(key, list) or []
        names = tuple(known)
        for index, item in enumerate(found):
            if not isinstance(item, dict):
                raise self.fault(f"{key}[{index}]", "bad-buildpack.no-table", name=f"[[{key}]]")
        return tuple(Table(self._file, item, names, f"{self._path}{key}[{index}].") for index, item in enumerate(found))

    def keys(self) -> tuple[str, ...]:
        """Return those that are there, in the file's order."""
        return tuple(self._data)

    def _of(self, key: str, kind: type) -> Any:
        found = self._data.get(key)
        if found is not None and type(found) is not kind:
            raise self.fault(key, "bad-buildpack.kind", found=repr(found), kind=sentence(_KINDS[kind]))
        return found
