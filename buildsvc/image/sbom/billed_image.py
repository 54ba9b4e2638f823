"""An image as its bill of materials names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BilledImage:
    """`manifest` and `layers` (bottom up) are digests; `stamp` is when it was made, in seconds since the epoch."""

    reference: str
    manifest: str
    platform: str
    layers: tuple[str, ...]
    stamp: int
