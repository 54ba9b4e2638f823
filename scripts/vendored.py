"""Bring what the page borrows from others: exact versions of npm packages, checked by their integrity.

The lock beside the files says which package, version, licence and files; `scripts/vendor` makes the files from it, and
`scripts/vendor NAME VERSION` takes another version and writes the lock anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "webui" / "static" / "vendor" / "lock.json"
_MAP: Final = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def main(arguments: list[str]) -> None:
    lock: dict[str, dict[str, Any]] = json.loads(LOCK.read_text("utf-8"))
    if arguments:
        name, version = arguments
        lock[name] |= {"version": version, "integrity": ""}
    for name, entry in lock.items():
        with tempfile.TemporaryDirectory() as folder:
            _bring(name, entry, Path(folder))
        print(f"{name} {entry['version']} ({entry['licence']})")
    LOCK.write_text(json.dumps(lock, indent=2) + "\n", "utf-8")


def _bring(name: str, entry: dict[str, Any], folder: Path) -> None:
    """Fetch one package and write its files; the lock's entry gets what it lacks."""
    asked = f"{name}@{entry['version']}"
    told = subprocess.run(["npm", "pack", "--json", asked], cwd=folder, check=True, capture_output=True).stdout
    packed = folder / json.loads(told)[0]["filename"].replace("@", "").replace("/", "-")
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    if entry["integrity"] not in {"", integrity}:
        sys.exit(f"{asked} is not what it was: the lock says {entry['integrity']}, it came as {integrity}.")
    entry["integrity"] = integrity
    with tarfile.open(packed) as archive:
        said = json.loads(_content(archive, "package.json"))
        entry["licence"] = said["license"]
        for target, file in entry["files"].items():
            data = _MAP.sub(b"\n", _content(archive, file["from"]))
            place = ROOT / target
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            file["sha256"] = hashlib.sha256(data).hexdigest()


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    found = archive.extractfile(f"package/{name}")
    assert found is not None
    return found.read()


if __name__ == "__main__":
    main(sys.argv[1:])
