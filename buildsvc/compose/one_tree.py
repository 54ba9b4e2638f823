"""The one tree of all files that describe an application: several given ones, included ones, and extended services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from buildpacks.errors import Refused
from buildsvc.compose.envfile import read_env_file
from buildsvc.compose.faults import Faults, nearest
from buildsvc.compose.interpolate import interpolate
from buildsvc.compose.laying_over import merged, without_resets
from buildsvc.compose.rebasing import rebased
from buildsvc.compose.relative import parts_below
from buildsvc.compose.source import Source
from buildsvc.compose.spot import Spot
from buildsvc.compose.yaml_nodes import Map, Node, Scalar, read, read_text

_DEEPEST = 20


@dataclass
class Joining:
    """`files` are all that were read, by their paths relative to the folder of the first one."""

    source: Source
    faults: Faults
    files: dict[str, Path] = field(default_factory=dict)
    read: dict[tuple[str, tuple[tuple[str, str], ...]], Map] = field(default_factory=dict)

    def tree(self, file: str, variables: Mapping[str, str], spot: Spot | None = None) -> Map | None:
        """Return the interpolated tree of one file; None after a fault."""
        path = self._path(file, spot)
        if path is None:
            return None
        self.files[file] = path
        key = file, tuple(sorted(variables.items()))
        if key not in self.read:
            shown = self.source.shown if spot is None and file == self.source.shown else file
            node = read(read_text(path, shown), self.faults, "" if shown == self.source.shown else shown)
            whole = interpolate(node, variables, self.faults)
            assert isinstance(whole, Map)
            self.read[key] = whole
        return self.read[key]

    def variables_file(self, file: str, spot: Spot) -> dict[str, str]:
        path = self._path(file, spot)
        if path is None:
            return {}
        self.files[file] = path
        return read_env_file(path, file, {})

    def _path(self, file: str, spot: Spot | None) -> Path | None:
        path = self.source.folder / file
        if spot is None and not path.resolve().is_relative_to(self.source.limit):
            raise Refused("bad-path", path=file)
        if spot is not None and not path.resolve().is_relative_to(self.source.limit):
            spot.fault("bad-path.outside", text=file)
            return None
        if spot is not None and not path.is_file():
            spot.fault("missing-file.there", text=file)
            return None
        return path


def joined(source: Source, variables: Mapping[str, str], faults: Faults) -> tuple[Map, dict[str, Path]]:
    """Return the tree, and the paths of all files that it was read from. Raises Refused where one is no YAML."""
    joining = Joining(source, faults)
    whole: Node | None = None
    for file in (source.shown, *source.more):
        tree = joining.tree(file, variables)
        assert tree is not None
        # Relative paths of every given file are relative to the folder of the first one.
        tree = _complete(joining, tree, "", variables, (file,))
        whole = tree if whole is None else merged(whole, tree)
    assert whole is not None
    cleaned = without_resets(whole)
    assert isinstance(cleaned, Map)
    return cleaned, joining.files


def _complete(joining: Joining, tree: Map, folder: str, variables: Mapping[str, str], way: tuple[str, ...]) -> Map:
    """Return a file's tree with what it includes and its services extended; relative paths counted from `folder`."""
    faults = joining.faults
    services = tree.entries.get("services")
    entries = dict(tree.entries)
    if isinstance(services, Map):
        whole = {
            name: _extended(joining, services, name, folder, variables, way=((way[-1], name),))
            for name in services.entries
        }
        entries["services"] = replace(
            services, entries={key: value for key, value in whole.items() if value is not None}
        )
    base: Node = replace(tree, entries={key: value for key, value in entries.items() if key != "include"})
    top = Spot(tree, "", tree.line, faults)
    include = top.get("include")
    for item in include.items("expected.files") if include is not None else []:
        included = _included(joining, item, folder, variables, way)
        base = merged(included, base) if included is not None else base
    assert isinstance(base, Map)
    return base


def _included(
    joining: Joining, item: Spot, folder: str, variables: Mapping[str, str], way: tuple[str, ...]
) -> Map | None:
    if item.is_map:
        item.known(("path", "project_directory", "env_file"))
        path, directory, env = item.get("path"), item.get("project_directory"), item.get("env_file")
        files = path.texts("expected.paths") if path is not None else ()
    else:
        files, directory, env = item.texts("expected.path"), None, None
    whole: Node | None = None
    home = _below(folder, directory.text() or "") if directory is not None else None
    for file in files:
        named = _below(folder, file)
        if named in way or len(way) > _DEEPEST:
            item.fault("circle.includes", named=named)
            return None
        # Paths of all the files of one entry are relative to the folder of the first.
        home = str(PurePosixPath(named).parent) if home is None else home
        known = dict(variables)
        for one in env.texts("expected.path") if env is not None else _dot_env(joining, home):
            known = {**joining.variables_file(_below(folder, one) if env is not None else one, item), **known}
        tree = joining.tree(named, known, item)
        if tree is None:
            return None
        tree = _complete(joining, rebased(tree, home), home, known, (*way, named))
        whole = tree if whole is None else merged(whole, tree)
    return whole if isinstance(whole, Map) else None


def _dot_env(joining: Joining, home: str) -> Sequence[str]:
    path = _below(home, ".env")
    return (path,) if home != "." and (joining.source.folder / path).is_file() else ()


def _extended(
    joining: Joining,
    services: Map,
    name: str,
    folder: str,
    variables: Mapping[str, str],
    *,
    way: tuple[tuple[str, str], ...],
) -> Node | None:
    """Return a service with what it extends below it; None after a fault."""
    node = services.entries[name]
    extends = node.entries.get("extends") if isinstance(node, Map) else None
    if not isinstance(node, Map) or extends is None:
        return node
    spot = Spot(extends, f"services.{name}.extends", node.lines.get("extends", node.line), joining.faults)
    own = replace(node, entries={key: value for key, value in node.entries.items() if key != "extends"})
    target, file = _target(spot)
    if target is None:
        return own
    home, others, at = folder, services, way[-1][0]
    if file is not None:
        at = _below(folder, file)
        home = str(PurePosixPath(at).parent)
        tree = joining.tree(at, variables, spot)
        found = rebased(tree, home).entries.get("services") if tree is not None else None
        if not isinstance(found, Map):
            return own
        others = found
    if target not in others.entries:
        spot.fault("unknown-service.extended", target=target, near=nearest(target, others.entries))
        return own
    if (at, target) in way or len(way) > _DEEPEST:
        spot.fault("circle.extends", target=target)
        return own
    base = _extended(joining, others, target, home, variables, way=(*way, (at, target)))
    return merged(base, own, f"services.{name}") if base is not None else own


def _target(spot: Spot) -> tuple[str | None, str | None]:
    if isinstance(spot.node, Scalar):
        return spot.text("expected.service"), None
    spot.known(("service", "file"))
    service, file = spot.get("service"), spot.get("file")
    if service is None:
        spot.fault("missing-key.extends")
        return None, None
    return service.text(), file.text() if file is not None else None


def _below(folder: str, path: str) -> str:
    """Return a path that is written in a file of `folder`, from the folder of the first file; `..` as it is written."""
    return "/".join(parts_below(folder, path)) or "."
