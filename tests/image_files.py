"""Image files made by `buildsvc build`, and containers of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.models.containers import Container

ROOT = Path(__file__).parents[1]


def command(data: Path, jar: Path, *options: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Run `buildsvc build` where no engine is to be had: the file it was asked for, and how it ended."""
    file = data.with_suffix(".tar")
    nowhere = {"DOCKER_HOST": f"unix://{data}/no-engine.sock", "BUILDSVC_DATA": str(data)}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **nowhere}
    argv = [sys.executable, "-m", "buildsvc.doors.cli.main", "build", str(jar), "-o", str(file), "--json", *options]
    return file, subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def build(data: Path, jar: Path, *options: str) -> tuple[Path, dict[str, Any]]:
    """The file, and what was said about it."""
    file, done = command(data, jar, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return file, json.loads(done.stdout)


@dataclass(frozen=True)
class Started:
    """A loaded image and a container of it without any network: it is asked from inside."""

    image: dict[str, Any]
    container: Container

    def told(self, *command: str) -> str:
        done = self.container.exec_run(list(command))
        assert isinstance(done.output, bytes)
        return done.output.decode().strip() if done.exit_code == 0 else ""

    def answer(self, path: str = "/") -> str:
        return self.told("curl", "-sf", f"http://localhost:8080{path}")


Start = Callable[[Path, str], Started]
