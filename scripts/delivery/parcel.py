"""What is delivered, and what passes between the process of the sending site and that of the receiving one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FIRST, BETTER, FLAWED = "1.0.0", "1.1.0", "1.2.0"
"""The versions: the one that is installed, the one it is upgraded to, and one that does not start elsewhere."""
WANTED = "@the-rest"
"""The line by which the receiving site says that it has written its have-list."""


class DeliveryFailed(Exception):
    """A promise does not hold; the message says which."""


@dataclass(frozen=True)
class Goods:
    """An application on the site that sends it. `jars` are pushed for each version, in that order; `flawed` is the
    component whose last version starts only where its site answers for it. `path` is asked at `port`.
    """

    name: str
    compose: Path
    environment: Mapping[str, str]
    jars: Mapping[str, Mapping[str, Path]]
    flawed: str
    port: int
    path: str
    answers: tuple[str, ...] = ()
    """Options of install on the other site."""


@dataclass(frozen=True)
class Parcel:
    """What the receiving site needs to know; everything lies below `folder`."""

    folder: str
    application: str
    replaced: tuple[str, ...]
    flawed: str
    port: int
    path: str
    answers: tuple[str, ...]

    @classmethod
    def of(cls, goods: Goods, folder: Path) -> Parcel:
        replaced = tuple(sorted(goods.jars[BETTER]))
        return cls(str(folder), goods.name, replaced, goods.flawed, goods.port, goods.path, goods.answers)

    def bundle(self, version: str) -> Path:
        return Path(self.folder) / f"{self.application}-{version}.bundle"

    @property
    def have(self) -> Path:
        return Path(self.folder) / "have.json"

    @property
    def figures(self) -> Path:
        return Path(self.folder) / "figures.json"

    def write(self) -> Path:
        """Leave it for the other process."""
        file = Path(self.folder) / "parcel.json"
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return file

    @classmethod
    def read(cls, file: Path) -> Parcel:
        """Read what `write` left."""
        found = json.loads(file.read_text(encoding="utf-8"))
        return cls(**{**found, "replaced": tuple(found["replaced"]), "answers": tuple(found["answers"])})
