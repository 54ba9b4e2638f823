"""A whole site in one tar file: `backup.json` (every file's size and digest), ledger, key, own buildpacks, and blobs.

The ledger is copied by SQLite's own backup call: a copy of the live file is no backup. Artifacts and mounted contents
always go along; images (bases, built ones and what stands beside them) only when asked for: they can be made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from buildpacks.errors import Conflict, Failure
from buildpacks.own import custom
from buildsvc.store.durable_files import MIB, move_into_place, require_free
from buildsvc.store.ledger import Ledger
from buildsvc.store.ledger.references import References
from buildsvc.store.restore import AUDIT_HEAD, FORMAT, KEY, LEDGER, LIST, OWN, VOLUMES

_DIGEST = re.compile(rb"sha256:([0-9a-f]{64})")
_LARGEST_DOCUMENT = 4 * MIB
_ROUND = 64 * 1024


@dataclass(frozen=True)
class Backup:
    """What was written. `size` in bytes; `missing` are artifacts that are gone though releases name them."""

    path: Path
    size: int
    files: int
    missing: tuple[str, ...]


def write_backup(
    data_dir: Path,
    ledger: Ledger,
    target: Path,
    *,
    bases: bool = False,
    buildpacks: Path | None = None,
    volumes: Iterable[tuple[str, Path]] = (),
) -> Backup:
    """Write `target`, whole or not at all, while the site goes on working. `bases` adds base images and built images:
    then the backup is enough for a machine without any. `buildpacks` is the folder with the site's own, which come back
    in the data directory. `volumes` are names, and tars that an engine wrote. Raises Conflict `backup-exists`, Refused
    `disk-full`, Failure `corrupt-blob`.
    """
    if target.exists():
        raise Conflict("backup-exists", target=target)
    tmp = data_dir / "tmp"
    tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
    require_free(tmp, ledger.path.stat().st_size + MIB)
    with tempfile.TemporaryDirectory(dir=tmp, prefix="backup-") as work:
        copy = Path(work) / LEDGER
        before = _keys(data_dir)
        # Before the ledger: a head is never newer than the entries that it speaks of.
        record = _copied_record(data_dir, Path(work))
        _copy_ledger(ledger.path, copy)
        # Of a key that is being replaced: the copy may be sealed with either.
        keys = [*before, *(key for key in _keys(data_dir) if key not in before)]
        (Path(work) / KEY).write_bytes(b"\n".join(keys))
        named = ledger.references()
        beside = _referrers(data_dir, named.manifests) if bases else []
        blobs, missing = _blobs(data_dir, named, beside, bases=bases)
        own = _copied_buildpacks(buildpacks or data_dir / OWN, Path(work))
        sources = [*_sources(data_dir, copy, blobs, beside, bases=bases), *record, *own]
        sources += [(f"{VOLUMES}/{name}.tar", path) for name, path in volumes]
        require_free(target.parent, sum(path.stat().st_size + _ROUND for _, path in sources))
        _write(target, sources, ledger)
    return Backup(target, target.stat().st_size, len(sources), missing)


def _keys(data_dir: Path) -> list[bytes]:
    path = data_dir / KEY
    return path.read_bytes().split() if path.is_file() else []


def _copy_ledger(source: Path, target: Path) -> None:
    live = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    copy = sqlite3.connect(target)
    try:
        live.backup(copy)
        # The copy is one file, whole without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        (found,) = copy.execute("PRAGMA quick_check").fetchone()
    finally:
        copy.close()
        live.close()
    if found != "ok":
        raise Failure("ledger-damaged", source=source, found=found)


def _blobs(
    data_dir: Path, named: References, beside: Iterable[Path], *, bases: bool
) -> tuple[list[str], tuple[str, ...]]:
    folder = data_dir / "blobs" / "sha256"
    missing = tuple(sorted(name for name in named.artifacts if not (folder / name).is_file()))
    wanted = set(named.artifacts | named.contents)
    if bases:
        documents = [name for path in beside for name in _named_in(path)]
        wanted |= _reachable(folder, [*_in_bases(data_dir), *named.manifests, *documents])
    return sorted(name for name in wanted if (folder / name).is_file()), missing


def _in_bases(data_dir: Path) -> Iterable[str]:
    for path in sorted((data_dir / "bases").rglob("*")):
        if path.is_file():
            yield from _named_in(path)


def _referrers(data_dir: Path, manifests: Iterable[str]) -> list[Path]:
    """Return the lists of what stands beside images (bills of materials)."""
    places = (data_dir / "referrers" / f"sha256-{name}.json" for name in sorted(manifests))
    return [path for path in places if path.is_file()]


def _named_in(path: Path) -> list[str]:
    return [digest.decode() for digest in _DIGEST.findall(path.read_bytes())]


def _reachable(folder: Path, start: Iterable[str]) -> set[str]:
    """Return these blobs and those that they name, if they are JSON documents (manifests, configurations)."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        path = folder / name
        if name in found or not path.is_file():
            continue
        found.add(name)
        if path.stat().st_size <= _LARGEST_DOCUMENT:
            data = path.read_bytes()
            if data.startswith(b"{"):
                waiting.extend(digest.decode() for digest in _DIGEST.findall(data))
    return found


