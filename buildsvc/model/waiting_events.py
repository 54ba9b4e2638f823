"""Events of deployments that wait for what no worker can do, and go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class ApprovalAwaited:
    """It is built; somebody else than `actor` has to let it go on."""

    release: int
    actor: str
    kind: Literal["approval-awaited"] = "approval-awaited"


@dataclass(frozen=True)
class Approved:
    by: str
    kind: Literal["approved"] = "approved"


@dataclass(frozen=True)
class WindowAwaited:
    """The next maintenance window begins at `opens`."""

    opens: datetime
    kind: Literal["window-awaited"] = "window-awaited"


@dataclass(frozen=True)
class WindowOpened:
    kind: Literal["window-opened"] = "window-opened"


@dataclass(frozen=True)
class LetGoEarly:
    """Outside of the maintenance windows, by somebody's word."""

    by: str
    reason: str
    kind: Literal["let-go-early"] = "let-go-early"


WaitingEvent = ApprovalAwaited | Approved | WindowAwaited | WindowOpened | LetGoEarly
