"""The jar that is measured, and copies of it in which one class has changed, as after a small edit and a new build."""

from __future__ import annotations

import zipfile
from pathlib import Path

SOURCE_ENDINGS = (b".java", b".kt", b".groovy")


def with_one_class_changed(source: Path, target: Path, number: int) -> Path:
    """Write a copy whose first application class says another source file name; it stays a valid class.

    The constant keeps its length, so nothing else of the class moves. Raises ValueError when there is no such class.
    """
    mark = bytes([ord("a") + number % 26])
    changed = False
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w") as after:
        for info in before.infolist():
            content = before.read(info)
            is_own = info.filename.startswith("BOOT-INF/classes/") and info.filename.endswith(".class")
            place = _source(content) if is_own and not changed else -1
            if place > 0:
                content = content[: place - 1] + mark + content[place:]
                changed = True
            after.writestr(info, content)
    if not changed:
        raise ValueError(f"{source} has no application class with a source file name")
    return target


def _source(content: bytes) -> int:
    """Where the ending of the source file's name stands in a class; -1 where it names none."""
    return next((place for ending in SOURCE_ENDINGS if (place := content.find(ending)) > 0), -1)


def unpacked(source: Path, folder: Path) -> str:
    """Lay a Spring Boot jar out as a project's build has it: `dependencies` and `classes`. Returns Start-Class."""
    (folder / "dependencies").mkdir(parents=True)
    (folder / "classes").mkdir()
    with zipfile.ZipFile(source) as jar:
        for info in jar.infolist():
            name = info.filename
            if name.startswith("BOOT-INF/lib/") and name.endswith(".jar"):
                (folder / "dependencies" / Path(name).name).write_bytes(jar.read(info))
            elif name.startswith("BOOT-INF/classes/") and not info.is_dir():
                path = folder / "classes" / name.removeprefix("BOOT-INF/classes/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(jar.read(info))
        manifest = jar.read("META-INF/MANIFEST.MF").decode()
    return next(line.split(": ")[1].strip() for line in manifest.splitlines() if line.startswith("Start-Class: "))
