"""The buildpacks of one's own that docs/buildpacks.md shows, and zips that they are for."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "buildpacks.md"


def shown(language: str) -> bytes:
    """The one block of code in that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(found).encode()


def for_toml(lib: dict[str, bytes]) -> dict[str, bytes]:
    """The files of a zip that only the TOML example knows how to start."""
    inside = {f"acme-1.2/lib/{name}": data for name, data in lib.items()}
    return {**inside, "acme-1.2/conf/service.properties": b"", "acme-1.2/conf/program.properties": b"version=3.2\n"}


def for_python(lib: dict[str, bytes]) -> dict[str, bytes]:
    """The same for the Python example."""
    inside = {f"lib/{name}": data for name, data in lib.items()}
    return {**inside, "service.properties": b"main=org.example.Shop\n", "program.properties": b"version=3.3\n"}
