"""What lies behind a kit's script: one tar, with fixed owners and order, hashed while it is written."""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast


@dataclass
class Summing:
    """Writes on, and knows how much and what that was."""

    file: BinaryIO
    size: int = 0
    _sum: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        """Write all of it."""
        self._sum.update(data)
        self.size += len(data)
        return self.file.write(data)

    def tell(self) -> int:
        """How much was written."""
        return self.size

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()


class Payload:
    """A tar that is filled piece by piece. `mtime` in seconds since the epoch is every entry's."""

    def __init__(self, out: Summing, mtime: int) -> None:
        self._tar = tarfile.open(fileobj=cast("BinaryIO", out), mode="w:", format=tarfile.GNU_FORMAT)  # noqa: SIM115
        self._mtime = mtime
        self.unpacked = 0
        """Bytes that the files take on the server, in whole blocks of 4 KiB."""

    def folder(self, source: Path, name: str) -> None:
        """Add all that lies below a folder of this machine, sorted; links stay links."""
        self.file(source, name)
        for path in sorted(source.rglob("*")):
            self.file(path, f"{name}/{path.relative_to(source).as_posix()}")

    def file(self, path: Path, name: str) -> None:
        """One file, folder (without what is in it) or link of this machine."""
        entry = self._tar.gettarinfo(path, name)
        if entry.type == tarfile.LNKTYPE:
            # The same file under two names on this machine; on the server each stands for itself.
            entry.type, entry.size = tarfile.REGTYPE, path.stat().st_size
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = self._mtime
        entry.mode = 0o755 if path.is_dir() or entry.mode & 0o100 else 0o644
        self.unpacked += -(-entry.size // 4096) * 4096
        if entry.isreg():
            with path.open("rb") as stream:
                self._tar.addfile(entry, stream)
        else:
            self._tar.addfile(entry)

    def close(self) -> None:
        """Write the end."""
        self._tar.close()
