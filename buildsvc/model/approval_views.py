"""What somebody sees who is to let a push go on, as it travels between the service and its clients."""

from __future__ import annotations

from dataclasses import dataclass

from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Compared


@dataclass(frozen=True)
class ApprovalView:
    """`live` is the release that serves now, None where none does: whoever approves says it again. `difference` from it
    is None where there is none, or where one of the two cannot be read; `says` tells it in a sentence. The classes are
    named, the first few hundred.
    """

    deployment: Deployment
    live: int | None
    says: str
    difference: Compared | None = None
    classes_changed: tuple[str, ...] = ()
    classes_added: tuple[str, ...] = ()
    classes_removed: tuple[str, ...] = ()
