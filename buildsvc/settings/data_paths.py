"""Where things lie in the data directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """Where things lie in the data directory. The content store's layout begins at `data` itself (`blobs/`)."""

    data: Path

    @property
    def ledger(self) -> Path:
        return self.data / "ledger.db"

    @property
    def usage(self) -> Path:
        """Readings of memory and processor time, of the last hour."""
        return self.data / "usage.db"

    @property
    def secret_key(self) -> Path:
        return self.data / "secret.key"

    @property
    def audit_head(self) -> Path:
        """The sealed head of the audit log."""
        return self.data / "audit.head"

    @property
    def audit(self) -> Path:
        """What was cut from the audit log, exported and sealed."""
        return self.data / "audit"

    @property
    def blobs(self) -> Path:
        return self.data / "blobs"

    @property
    def bases(self) -> Path:
        return self.data / "bases"

    @property
    def images(self) -> Path:
        return self.data / "images"

    @property
    def spool(self) -> Path:
        return self.data / "spool"

    @property
    def held(self) -> Path:
        """Uploads that wait for an answer."""
        return self.data / "held"

    @property
    def inbox(self) -> Path:
        return self.data / "inbox"

    @property
    def buildpacks(self) -> Path:
        return self.data / "buildpacks"

    @property
    def dumps(self) -> Path:
        return self.data / "dumps"

    @property
    def front(self) -> Path:
        return self.data / "front"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def tmp(self) -> Path:
        return self.data / "tmp"
