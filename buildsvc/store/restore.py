"""Put a backup into an empty data directory: every file is checked against the backup's own list of digests."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from buildpacks import strict_json
from buildpacks.archives import tar_headers
from buildpacks.errors import Conflict, NotFound, Refused
from buildpacks.sentences.values import sentence
from buildsvc.store.durable_files import MIB, require_free, sync_folder

FORMAT = 1
LIST = "backup.json"
LEDGER = "ledger.db"
KEY = "secret.key"
OWN = "buildpacks"
VOLUMES = "volumes"
AUDIT_HEAD = "audit.head"
_NAME = re.compile(
    r"ledger\.db|secret\.key|audit\.head|audit/audit-[0-9-]+\.(?:jsonl|seal)|blobs/sha256/[0-9a-f]{64}|referrers/sha256-[0-9a-f]{64}\.json|bases(/\w[\w.+-]*)+"
    r"|buildpacks/\w[\w.+-]*|volumes/\w[\w.-]*\.tar",
    re.ASCII,
)
_LONGEST_LIST = 64 * MIB


def read_back(file: Path, data_dir: Path) -> None:
    """`data_dir` must be absent or empty. The ledger comes last, so that a directory that was restored in part is never
    taken for a site. Raises NotFound `no-backup`, Conflict `data-dir-not-empty`, Refused `backup-damaged`, `disk-full`;
    nothing is then left in `data_dir`.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise Conflict("data-dir-not-empty", data_dir=data_dir)
    with opened(file) as tar:
        listed = _read_list(file, tar)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            require_free(data_dir, sum(size for size, _ in listed.values()))
            _extract(file, tar, listed, data_dir)
        except BaseException:
            for path in data_dir.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            raise


@contextmanager
def opened(file: Path) -> Iterator[tarfile.TarFile]:
    """Open a backup's tar, for reading. Raises NotFound `no-backup`, Refused `backup-damaged`."""
    try:
        with tar_headers.opened(file, "r:") as tar:
            yield tar
    except FileNotFoundError as error:
        if error.filename != str(file):
            raise
        raise NotFound("no-backup", file=file) from error
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(file, "no-tar", error=error) from error


def _damaged(file: Path, fault: str, **values: object) -> Refused:
    return Refused("backup-damaged", file=file, why=sentence(f"backup-fault.{fault}", **values))


def _read_list(file: Path, tar: tarfile.TarFile) -> dict[str, tuple[int, str]]:
    first = tar.next()
    source = None if first is None or first.name != LIST or first.size > _LONGEST_LIST else tar.extractfile(first)
    if source is None:
        raise _damaged(file, "begin", entry=LIST)
    try:
        document: dict[str, Any] = strict_json.read(source.read(_LONGEST_LIST))
        version = document["format"]
        listed = {str(f["name"]): (int(f["size"]), str(f["sha256"])) for f in document["files"]}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(file, "unreadable", entry=LIST) from error
    if version != FORMAT:
        raise Refused("backup-newer", file=file, version=version, format=FORMAT)
    strange = next((name for name in listed if not _NAME.fullmatch(name)), None)
    if strange is not None or LEDGER not in listed:
        raise _damaged(file, "strange", entry=strange) if strange else _damaged(file, "lacks", entry=LEDGER)
    return listed


def _extract(file: Path, tar: tarfile.TarFile, listed: dict[str, tuple[int, str]], data_dir: Path) -> None:
    missing = dict(listed)
    tmp = data_dir / "tmp"
    tmp.mkdir(mode=0o700)
    ledger = tmp / LEDGER
    while (member := tar.next()) is not None:
        size, sha256 = missing.pop(member.name, (-1, ""))
        source = tar.extractfile(member) if member.isreg() and member.size == size else None
        if source is None:
            raise _damaged(file, "other", entry=member.name)
        target = ledger if member.name == LEDGER else data_dir / member.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _copy(source, target) != sha256:
            raise _damaged(file, "content", entry=member.name)
        target.chmod(0o600 if member.name in {LEDGER, KEY} else 0o644)
    if missing:
        raise _damaged(file, "missing", entry=next(iter(missing)))
    for folder in (path for path in data_dir.rglob("*") if path.is_dir()):
        sync_folder(folder)
    ledger.rename(data_dir / LEDGER)
    sync_folder(data_dir)


def _copy(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while chunk := source.read(MIB):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
