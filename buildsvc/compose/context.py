"""What the readers of one Compose file share: where it lies, its variables, and what they have gathered so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from buildpacks.archives.limits import DEFAULT
from buildpacks.archives.names import LONGEST_FILE_NAME
from buildpacks.errors import Refused
from buildsvc.compose.content_tars import Item, pack
from buildsvc.compose.faults import Faults
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
    services: frozenset[str] = frozenset()
    networks: Mapping[str, Spot] = field(default_factory=dict)
    volumes: Mapping[str, Spot] = field(default_factory=dict)
    configs: Mapping[str, Spot] = field(default_factory=dict)
    secret_files: Mapping[str, Spot] = field(default_factory=dict)
    used_networks: set[str] = field(default_factory=set)
    used_volumes: set[str] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    contents: dict[str, Path] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def beside(self, spot: Spot, text: str) -> Path | None:
        """The path of something that lies with the Compose file; a fault when it is absolute, outside, or not there."""
        portable = text.replace("\\", "/")
        if portable.startswith(("/", "~")) or portable[1:3] == ":/":
            spot.fault("bad-path", f"names '{text}', which is absolute.", "Name a path relative to the Compose file.")
            return None
        if not text.isprintable() or any(len(part.encode()) > LONGEST_FILE_NAME for part in portable.split("/")):
            spot.fault("bad-path", f"names {text[:100]!a}, which is no file name.", "Mend the path.")
            return None
        path = self.source.folder / portable
        if len(portable) > DEFAULT.name or not path.resolve().is_relative_to(self.source.limit):
            spot.fault("bad-path", f"names '{text}', which is outside of what was sent.", "Put it beside the file.")
            return None
        if not path.exists():
            spot.fault("missing-file", f"names '{text}', which is not there.", "Make it, or mend the path.")
            return None
        return path

    def content(self, spot: Spot, items: Iterable[Item]) -> str:
        """Pack the items into a content tar and return its SHA-256; "" after a fault."""
        try:
            digest, path = pack(items, self.tmp)
        except Refused as error:
            spot.fault(error.code, f"cannot be read: {error.message}", error.hint)
            return ""
        self.contents[digest] = path
        return digest
