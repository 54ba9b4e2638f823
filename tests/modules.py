"""A small modular server, compiled: its classes, those for Java 17 apart, and jars of them in every manner."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests import forge

SOURCE = Path(__file__).parent / "modular"
MAIN = "org.example.modular.Main"
MODULE = "org.example.modular"


def compiled(folder: Path) -> dict[str, bytes]:
    """Class files by entry; the one for Java 17 lies below META-INF/versions/17."""
    for release, home in (("11", SOURCE), ("17", SOURCE / "17")):
        sources = [str(path) for path in sorted(home.rglob("*.java")) if release == "17" or "17" not in path.parts]
        subprocess.run(["javac", "--release", release, "-d", str(folder / release), *sources], check=True)
    found = {file.relative_to(folder / "11").as_posix(): file for file in (folder / "11").rglob("*.class")}
    newer = {file.relative_to(folder / "17").as_posix(): file for file in (folder / "17").rglob("*.class")}
    found |= {f"META-INF/versions/17/{name}": file for name, file in newer.items()}
    return {name: file.read_bytes() for name, file in sorted(found.items())}


def jar(classes: dict[str, bytes], **attributes: str) -> bytes:
    """A jar of them; attributes are written with `_` for `-`."""
    told = {name.replace("_", "-"): value for name, value in attributes.items()}
    return forge.archive({"META-INF/MANIFEST.MF": forge.manifest(told), **classes})


def signed(path: Path) -> Path:
    """Sign a jar in place, with a key that nobody knows."""
    store = path.with_suffix(".p12")
    kept = ["-keystore", str(store), "-storepass", "secret", "-storetype", "PKCS12"]
    made = ["-genkeypair", "-alias", "one", "-keyalg", "RSA", "-dname", "CN=one"]
    subprocess.run(["keytool", *made, *kept], check=True, capture_output=True)
    subprocess.run(["jarsigner", *kept, str(path), "one"], check=True, capture_output=True)
    return path
