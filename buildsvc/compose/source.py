"""Where a Compose file and what it names lie, and what became of it: the nouns of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from buildsvc.compose.places import Places
from buildsvc.model.application import Application


@dataclass(frozen=True)
class Source:
    """A folder that holds a Compose file, its `.env`, env_files and relative bind sources.

    `file` is relative to `root`, with `/`. `env` are the variables of `--env-file`, which win over `.env`. `directory`
    is the name of the folder in which the file lay at its author's; "" takes the name of the one in which it lies.
    `bound` is the folder that no path in the file may leave; None means `root`.
    """

    root: Path
    file: str
    env: Mapping[str, str] = field(default_factory=dict)
    directory: str = ""
    bound: Path | None = None
    more: tuple[str, ...] = ()
    """Further Compose files, laid over the first one in their order; relative to its folder."""
    jars: Mapping[str, str] = field(default_factory=dict)
    """Build contexts that stayed at the author's, by what is written, and the jar that lies in each ("" for none)."""
    told: frozenset[str] = frozenset()
    """Services that are jar components although the file does not say so."""

    @property
    def path(self) -> Path:
        return self.root / self.file

    @property
    def folder(self) -> Path:
        """What relative paths in the file are relative to."""
        return self.path.parent

    @property
    def limit(self) -> Path:
        """The folder, without links, that no path may leave."""
        return (self.bound or self.root).resolve()

    @property
    def shown(self) -> str:
        return PurePosixPath(self.file).name

    @property
    def directory_name(self) -> str:
        return self.directory or self.folder.resolve().name


@dataclass(frozen=True)
class Parsed:
    """`secrets` maps a secret's name to its value; `contents` the SHA-256 of a content tar to its path. Such a
    tar holds a folder (its first member is `.`, the others are relative to it) or one file, named like the target.
    """

    application: Application
    secrets: Mapping[str, str]
    contents: Mapping[str, Path]
    warnings: tuple[dict[str, Any], ...] = ()
    """Sentences of the catalogue, with their values."""
    places: Places = field(default_factory=Places)
