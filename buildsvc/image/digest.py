"""Digests as the OCI specification writes them: `sha256:` and 64 hex digits."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIGEST = re.compile(r"\Asha256:[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Descriptor:
    """An OCI content descriptor."""

    media_type: str
    digest: str
    size: int
