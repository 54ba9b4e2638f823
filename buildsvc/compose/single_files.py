"""`configs` and `secrets`: single files that are sent along and appear in a component, read-only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from buildsvc.compose import spec_keys
from buildsvc.compose.content_tars import Item
from buildsvc.compose.context import Context
from buildsvc.compose.faults import nearest
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Mount

_MODE = 0o444
_MAX_ID = 2**31 - 1


def read_file(spot: Spot, context: Context, declared: Mapping[str, Spot], folder: str) -> Mount | None:
    """One entry of a service's `configs` or `secrets`: a name, or `{source, target, uid, gid, mode}`.

    Without a target the file is `<folder>/<name>`, and a relative target lies in `folder` too.
    """
    numbers = {"uid": 0, "gid": 0}
    mode = _MODE
    target: str | None = None
    name_spot: Spot | None = spot
    if spot.is_map:
        spot.known(spec_keys.FILE_REFERENCE)
        name_spot, target_spot = spot.get("source"), spot.get("target")
        target = target_spot.text("expected.path") if target_spot is not None else None
        numbers = {key: _number(spot.get(key)) for key in numbers}
        mode = _mode(spot.get("mode"))
    if name_spot is None:
        spot.fault("missing-key.file-source")
        return None
    name = name_spot.text("expected.name")
    if name is None:
        return None
    if name not in declared:
        spot.fault("unknown-file.named", name=name, near=nearest(name, declared))
        return None
    where = target or name
    path = where if where.startswith("/") else f"{folder}/{where}"
    if ".." in path.split("/"):
        spot.fault("bad-path.leaves", target=path)
        return None
    content = _bytes_of(declared[name], context)
    item = Item(PurePosixPath(path).name, content, mode, **numbers) if content is not None else None
    digest = context.content(spot, [item]) if item is not None else ""
    return Mount("content", digest, path, read_only=True, is_file=True) if digest else None


def check_files(declared: Mapping[str, Spot], allowed: tuple[str, ...]) -> None:
    """Note what is wrong with the top-level declarations themselves."""
    for spot in declared.values():
        found = spot.known(allowed, spec_keys.EXTERNAL_FILE)
        sources = [key for key in ("file", "content", "environment") if key in found]
        if len(sources) != 1 and "external" not in found:
            spot.fault("missing-key.one-source")


def _bytes_of(spot: Spot, context: Context) -> Path | bytes | None:
    file, content, variable = spot.get("file"), spot.get("content"), spot.get("environment")
    if file is not None:
        text = file.text("expected.path")
        path = context.beside(file, text) if text is not None else None
        if path is not None and not path.is_file():
            file.fault("not-a-file.folder", text=text)
            return None
        return path
    if content is not None:
        return (content.text() or "").encode()
    if variable is None:
        return None
    key = variable.text("expected.variable") or ""
    if key not in context.variables:
        variable.fault("unset-variable.named", key=key)
        return None
    return context.variables[key].encode()


def _number(spot: Spot | None) -> int:
    return 0 if spot is None else spot.integer(0, _MAX_ID) or 0


def _mode(spot: Spot | None) -> int:
    """Read an octal number as YAML writes it: 0440 or 0o440."""
    text = spot.text("expected.octal") if spot is not None else None
    if spot is None or text is None:
        return _MODE
    try:
        return int(text.removeprefix("0o"), 8) & 0o7777
    except ValueError:
        spot.fault("wrong-value.file-mode", text=text)
        return _MODE
