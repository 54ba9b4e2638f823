"""What the readers of one Compose file share: where it lies, its variables, and what they have gathered so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buildpacks.archives.limits import DEFAULT
from buildpacks.archives.names import LONGEST_FILE_NAME
from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.compose.content_tars import Item, pack
from buildsvc.compose.faults import Faults
from buildsvc.compose.relative import is_absolute, portable
from buildsvc.compose.source import Source
from buildsvc.compose.spot import Spot


@dataclass
class Context:
    """`networks`, `volumes`, `configs` and `secret_files` are the top-level spots by key; the `used_…` sets name those
    that some component asked for.
    """

    source: Source
    variables: Mapping[str, str]
    faults: Faults
    tmp: Path
    name: str = ""
    services: frozenset[str] = frozenset()
    networks: Mapping[str, Spot] = field(default_factory=dict)
    volumes: Mapping[str, Spot] = field(default_factory=dict)
    configs: Mapping[str, Spot] = field(default_factory=dict)
    secret_files: Mapping[str, Spot] = field(default_factory=dict)
    used_networks: set[str] = field(default_factory=set)
    used_volumes: set[str] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    contents: dict[str, Path] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)
    """Relative mounts that are kept as folders of the site, by the key and the name of the volume that each is."""
    containers: dict[str, str] = field(default_factory=dict)
    """`container_name` of each service that has one, and that service."""
    left_out: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    """Keys without effect here (with whose and why, as sentences' keys), and the services in which they stand."""

    def warn(self, key: str, /, **values: object) -> None:
        """Note a warning by its sentence in the catalogue."""
        self.warnings.append(sentence(key, **values))

    def leave_out(self, key: str, service: str, why: str = "", *, of: str = "") -> None:
        """Note a key that has no effect, to be said once for all services."""
        named = self.left_out.setdefault((key, of, why), [])
        if service not in named:
            named.append(service)

    def told(self) -> tuple[dict[str, Any], ...]:
        """Return the warnings, and what has no effect."""
        empty = (
            sentence("compose.variable-empty", name=name, places=places) for name, places in self.faults.empty.items()
        )
        kept = sentence("compose.folders", folders=sorted(self.folders))
        without = (
            sentence(
                "compose.without-effect",
                key=key,
                of=sentence(of) if of else "",
                why=sentence(why) if why else "",
                services=services,
            )
            for (key, of, why), services in self.left_out.items()
        )
        return (*empty, *((kept,) if self.folders else ()), *self.warnings, *without)

    def beside(self, spot: Spot, text: str) -> Path | None:
        """Return the path of something that lies with the Compose file; a fault when it is absolute, outside, or not
        there.
        """
        path = self.place(spot, text)
        if path is not None and not path.exists():
            spot.fault("missing-file.there", text=text)
            return None
        return path

    def place(self, spot: Spot, text: str) -> Path | None:
        """Return the path of something that may lie with the Compose file; a fault when it is absolute or outside."""
        if is_absolute(text):
            spot.fault("bad-path.absolute", text=text)
            return None
        spelled = portable(text)
        if not text.isprintable() or any(len(part.encode()) > LONGEST_FILE_NAME for part in spelled.split("/")):
            spot.fault("bad-path.no-name", text=ascii(text[:100]))
            return None
        path = self.source.folder / spelled
        if len(spelled) > DEFAULT.name or not path.resolve().is_relative_to(self.source.limit):
            spot.fault("bad-path.outside", text=text)
            return None
        return path

    def content(self, spot: Spot, items: Iterable[Item]) -> str:
        """Pack the items into a content tar and return its SHA-256; "" after a fault."""
        try:
            digest, path = pack(items, self.tmp)
        except Refused as error:
            spot.fault(f"{error.code}.unreadable", why=error)
            return ""
        self.contents[digest] = path
        return digest
