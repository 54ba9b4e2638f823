"""What a rehearsal is asked to do, and what it says while it does it: what passes between the two processes of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RehearsedBundle:
    """A bundle's file, and the application and version in it. `answers` are options for install and upgrade, as they
    were typed.
    """

    file: str
    application: str
    version: str
    answers: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.application}@{self.version}"

    @classmethod
    def of(cls, found: dict[str, Any]) -> RehearsedBundle:
        """Read what was written as JSON."""
        return cls(**{**found, "answers": tuple(found["answers"])})


@dataclass(frozen=True)
class RehearsedKit:
    """A kit that lies unpacked in `folder`; `engine` is the id of the one in it, empty where there is none."""

    folder: str
    version: str
    engine: str


@dataclass(frozen=True)
class RehearsalOrder:
    """Everything lies below `folder`. With `former` that is installed first, and the bundle of the same application is
    the upgrade. With `kit` its programs are used, not those of this machine.
    """

    folder: str
    bundles: tuple[RehearsedBundle, ...]
    former: RehearsedBundle | None
    kit: RehearsedKit | None

    def write(self, path: Path) -> None:
        """Leave it for the other process."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> RehearsalOrder:
        """Read what `write` left."""
        found = json.loads(path.read_text(encoding="utf-8"))
        former, kit = found["former"], found["kit"]
        return cls(
            found["folder"],
            tuple(map(RehearsedBundle.of, found["bundles"])),
            None if former is None else RehearsedBundle.of(former),
            None if kit is None else RehearsedKit(**kit),
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
