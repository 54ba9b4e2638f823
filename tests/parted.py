"""Jars of one program in two versions, and a client that sends them by their parts through the door's routes."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from buildpacks.archives.cutting import parts_of
from tests import forge

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


def noise(seed: int, size: int) -> bytes:
    """Bytes that cannot be compressed, the same for the same seed."""
    return random.Random(seed).randbytes(size)


def version(number: int, *, libraries: int = 6) -> bytes:
    """A Spring Boot jar with libraries that cannot be compressed; versions differ in one resource."""
    inside = {f"lib-{one}.jar": forge.library(f"a.L{one}", extra={"x": noise(one, 50_000)}) for one in range(libraries)}
    return forge.boot_jar(libraries=inside, resources={"version.txt": noise(1000 + number, 700)})


def described(data: bytes, **more: Any) -> dict[str, Any]:
    """The body that begins an upload of `data`."""
    parts = [[one.sha256, one.length] for one in parts_of(data, len(data))]
    said = {"filename": "order-service.jar", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return {**said, "parts": parts, "application": "shop", "component": "order", **more}


def missing_of(data: bytes, missing: list[int]) -> bytes:
    """The bytes of the parts with these numbers."""
    found, at = {}, 0
    for number, one in enumerate(parts_of(data, len(data))):
        found[number] = data[at : at + one.length]
        at += one.length
    return b"".join(found[number] for number in missing)


def sent(client: FlaskClient, identifier: str, offset: int, data: bytes, headers: Mapping[str, str]) -> TestResponse:
    """Send one piece."""
    told = {**PIECE, "Upload-Offset": str(offset), **headers}
    return client.patch(f"/api/tus/{identifier}", data=data, headers=told)
