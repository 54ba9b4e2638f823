"""Real little server jars in every temper: healthy, never healthy, crashing at once or later, ending, silent.

`Program.java` is compiled once into the tests' cache; a jar is that class and a file that says how it behaves.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests import forge

SOURCE = Path(__file__).with_name("Program.java")
Manner = Literal["healthy", "never-healthy", "crashes", "crashes-later", "ends", "silent"]
CHUNK = 1 << 20
TOO_NEW = 99
"""A Java release that no base image has."""


def compiled(cache: Path, *files: Path) -> dict[str, bytes]:
    """The class files by their names, compiled for Java 17 when a source is new; of Program.java if none is named."""
    files = files or (SOURCE,)
    source = b"".join(file.read_bytes() for file in files)
    folder = cache / "programs" / hashlib.sha256(source).hexdigest()[:12]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent))
        subprocess.run(["javac", "--release", "17", "-d", str(made), *map(str, files)], check=True)
        try:
            made.rename(folder)
        except OSError:
            # Another process was first; what it made is the same.
            if not folder.is_dir():
                raise
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.class"))}


@dataclass(frozen=True)
class Programs:
    """Makes jars into `folder`. The same words give the same bytes."""

    folder: Path
    classes: dict[str, bytes]

    def jar(
        self, version: str, manner: Manner = "healthy", *, name: str = "order", after: float = 0.0, java: int = 17
    ) -> Path:
        """`name-version.jar`; `after` seconds is when one that crashes later does so."""
        told = f"version={version}\nmanner={manner}\nafter={int(after * 1000)}\n"
        classes = {entry: data[:7] + bytes([java + 44]) + data[8:] for entry, data in self.classes.items()}
        entries = {
            "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "Program"}),
            "program.properties": told.encode(),
            **classes,
        }
        return forge.write(self.folder / f"{name}-{version}.jar", forge.archive(entries))

    def big(self, version: str, megabytes: int) -> Path:
        """One that carries so much data that cannot be compressed, written piece by piece."""
        path = self.jar(version)
        with zipfile.ZipFile(path, "a") as out:
            info = zipfile.ZipInfo("data.bin", forge.MTIME)
            with out.open(info, "w") as entry:
                for _ in range(megabytes):
                    entry.write(os.urandom(CHUNK))
        return path
