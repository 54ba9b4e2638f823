"""What is told of archives of classes: that one was made, that a program starts from one; as `events` has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ArchiveUsed:
    """The image starts with a CDS archive of this many classes; `everything`: the program's own are among them."""

    classes: int
    kind: Literal["archive-used"] = "archive-used"
    everything: bool = False


@dataclass(frozen=True)
class ArchiveMade:
    """A CDS archive for the component's next image, made while this one serves; over `everything` for another start of
    this very image. Bytes, and seconds of its making.
    """

    classes: int
    size: int
    seconds: float
    kind: Literal["archive-made"] = "archive-made"
    everything: bool = False


ArchiveEvent = ArchiveUsed | ArchiveMade
