"""Files beside the Compose file as deterministic tars: the same content gives the same SHA-256 on every machine."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import Refused

STAMP = 315532800
"""1980-01-01: one mtime for all, because the laptop's says nothing about the content."""


@dataclass(frozen=True)
class Item:
    """One member: `name` without a leading slash; `source` is a file, bytes, or None for a folder."""

    name: str
    source: Path | bytes | None
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


def walk(path: Path, name: str, *, within: Path | None = None) -> Iterator[Item]:
    """Give a file, or a folder with all below it, sorted; "" as `name` makes the names relative to it.

    Links are followed, but not in a circle, nor out of `within`.

    Raises Refused `not-a-file` for a socket, a device or a link that leads nowhere, `bad-path` for one that leads out.
    """
    yield from _walk(path, name, (), within.resolve() if within is not None else None)


def _walk(path: Path, name: str, above: tuple[Path, ...], within: Path | None) -> Iterator[Item]:
    if within is not None and not path.resolve().is_relative_to(within):
        raise Refused("bad-path", path=path.name)
    if path.is_dir():
        real = path.resolve()
        if real in above:
            raise Refused("not-a-file.circle", path=path)
        yield Item(name or ".", None, 0o755)
        for child in sorted(path.iterdir(), key=lambda p: p.name):
            yield from _walk(child, f"{name}/{child.name}".lstrip("/"), (*above, real), within)
    elif path.is_file():
        executable = os.name == "posix" and path.stat().st_mode & 0o100
        yield Item(name, path, 0o755 if executable else 0o644)
    else:
        raise Refused("not-a-file", path=path)


def size_of(items: Iterable[Item]) -> int:
    """Bytes of all the files."""
    return sum(_size(item) for item in items)


def write_tar(items: Iterable[Item], tar: tarfile.TarFile) -> None:
    """Add the items in their order, with one owner and one time."""
    for item in items:
        info = tarfile.TarInfo(item.name)
        info.mode, info.uid, info.gid, info.mtime = item.mode, item.uid, item.gid, STAMP
        if item.source is None:
            info.type = tarfile.DIRTYPE
            tar.addfile(info)
        elif isinstance(item.source, bytes):
            info.size = len(item.source)
            tar.addfile(info, io.BytesIO(item.source))
        else:
            with item.source.open("rb") as stream:
                info.size = os.fstat(stream.fileno()).st_size
                tar.addfile(info, stream)


def pack(items: Iterable[Item], tmp: Path) -> tuple[str, Path]:
    """Write the items as a tar into the folder `tmp` and return its SHA-256 and path (`<tmp>/<sha256>.tar`)."""
    descriptor, raw = tempfile.mkstemp(prefix="content-", suffix=".part", dir=tmp)
    partial = Path(raw)
    try:
        with os.fdopen(descriptor, "wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
                write_tar(items, tar)
            out.flush()
            os.fsync(out.fileno())
        with partial.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        final = tmp / f"{digest}.tar"
        partial.replace(final)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return digest, final


def _size(item: Item) -> int:
    if item.source is None:
        return 0
    return len(item.source) if isinstance(item.source, bytes) else item.source.stat().st_size
