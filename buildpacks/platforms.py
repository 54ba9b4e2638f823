"""Platforms as the OCI image specification names them: `linux/amd64`, `linux/arm64`."""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.errors import Refused

_ALIASES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "loongarch64": "loong64"}


@dataclass(frozen=True, order=True)
class Platform:
    """An operating system and an architecture, in OCI (Go) names."""

    os: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.os}/{self.architecture}"

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read `linux/arm64`, `arm64` or `aarch64` (with or without a `/v8` variant). Raises Refused."""
        parts = text.strip().lower().split("/")
        if len(parts) == 1:
            parts = ["linux", *parts]
        if parts[0] != "linux" or len(parts) not in {2, 3} or (not parts[1].isalnum() and parts[1] not in _ALIASES):
            raise Refused("bad-platform", text=text)
        return cls(parts[0], _ALIASES.get(parts[1], parts[1]))
