"""Sessions and the audit log as their clients see them: one method a route."""

from __future__ import annotations

from collections.abc import Iterator

from buildsvc.doors.cli.remote.asking import Asking, part
from buildsvc.model.api import AuditVerdictView, AuditView, SiteKeyView
from buildsvc.model.people_views import OpenSession
from buildsvc.model.webhook_views import WebhookView

PAGE = 1000
"""Entries that are asked for at a time."""


class RecordCalls(Asking):
    """What a client can ask about who is here and who did what."""

    def site_key(self) -> SiteKeyView:
        return self.get(SiteKeyView, "site-key")

    def sessions(self) -> list[OpenSession]:
        return self.get(list[OpenSession], "sessions")

    def end_session(self, identifier: str) -> None:
        self.call("DELETE", f"sessions/{part(identifier)}").close()

    def webhooks(self) -> list[WebhookView]:
        """Who is told how deployments ended, and what each answered last."""
        return self.get(list[WebhookView], "webhooks")

    def audit(self, limit: int | None) -> Iterator[AuditView]:
        """Fetch the entries, newest first; None gives all of them."""
        before: str | None = None
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(left, PAGE)
            found = self.get(list[AuditView], "audit", {"limit": str(size), "before": before})
            yield from found
            if len(found) < size:
                return
            before = str(found[-1].number)
            left = None if left is None else left - size

    def audit_verdict(self) -> AuditVerdictView:
        return self.get(AuditVerdictView, "audit/verdict")
