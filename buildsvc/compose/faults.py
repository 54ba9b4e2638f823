"""Every fault of one Compose file, collected so that all of them are told together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from buildpacks.errors import Refused

_VARIABLES = {"unset-variable", "bad-variable", "too-large"}


@dataclass(frozen=True)
class Fault:
    """`path` is like `services.order.ports[0]`; `line` counts from 1, None where there is none. `message` goes on after
    the path: "is not a known key.".
    """

    code: str
    path: str
    line: int | None
    message: str
    hint: str = ""
    file: str = ""
    """Where it is another than the one that is read."""

    @property
    def sentence(self) -> str:
        return f"{self.path} {self.message}".strip()


class Faults:
    """The collector that is handed to every reader of a part of the file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Fault] = []
        self.empty: dict[str, list[str]] = {}
        """Variables that are not set, and where they made a text empty."""
        self._without_value: set[str] = set()

    def add(self, code: str, path: str, line: int | None, message: str, hint: str = "", *, file: str = "") -> None:
        fault = Fault(code, path, line, message, hint, "" if file == self.file else file)
        if code in _VARIABLES:
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
            file = only.file or self.file
            where = f"{file}, line {only.line}" if only.line else file
            raise Refused(code, f"{where}: {only.sentence}", only.hint)
        lines = [f"{self.file} has {len(ordered)} faults:"]
        for fault in ordered:
            where = f"line {fault.line}: " if fault.line else ""
            where = f"{fault.file}, {where}" if fault.file else where
            lines.append(f"  {where}{fault.sentence} {fault.hint}".rstrip())
        raise Refused(code, "\n".join(lines), "Nothing was changed. Mend these lines and apply again.")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a sentence "Did you mean healthcheck?", or "" when nothing is near."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"Did you mean {by_lower[close[0]]}?" if close else ""
