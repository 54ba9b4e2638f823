"""Events of deployments that wait for what no worker can do, and go on."""

from __future__ import annotations

from dataclasses import dataclass
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


WaitingEvent = ApprovalAwaited | Approved
