"""A site's own buildpack as a TOML file: what it matches, its layers, and how the program starts. Nothing of it is run.

name = "acme-scripts"
[match]
entries = ["conf/acme.toml", "lib/*.jar"]
[[layer]]
role = "dependencies"
entries = ["lib/*.jar"]
[[layer]]
role = "application"
entries = ["**"]
[launch]
main_class = "com.acme.Main"
class_path = ["/app/conf/", "/app/lib/*.jar"]
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from buildpacks.errors import Refused
from buildpacks.java.decide import OLDEST_BASE
from buildpacks.own.toml_table import Table

_TOP = ("name", "description", "before", "java", "working_dir", "environment", "writable", "leave_out", "port", "web",
        "keeps_sessions_in_memory", "match", "layer", "launch")  # fmt: skip
_MATCH = ("entries", "absent", "manifest", "main_class", "filename")
_LAYER = ("role", "entries", "whole", "to", "strip", "executable", "mtime")
_LAUNCH = ("options", "jar", "main_class", "class_path", "target", "arguments")
_ROLE = re.compile(r"[a-z][a-z0-9-]{0,62}")
_HOME = "app"
_LARGEST_PORT = 65535


@dataclass(frozen=True)
class DeclaredMatch:
    """All of it must hold: each glob of `entries` means an entry, none of `absent` does, manifest attributes, main
    class and file name are wholly as the patterns say.
    """

    entries: tuple[str, ...]
    absent: tuple[str, ...]
    manifest: tuple[tuple[str, re.Pattern[str]], ...]
    main_class: re.Pattern[str] | None
    filename: str | None


@dataclass(frozen=True)
class DeclaredLayer:
    """Entries that no layer before it took, below `to` without the prefix `strip`; or the artifact itself as `whole`.
    Paths are relative to the image's root.
    """

    role: str
    entries: tuple[str, ...]
    whole: str | None
    to: str
    strip: str
    executable: bool
    content_mtime: bool


@dataclass(frozen=True)
class DeclaredStart:
    """One of `jar` (a glob of paths in the image), `target` (arguments as they are), or `class_path` with a class."""

    options: tuple[str, ...]
    jar: str | None
    main_class: str | None
    class_path: tuple[str, ...]
    target: tuple[str, ...]
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Declared:
    """The whole file. `writable` and `working_dir` are relative to the image's root."""

    file: str
    name: str
    description: str
    before: str | None
    java: int | None
    working_dir: str
    environment: tuple[tuple[str, str], ...]
    writable: tuple[str, ...]
    leave_out: tuple[str, ...]
    port: int | None
    web: bool | None
    keeps_sessions_in_memory: bool | None
    match: DeclaredMatch
    layers: tuple[DeclaredLayer, ...]
    start: DeclaredStart


def parse(file: str, data: bytes) -> Declared:
    """Read the file's meaning. Raises Refused `bad-buildpack` that names file and key, or line."""
    try:
        found = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused("bad-buildpack.toml", file=file, error=error) from error
    top = Table(file, found, _TOP)
    java, port = top.number("java"), top.number("port")
    if java is not None and java < OLDEST_BASE:
        raise top.fault("java", "bad-buildpack.java", java=java, oldest=OLDEST_BASE)
    if port is not None and not 0 < port <= _LARGEST_PORT:
        raise top.fault("port", "bad-buildpack.port", port=port)
    environment = top.table("environment")
    return Declared(
        file=file,
        name=top.required("name"),
        description=top.text("description") or "",
        before=top.text("before"),
        java=java,
        working_dir=top.folder("working_dir") or _HOME,
        environment=tuple((name, environment.required(name)) for name in environment.keys()),  # noqa: SIM118
        writable=tuple(top.checked_folder("writable", path) for path in top.texts("writable")),
        leave_out=top.texts("leave_out"),
        port=port,
        web=top.flag("web"),
        keeps_sessions_in_memory=top.flag("keeps_sessions_in_memory"),
        match=_match(top, top.table("match", _MATCH)),
        layers=_layers(top),
        start=_start(top, top.table("launch", _LAUNCH)),
    )


def _match(top: Table, table: Table) -> DeclaredMatch:
    manifest = table.table("manifest")
    attributes = ((name, manifest.pattern(name)) for name in manifest.keys())  # noqa: SIM118
    found = DeclaredMatch(
        entries=table.texts("entries"),
        absent=table.texts("absent"),
        manifest=tuple((name, pattern) for name, pattern in attributes if pattern is not None),
        main_class=table.pattern("main_class"),
        filename=table.text("filename"),
    )
    if not (found.entries or found.manifest or found.main_class or found.filename):
        raise top.fault("match", "bad-buildpack.match")
    return found


def _layers(top: Table) -> tuple[DeclaredLayer, ...]:
    tables = top.tables("layer", _LAYER)
    if not tables:
        raise top.fault("layer", "bad-buildpack.layer", table="[[layer]]")
    return tuple(_layer(table) for table in tables)


def _layer(table: Table) -> DeclaredLayer:
    role, mtime = table.required("role"), table.text("mtime")
    if not _ROLE.fullmatch(role):
        raise table.fault("role", "bad-buildpack.role", role=role)
    if mtime not in {None, "content", "stamp"}:
        raise table.fault("mtime", "bad-buildpack.mtime", mtime=mtime)
    entries, whole = table.texts("entries"), table.folder("whole")
    if bool(entries) == bool(whole):
        raise table.fault("entries", "bad-buildpack.entries")
    strip = table.text("strip")
    return DeclaredLayer(
        role=role,
        entries=entries,
        whole=whole,
        to=table.folder("to") or _HOME,
        strip=f"{strip.rstrip('/')}/" if strip else "",
        executable=bool(table.flag("executable")),
        content_mtime=role != "application" if mtime is None else mtime == "content",
    )


def _start(top: Table, table: Table) -> DeclaredStart:
    found = DeclaredStart(
        options=table.texts("options"),
        jar=table.text("jar"),
        main_class=table.text("main_class"),
        class_path=table.texts("class_path"),
        target=table.texts("target"),
        arguments=table.texts("arguments"),
    )
    if sum(map(bool, (found.jar, found.class_path, found.target))) != 1:
        raise top.fault("launch", "bad-buildpack.launch")
    if found.main_class and not found.class_path:
        raise table.fault("main_class", "bad-buildpack.main-class")
    for path in (*found.class_path, *filter(None, (found.jar,))):
        if not path.startswith("/"):
            raise table.fault("class_path" if found.class_path else "jar", "bad-buildpack.in-image", path=path)
    return found
