"""Recipes: what a base is made of, read from the data files in `buildpacks/bases/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import buildpacks
from buildpacks.errors import NotFound, Refused

BASES = Path(buildpacks.__file__).parent / "bases"
_NOT_RECIPES = {"suites"}


@dataclass(frozen=True)
class User:
    """A user, and the group of the same name and number."""

    name: str
    id: int
    home: str


@dataclass(frozen=True)
class RecipeFolder:
    """A folder that a user (by number) owns."""

    path: str
    owner: int = 0
    mode: int = 0o755


@dataclass(frozen=True)
class LiteralFile:
    """A file of ours; `content` comes from `buildpacks/bases/files/`, or from who makes the image."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class Recipe:
    """One base to make. `suites` and `java_home` go by distribution; `{architecture}` is still open in paths.

    `packages` are what is asked for; of what they depend on, the patterns `leave_out` are not unpacked, except what
    `keep` matches: a recipe may need what a part leaves out. `exclude` are paths (with `*`) that are dropped with all
    below them. Packages that match `top` get a layer of their own. `lacking` are shared libraries that are left out
    knowingly. `component` is an image that image components run.
    """

    kind: str
    java: int | None
    packages: tuple[str, ...]
    suites: Mapping[str, str]
    leave_out: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    top: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    applets: tuple[str, ...] = ()
    users: tuple[User, ...] = ()
    run_as: str = ""
    folders: tuple[RecipeFolder, ...] = ()
    files: tuple[LiteralFile, ...] = ()
    java_home: Mapping[str, str] = field(default_factory=dict)
    java_trust_store: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    stop_signal: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    working_dir: str = ""
    component: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.java}" if self.java is not None else self.kind

    def leaves_out(self, package: str) -> bool:
        """Tell whether a package among the dependencies is not unpacked."""
        return _among(package, self.leave_out) and not _among(package, self.keep)

    @property
    def user(self) -> User:
        """Whom the image runs as; root where the recipe says nobody."""
        return next((user for user in self.users if user.name == self.run_as), User("root", 0, "/root"))


@dataclass(frozen=True)
class Distribution:
    """A family of suites. `keyring` is the path of its signing keys on a machine that has them."""

    name: str
    keyring: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    pockets: tuple[str, ...]
    rolling: tuple[str, ...]


def kinds(folder: Path = BASES) -> tuple[str, ...]:
    """Return the kinds that there are recipes for: gateway, jdk, jre, …"""
    return tuple(sorted(path.stem for path in folder.glob("*.toml") if path.stem not in _NOT_RECIPES))


def distributions() -> tuple[Distribution, ...]:
    """Return the distributions that `suites.toml` knows."""
    table = _read(BASES / "suites.toml")
    return tuple(Distribution(name, **_tuples(values)) for name, values in table.items())


def load(
    kind: str, java: int | None = None, folder: Path = BASES, *, given: Mapping[str, bytes] | None = None
) -> Recipe:
    """Read the recipe of one kind. `given` are files, by name, that belong to a program and not to the recipe. Raises
    NotFound `no-recipe`, Refused `bad-java` or `bad-recipe`.
    """
    if kind not in kinds(folder):
        raise NotFound("no-recipe", kind=kind, known=kinds(folder))
    merged = _merged(folder / f"{kind}.toml", folder)
    merged.pop("extends", None)
    suites = _suites(kind, merged.pop("suites", {}), java)
    values: dict[str, Any] = {
        "users": tuple(User(**item) for item in merged.pop("user", ())),
        "folders": tuple(RecipeFolder(**item) for item in merged.pop("folder", ())),
        "files": tuple(_literal(item, folder, given or {}) for item in merged.pop("file", ())),
        "applets": tuple(merged.pop("busybox", {}).get("applets", ())),
    }
    try:
        return Recipe(java=java, suites=suites, **_tuples(_filled(merged, java)), **values)
    except TypeError as error:
        raise Refused("bad-recipe", kind=kind, error=error) from error


def load_component(kind: str) -> Recipe:
    """Read the recipe of what image components run. Raises NotFound `no-recipe`, naming those that there are."""
    known = tuple(one for one in kinds() if _read(BASES / f"{one}.toml").get("component"))
    if kind not in known:
        raise NotFound("no-recipe", kind=kind, known=known)
    return load(kind)


def _merged(path: Path, folder: Path) -> dict[str, Any]:
    """Lay a recipe on top of the parts that it extends: lists are joined, tables merged, single values replaced."""
    own = _read(path)
    result: dict[str, Any] = {}
    for table in (*(_merged(folder / "parts" / f"{name}.toml", folder) for name in own.get("extends", ())), own):
        for key, value in table.items():
            former = result.get(key)
            if isinstance(value, list):
                result[key] = [*(former or []), *value]
            elif isinstance(value, dict):
                result[key] = {**(former or {}), **value}
            else:
                result[key] = value
    return result


def _suites(kind: str, table: Mapping[str, Any], java: int | None) -> dict[str, str]:
    """By distribution. A recipe with suites by Java release needs one, any other must not have it."""
    by_release = any(isinstance(value, dict) for value in table.values())
    if not by_release:
        if java is not None:
            raise Refused("bad-java.none", kind=kind, java=java)
        return dict(table)
    known = sorted({int(release) for releases in table.values() for release in releases})
    if java not in known:
        offered = ", ".join(str(release) for release in known)
        raise Refused("bad-java.release", kind=kind, java=java, offered=offered)
    return {name: releases[str(java)] for name, releases in table.items() if str(java) in releases}


def _filled(value: Any, java: int | None) -> Any:
    if isinstance(value, str):
        return value.replace("{java}", str(java))
    if isinstance(value, list):
        return [_filled(item, java) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, java) for key, item in value.items()}
    return value


def _literal(item: Mapping[str, Any], folder: Path, given: Mapping[str, bytes]) -> LiteralFile:
    name = item["source"]
    content = given.get(name)
    if content is None:
        path = folder / "files" / name
        if not path.exists():
            raise Refused("bad-recipe.file", file=name, folder=path.parent)
        content = path.read_bytes()
    return LiteralFile(item["path"], content, item.get("mode", 0o644))


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _among(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