def _sources(
    data_dir: Path, copy: Path, blobs: list[str], beside: Iterable[Path], *, bases: bool
) -> list[tuple[str, Path]]:
    sources = [(LEDGER, copy)]
    if copy.with_name(KEY).stat().st_size:
        sources.append((KEY, copy.with_name(KEY)))
    if bases:
        found = [*(path for path in sorted((data_dir / "bases").rglob("*")) if path.is_file()), *beside]
        sources.extend((path.relative_to(data_dir).as_posix(), path) for path in found)
    return [*sources, *((f"blobs/sha256/{name}", data_dir / "blobs" / "sha256" / name) for name in blobs)]


def _copied_buildpacks(folder: Path, work: Path) -> list[tuple[str, Path]]:
    """Copy what is read as a buildpack, sound or not, before it is packed: people edit these files at any time."""
    found = [path for path in custom.files(folder) if custom.FILE.fullmatch(path.name) and path.is_file()]
    return [(f"{OWN}/{path.name}", Path(shutil.copyfile(path, work / path.name))) for path in found]


def _copied_record(data_dir: Path, work: Path) -> list[tuple[str, Path]]:
    """Copy the sealed head of the audit log, and what was cut from it."""
    head, cut = data_dir / AUDIT_HEAD, sorted((data_dir / "audit").glob("audit-*"))
    found = [(AUDIT_HEAD, Path(shutil.copyfile(head, work / AUDIT_HEAD)))] if head.is_file() else []
    return [*found, *((f"audit/{path.name}", path) for path in cut)]


def _write(target: Path, sources: list[tuple[str, Path]], ledger: Ledger) -> None:
    now = ledger.clock.now()
    listed = [{"name": name, "size": path.stat().st_size, "sha256": _digest(name, path)} for name, path in sources]
    document = json.dumps({"format": FORMAT, "created": now.isoformat(), "files": listed}, indent=1).encode()
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, LIST, len(document), int(now.timestamp()), io.BytesIO(document))
            for name, path in sources:
                with path.open("rb") as source:
                    _add(tar, name, path.stat().st_size, int(now.timestamp()), source)
            tar.close()
            file.flush()
            os.fsync(file.fileno())
        move_into_place(Path(temporary), target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _add(tar: tarfile.TarFile, name: str, size: int, mtime: int, source: io.BufferedIOBase) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, mtime, 0o600
    tar.addfile(info, source)


def _digest(name: str, path: Path) -> str:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if name.startswith("blobs/") and sha256 != path.name:
        raise Failure("corrupt-blob", path=path)
    return sha256
