"""The platforms that most tests speak of."""

from __future__ import annotations

from buildpacks.platforms import Platform

AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64")
