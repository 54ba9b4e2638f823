"""What a Compose file names beside itself, found on the laptop so that it is sent along."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from buildsvc.compose.builds import dockerfile_of, folder_of, jars_below
from buildsvc.compose.relative import is_absolute, portable
from buildsvc.compose.spot import Spot


def named(top: Spot, folder: Path) -> list[Path]:
    """Return every path beside the file that it names: env_files, relative bind sources, files of configs and secrets,
    and the Dockerfiles of build contexts.
    """
    found: list[tuple[Spot, str]] = []
    for service in _children(top, "services"):
        env_file = service.get("env_file")
        for item in env_file.each() if env_file else []:
            named = item.get("path") if item.is_map else item
            required = item.get("required")
            text = named.text("expected.path") if named is not None else None
            optional = required is not None and not required.boolean()
            if text is not None and not (optional and not (folder / text).exists()):
                found.append((item, text))
        found += _built_from(service, folder)
        label_file = service.get("label_file")
        labelled = label_file.each() if label_file else []
        found += [(item, text) for item in labelled if (text := item.text("expected.path"))]
        volumes = service.get("volumes")
        found += [(item, text) for item in (volumes.items() if volumes else []) if (text := _bind(item))]
    for part in ("configs", "secrets"):
        for declared in _children(top, part):
            file = declared.get("file")
            if file is not None and (text := file.text("expected.path")):
                found.append((file, text))
    mounted = [(item, text) for item, text in found if item.path.split(".")[2:3] and ".volumes" in item.path]
    return [
        path
        for spot, text in found
        if (path := _existing(spot, folder, text, may_lack=(spot, text) in mounted)) is not None
    ]


def _children(top: Spot, key: str) -> Iterable[Spot]:
    part = top.get(key)
    return part.entries().values() if part is not None else ()


def _bind(spot: Spot) -> str | None:
    """Return the relative source of a mount; None for volumes, absolute paths and what the server will refuse."""
    if spot.is_map:
        kind, source = spot.get("type"), spot.get("source")
        text = source.text() if source is not None else None
        is_bind = kind is not None and kind.text() == "bind"
        return text if is_bind and text and not text.startswith(("/", "~")) else None
    text = spot.text() or ""
    return text.partition(":")[0] if text.startswith(".") and ":" in text else None


def _existing(spot: Spot, folder: Path, text: str, *, may_lack: bool) -> Path | None:
    if is_absolute(text):
        spot.fault("bad-path.absolute", text=text)
        return None
    path = plain(folder / portable(text))
    if not path.exists():
        if may_lack:
            # A folder is made on the site; a file that lacks is told there, with all else.
            return None
        spot.fault("missing-file.there", text=text)
        return None
    return path


def _built_from(service: Spot, folder: Path) -> list[tuple[Spot, str]]:
    """Return the Dockerfile of a build context that is there. The context itself stays where it is. Beside x-buildsvc
    it has no effect, and may be absent.
    """
    build = service.get("build") if "x-buildsvc" not in service.entries() else None
    context = folder_of(build) if build is not None else None
    if build is None or context is None or "://" in context:
        return []
    if not (folder / context).exists():
        build.fault("missing-file.there", text=context)
        return []
    dockerfile = f"{context}/{dockerfile_of(build)}"
    return [(build, dockerfile)] if (folder / dockerfile).is_file() else []


def jars_of(top: Spot, folder: Path) -> dict[str, str]:
    """Return each build context that is there, and the first jar in it, "" for none: only that is told the server."""
    found: dict[str, str] = {}
    for service in _children(top, "services"):
        build = service.get("build")
        context = folder_of(build) if build is not None else None
        if context is not None and "://" not in context and (folder / context).is_dir():
            found[context] = next(jars_below(folder / context), "")
    return found


def plain(path: Path) -> Path:
    """Return the same path without `..`, normalised by hand: resolve() would follow a link and lose the name under
    which the file knows it.
    """
    whole = Path()
    for part in path.parts:
        whole = whole.parent if part == ".." else whole / part
    return whole
