"""Compose files of a test, and what becomes of them."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildpacks.sentences import catalogue
from buildsvc.compose import Parsed, Source, parse
from buildsvc.model.application import (
    Component,
    Mount,
)


def read(folder: Path, text: str, *, project: str | None = None, env: dict[str, str] | None = None) -> Parsed:
    tmp = folder.parent / "tmp"
    tmp.mkdir(exist_ok=True)
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    return parse(Source(folder, "compose.yaml", env or {}), tmp=tmp, project=project)


def warnings_of(parsed: Parsed) -> tuple[str, ...]:
    """What is said of a file, in English."""
    return tuple(catalogue.told(one).message for one in parsed.warnings)


def service(folder: Path, body: str, *, more: str = "", image: str = "image: nginx:1") -> Component:
    """The component `web` made of the given lines."""
    lines = "\n".join(f"    {line}" for line in [image, *body.splitlines()])
    found = read(folder, f"services:\n  web:\n{lines}\n{more}").application.component("web")
    assert found is not None
    return found


def jar(folder: Path, body: str, *, more: str = "") -> Component:
    return service(folder, body, more=more, image="x-buildsvc: {}")


def refusal(folder: Path, body: str, *, image: str = "image: nginx:1", more: str = "") -> Refused:
    with pytest.raises(Refused) as caught:
        service(folder, body, image=image, more=more)
    return caught.value


def members(parsed: Parsed, mount: Mount) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(parsed.contents[mount.source]) as tar:
        for member in tar:
            file = tar.extractfile(member)
            found[member.name] = b"" if file is None else file.read()
    return found
