"""Who did what, when: an append-only record. The database itself refuses to change or delete a row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database


@dataclass(frozen=True)
class AuditEntry:
    """`action` is a word such as `push` or `token.create`, `target` what it was done to."""

    number: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, Any]


class Audit(Database):
    def audit(self, actor: str, action: str, target: str, detail: dict[str, Any] | None = None) -> None:
        """Write one entry. Never put a secret value into `detail`."""
        row = {"at": self.clock.now(), "actor": actor, "action": action, "target": target}
        with self.write() as connection:
            connection.execute(t.audit.insert().values(**row, detail=json.dumps(detail or {})))

    def audit_entries(self, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Newest first."""
        query = select(t.audit).order_by(t.audit.c.number.desc()).limit(limit)
        with self.read() as connection:
            return tuple(
                AuditEntry(row.number, row.at, row.actor, row.action, row.target, json.loads(row.detail))
                for row in connection.execute(query)
            )
