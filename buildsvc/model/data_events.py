"""What happens to the data of components: events as `events` has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DumpMade:
    """A component's backup command wrote its data: `size` bytes in the file `name`, in so many seconds."""

    component: str
    name: str
    size: int
    sha256: str
    seconds: float
    kind: Literal["dump-made"] = "dump-made"


@dataclass(frozen=True)
class DumpLeftOut:
    """Somebody said that these components' data need not be written out first."""

    components: tuple[str, ...]
    by: str
    kind: Literal["dump-left-out"] = "dump-left-out"


@dataclass(frozen=True)
class DumpRestored:
    """A component's restore command took the file `name`, in so many seconds."""

    component: str
    name: str
    size: int
    sha256: str
    seconds: float
    kind: Literal["dump-restored"] = "dump-restored"


@dataclass(frozen=True)
class ReturnNeedsRestore:
    """From here on going back means restoring: data of these components changes in a way that is not undone."""

    components: tuple[str, ...]
    kind: Literal["return-needs-restore"] = "return-needs-restore"


DataEvent = DumpMade | DumpLeftOut | DumpRestored | ReturnNeedsRestore
