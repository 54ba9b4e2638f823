"""Every fault of one Compose file, collected so that all of them are told together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from buildpacks.errors import Refused
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import sentence

_VARIABLES = {"unset-variable", "bad-variable", "too-large"}


@dataclass(frozen=True)
class Fault:
    """`key` is that of its sentence in the catalogue, `values` what that names beside `path`; `path` is like
    `services.order.ports[0]`; `line` counts from 1, None where there is none.
    """

    key: str
    path: str
    line: int | None
    values: Mapping[str, object]
    file: str = ""
    """Where it is another than the one that is read."""

    @property
    def code(self) -> str:
        return catalogue.split(self.key)[0]

    @property
    def said(self) -> dict[str, Any]:
        """The fault as a sentence, without where it is."""
        return sentence(self.key, path=self.path, **self.values)


class Faults:
    """The collector that is handed to every reader of a part of the file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Fault] = []
        self.empty: dict[str, list[str]] = {}
        """Variables that are not set, and where they made a text empty."""
        self._without_value: set[str] = set()

    def add(self, key: str, path: str, line: int | None, file: str = "", /, **values: object) -> None:
        fault = Fault(key, path, line, values, "" if file == self.file else file)
        if fault.code in _VARIABLES:
            self._without_value.add(path)
        elif path in self._without_value:
            return  # what came of a missing variable is no second fault
        # A merged anchor is read once for each service that uses it; the same sentence twice helps nobody.
        if fault not in self.found:
            self.found.append(fault)

    def refuse(self) -> None:
        """Raise Refused when anything was found: the one code that all faults share, otherwise `bad-compose`."""
        if not self.found:
            return
        ordered = sorted(self.found, key=lambda fault: (fault.file, fault.line or 0))
        codes = {fault.code for fault in ordered}
        code = codes.pop() if len(codes) == 1 else "bad-compose"
        if len(ordered) == 1:
            only = ordered[0]
            raise Refused(f"{code}.in-file", file=only.file or self.file, line=only.line, fault=only.said)
        lines = [sentence("fault-line", file=one.file, line=one.line, fault=one.said) for one in ordered]
        raise Refused(f"{code}.faults", file=self.file, count=len(ordered), faults=lines)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return which known word was meant, or "" when nothing is near."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else ""
