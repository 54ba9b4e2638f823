"""Who did what, when: an append-only record, each entry chained to the one before it. The database itself refuses to
change, replace or delete a row; whoever gets around that breaks the chain, which `audit_faults` finds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from buildsvc.store import tables as t
from buildsvc.store.chain import START, link
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.knowledge import put_fact

GUARD = "audit_refuses_delete"
_ANCHOR = "audit-anchor"
"""The fact that holds the last entry that was exported and cut."""


@dataclass(frozen=True)
class AuditEntry:
    """`action` is a word such as `push` or `token.create`, `target` what it was done to, `address` who asked from."""

    number: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, Any]
    address: str = ""
    hash: str = ""


@dataclass(frozen=True)
class AuditHead:
    """The newest entry: whoever knows this knows that nothing before it was changed."""

    number: int
    hash: str


@dataclass(frozen=True)
class AuditFault:
    """What is wrong at one number: `changed`, `missing`, `cut-off` (older than the sealed head, and gone)."""

    number: int
    fault: str


class Audit(Database):
    def audit(
        self, actor: str, action: str, target: str, detail: dict[str, Any] | None = None, address: str = ""
    ) -> AuditHead:
        """Write one entry. Never put a secret value into `detail`."""
        row = {"at": self.clock.now(), "actor": actor, "action": action, "target": target, "address": address}
        text = json.dumps(detail or {})
        with self.write() as connection:
            before = _newest(connection)
            number = before.number + 1
            told = (_stored_time(row["at"]), actor, action, target, text, address)
            head = AuditHead(number, link(before.hash, number, *told))
            connection.execute(t.audit.insert().values(**row, number=number, detail=text, hash=head.hash))
        return head

    def audit_entries(self, limit: int = 100, before: int | None = None) -> tuple[AuditEntry, ...]:
        """Newest first; `before`: only those with a lower number."""
        query = select(t.audit).order_by(t.audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(t.audit.c.number < before)
        with self.read() as connection:
            return tuple(_entry(row) for row in connection.execute(query))

    def audit_until(self, moment: datetime) -> tuple[AuditEntry, ...]:
        """Oldest first: those before the first one that is not older than `moment`. They can be cut."""
        found: list[AuditEntry] = []
        with self.read() as connection:
            for row in connection.execute(select(t.audit).order_by(t.audit.c.number)):
                if row.at >= moment:
                    break
                found.append(_entry(row))
        return tuple(found)

    def audit_head(self) -> AuditHead:
        """Return the newest entry; number 0 before the first one."""
        with self.read() as connection:
            return _newest(connection)

    def cut_audit(self, last: AuditHead) -> None:
        """Forget the entries up to `last`, which were exported; the chain goes on from it."""
        with self.write() as connection:
            made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (GUARD,)).scalar_one()
            connection.exec_driver_sql(f"DROP TRIGGER {GUARD}")
            connection.execute(delete(t.audit).where(t.audit.c.number <= last.number))
            connection.exec_driver_sql(made)
            put_fact(connection, _ANCHOR, json.dumps([last.number, last.hash]))

    def audit_faults(self, sealed: AuditHead | None = None) -> tuple[AuditFault, ...]:
        """Where the chain is broken; none where all is as it was. `sealed` is a head that was kept elsewhere."""
        with self.read() as connection:
            return tuple(_faults(connection, sealed))


def _faults(connection: Connection, sealed: AuditHead | None) -> Iterator[AuditFault]:
    before = _anchor(connection)
    seen = before.number == (sealed.number if sealed else 0)
    # As they are stored, without their types: what cannot be read as a time is a fault, not a crash.
    asked = "SELECT number, at, actor, action, target, detail, address, hash FROM audit ORDER BY number"
    for number, *told, found in connection.exec_driver_sql(asked):
        for missing in range(before.number + 1, min(number, before.number + 1001)):
            yield AuditFault(missing, "missing")
        if link(before.hash, number, *(str(one) for one in told)) != found:
            yield AuditFault(number, "changed")
        if sealed is not None and number == sealed.number:
            seen = True
            if found != sealed.hash:
                yield AuditFault(number, "not-as-sealed")
        before = AuditHead(number, str(found))
    if sealed is not None and not seen and sealed.number:
        yield AuditFault(sealed.number, "cut-off")


def _newest(connection: Connection) -> AuditHead:
    query = select(t.audit.c.number, t.audit.c.hash).order_by(t.audit.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return _anchor(connection) if row is None else AuditHead(row.number, row.hash)


def _anchor(connection: Connection) -> AuditHead:
    text = connection.execute(select(t.facts.c.value).where(t.facts.c.key == _ANCHOR)).scalar_one_or_none()
    return AuditHead(0, START) if text is None else AuditHead(*json.loads(text))


def _stored_time(moment: Any) -> str:
    return str(t.stored_time(moment))


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        row.number, row.at, row.actor, row.action, row.target, json.loads(row.detail), row.address, row.hash
    )
