"""Where the demo keeps what it makes: everything below `.demo/`, with the ports and the token it chose once."""

from __future__ import annotations

import json
import os
import shlex
import socket
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WANTED_PORTS = {"service": 8420, "shop": 8088, "zipkin": 9411}
SUBNETS = "10.214.0.0/16"  # its own pool, beside the service's default one
KEPT = ("BUILDSVC_REDIS_URL", "BUILDSVC_DOCKER_HOST")


@dataclass(frozen=True)
class Place:
    """The demo's folder. `cache` outlives it: packages, jars and what else was fetched."""

    folder: Path = ROOT / ".demo"
    cache: Path = ROOT / ".cache"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def share_packages(self) -> None:
        """Debian packages that were fetched once serve the demo, its successors and the tests."""
        kept = self.cache / "packages"
        kept.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        there = self.data / "tmp" / "packages"
        there.parent.mkdir(parents=True, exist_ok=True)
        if not there.exists():
            there.symlink_to(kept)

    @property
    def token_file(self) -> Path:
        return self.folder / "token"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports()['service']}"

    def ports(self) -> dict[str, int]:
        """The demo's ports: the usual ones where they are free, chosen once."""
        file = self.folder / "ports.json"
        if file.exists():
            chosen: dict[str, int] = json.loads(file.read_text())
            return chosen
        chosen = {}
        for name, port in WANTED_PORTS.items():
            chosen[name] = _free(port, set(chosen.values()))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        file.write_text(json.dumps(chosen) + "\n")
        return chosen

    def environment(self) -> dict[str, str]:
        """What the service and its command line are started with; other settings of the caller's shell stay out."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("BUILDSVC_") or name in KEPT}
        own = {
            "PATH": f"{ROOT / '.venv' / 'bin'}:{plain.get('PATH', '')}",
            "BUILDSVC_DATA": str(self.data),
            "BUILDSVC_LISTEN": self.url.removeprefix("http://"),
            "BUILDSVC_SUBNETS": SUBNETS,
            "BUILDSVC_URL": self.url,
        }
        if self.token_file.exists():
            own["BUILDSVC_TOKEN"] = self.token_file.read_text().strip()
        return plain | own

    def keep_token(self, token: str) -> None:
        """Keep the token, and beside it a file that makes a shell speak to this service."""
        _private(self.token_file, token + "\n")
        names = ("BUILDSVC_DATA", "BUILDSVC_LISTEN", "BUILDSVC_SUBNETS", "BUILDSVC_URL", "BUILDSVC_TOKEN")
        environment = self.environment()
        lines = [f"export {name}={shlex.quote(environment[name])}\n" for name in names]
        path = f"export PATH={shlex.quote(str(ROOT / '.venv' / 'bin'))}:$PATH\n"
        _private(self.folder / "env", "".join([*lines, path]))

    def remember_tags(self, tags: set[str]) -> None:
        """Keep which image tags the engine had before the demo; what was remembered first counts."""
        if not self._tags.exists():
            self._tags.write_text(json.dumps(sorted(tags)) + "\n")

    def tags_before(self) -> set[str]:
        return set(json.loads(self._tags.read_text())) if self._tags.exists() else set()

    @property
    def _tags(self) -> Path:
        return self.folder / "tags.json"


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _free(port: int, taken: set[int]) -> int:
    """The port, or the next one above it that nothing listens on."""
    while port in taken or not _bindable(port):
        port += 1
    return port


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
