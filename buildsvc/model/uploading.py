"""An upload that is taken piece by piece, over as many connections as it takes: what is said of it, and what became
of it. Routes, below `/api`:

    GET    uploads                                 -> [UploadUnderWay]
    POST   uploads · GET uploads/{id}              -> 201 UploadView · UploadView
    POST   tus · HEAD, PATCH, DELETE tus/{id}      -> the tus protocol 1.0.0
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from buildsvc.model.api import Accepted, Problem

UploadState = Literal["receiving", "received", "accepted", "refused", "unknown"]
"""`received`: all is there and being judged. `unknown`: nothing is known of it (any more), or its judging was
interrupted; what is there can be judged again by an empty piece at its end.
"""
OUTSIDE = ""
"""Where bytes come from that are in no artifact here: from the sender."""


@dataclass(frozen=True)
class Stretch:
    """`length` bytes of an artifact (its SHA-256, hex) from `offset` on; of what was sent where `artifact` is empty."""

    artifact: str
    offset: int
    length: int


@dataclass(frozen=True)
class OpenUpload:
    """What its sender said. `expected` bytes have to come; `size` has the whole file, which `plan` puts together, and
    `sha256` (hex; empty where nobody said it) is compared then. `owner` is the id of the token that began it.
    """

    id: str
    owner: str
    actor: str
    door: str
    filename: str
    size: int
    expected: int
    begun: datetime
    plan: tuple[Stretch, ...]
    sha256: str = ""
    application: str | None = None
    component: str | None = None
    force: bool = False
    anyway: bool = False
    accept_gap: bool = False
    reach: tuple[str, ...] | None = None
    received: datetime | None = None
    """When the last byte was there."""
    accepted: Accepted | None = None
    refused: Problem | None = None


@dataclass(frozen=True)
class UploadView:
    """An upload as its sender sees it. `size` bytes have to be sent, `received` of them are here; `missing` are the
    numbers of the parts that are to be sent, in this order, told once at its beginning. It is forgotten at `expires`.
    """

    id: str
    state: UploadState
    size: int = 0
    received: int = 0
    missing: tuple[int, ...] = ()
    expires: datetime | None = None
    accepted: Accepted | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class UploadUnderWay:
    """An upload of anybody that is not ended, as others see it. `mine`: whoever asks began it. `moved` is when its last
    byte came.
    """

    id: str
    filename: str
    actor: str
    application: str | None
    component: str | None
    size: int
    received: int
    begun: datetime
    moved: datetime
    mine: bool
