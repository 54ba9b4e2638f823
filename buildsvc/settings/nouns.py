"""What the settings say, as values: of the service, of the command line on a laptop, and where things lie."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """Where things lie in the data directory. The content store's layout begins at `data` itself (`blobs/`)."""

    data: Path

    @property
    def ledger(self) -> Path:
        return self.data / "ledger.db"

    @property
    def secret_key(self) -> Path:
        return self.data / "secret.key"

    @property
    def blobs(self) -> Path:
        return self.data / "blobs"

    @property
    def bases(self) -> Path:
        return self.data / "bases"

    @property
    def spool(self) -> Path:
        return self.data / "spool"

    @property
    def inbox(self) -> Path:
        return self.data / "inbox"

    @property
    def buildpacks(self) -> Path:
        return self.data / "buildpacks"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def tmp(self) -> Path:
        return self.data / "tmp"


@dataclass(frozen=True)
class Settings:
    """The settings of the service. `max_upload` in bytes, `poll` in seconds; None where nothing is set."""

    data: Path
    listen_host: str
    listen_port: int
    redis_url: str | None
    subnets: tuple[IPv4Network, ...]
    workers: int
    max_upload: int
    docker_host: str | None
    inbox: Path
    buildpacks: Path
    poll: float
    watch_polling: bool
    streams: int
    threads: int
    log_level: str
    admin_token: str | None
    runtime_root: Path
    """Where sockets may lie: /run, $XDG_RUNTIME_DIR or /tmp."""

    @property
    def paths(self) -> Paths:
        return Paths(self.data)


@dataclass(frozen=True)
class ClientSettings:
    """What the command line needs on a laptop. `login_file` is where `buildsvc login` remembers."""

    url: str | None
    token: str | None
    login_file: Path
