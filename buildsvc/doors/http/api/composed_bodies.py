"""Bodies that are a Compose file, or a tar of it with what it refers to."""

from __future__ import annotations

from typing import Any, Final

from buildsvc.doors.http.api.shapes import BINARY

MOST_COMPOSED: Final = 64 * 1024 * 1024
"""Bytes of a Compose file with what it refers to."""


def composed_body(*, required: bool = True) -> dict[str, Any]:
    """Describe such a body for the OpenAPI document."""
    return {"requestBody": {"required": required, "content": {"application/yaml": BINARY, "application/x-tar": BINARY}}}
