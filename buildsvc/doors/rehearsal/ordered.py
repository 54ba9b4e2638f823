"""What a rehearsal is asked to do, and what it says while it does it: what passes between the two processes of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class RehearsedBundle:
    """A bundle's file, and the application and version in it."""

    file: str
    application: str
    version: str

    @property
    def title(self) -> str:
        return f"{self.application}@{self.version}"


@dataclass(frozen=True)
class RehearsalOrder:
    """Everything lies below `folder`. With `former` that is installed first, and `bundle` is the upgrade. `answers` are
    options for install and upgrade, as they were typed.
    """

    folder: str
    bundle: RehearsedBundle
    former: RehearsedBundle | None
    answers: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Leave it for the other process."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> RehearsalOrder:
        """Read what `write` left."""
        found = json.loads(path.read_text(encoding="utf-8"))
        former = found["former"]
        return cls(
            found["folder"],
            RehearsedBundle(**found["bundle"]),
            None if former is None else RehearsedBundle(**former),
            tuple(found["answers"]),
        )


@dataclass(frozen=True)
class RehearsedStep:
    """One step: its name as a key of the catalogue, of which version, and what was seen. It has
    ended when `seconds` is set; `fault` says why it did not end well, with what to do in `hint`.
    """

    key: str
    title: str = ""
    seconds: float | None = None
    seen: tuple[str, ...] = ()
    fault: str = ""
    hint: str = ""

    def line(self) -> str:
        """Write it on one line, for the process that listens."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> RehearsedStep:
        """Read such a line."""
        found = json.loads(line)
        return cls(**{**found, "seen": tuple(found["seen"])})
