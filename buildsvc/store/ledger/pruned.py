"""What was pruned: releases and versions whose record stays, and whose files may go; and facts by how they begin."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from buildsvc.model.release import Release
from buildsvc.store import tables as t
from buildsvc.store.ledger.database import Database
from buildsvc.store.ledger.releases import as_release

_d, _r, _v = t.deployments.c, t.releases.c, t.versions.c
_MOST_PER_STATEMENT = 500


class Pruned(Database):
    def mark_pruned(self, *, releases: Collection[str] = (), versions: Collection[str] = ()) -> None:
        """Record that the files of the releases and versions with these ids may go."""
        now = self.clock.now()
        with self.write() as connection:
            for table, given in ((t.releases, releases), (t.versions, versions)):
                ids = list(given)
                for start in range(0, len(ids), _MOST_PER_STATEMENT):
                    part = table.c.id.in_(ids[start : start + _MOST_PER_STATEMENT])
                    connection.execute(update(table).where(part, table.c.pruned.is_(None)).values(pruned=now))

    def whole_releases(self) -> tuple[Release, ...]:
        """Return the releases of all applications that were not pruned, the oldest first."""
        query = select(t.releases).where(_r.pruned.is_(None)).order_by(_r.created, _r.number)
        with self.read() as connection:
            return tuple(as_release(row) for row in connection.execute(query))

    def pruned_versions(self) -> frozenset[str]:
        """Return the ids of the versions that were pruned."""
        with self.read() as connection:
            return frozenset(connection.execute(select(_v.id).where(_v.pruned.is_not(None))).scalars())

    def cut_history(self, before: datetime) -> int:
        """Forget events, steps and facts of the deployments that ended before this moment, but for the one that each
        component runs by; that they were stays. Returns of how many.
        """
        live = select(t.live.c.deployment)
        has_events = select(t.events.c.deployment).where(t.events.c.deployment == _d.id).exists()
        old = select(_d.id).where(_d.ended < before, _d.id.not_in(live), has_events).limit(_MOST_PER_STATEMENT)
        cut = 0
        while True:
            with self.write() as connection:
                ids = list(connection.execute(old).scalars())
                for column in (t.events.c.deployment, t.steps.c.deployment):
                    connection.execute(delete(column.table).where(column.in_(ids)))
                # `change:ID`, `former:ID` and their like.
                of_deployment = func.substr(t.facts.c.key, func.instr(t.facts.c.key, ":") + 1)
                connection.execute(delete(t.facts).where(of_deployment.in_(ids)))
            cut += len(ids)
            if len(ids) < _MOST_PER_STATEMENT:
                return cut

    def facts(self, prefix: str) -> dict[str, Any]:
        """Return what was remembered under keys that begin so, by what follows in the key."""
        query = select(t.facts).where(t.facts.c.key.startswith(prefix, autoescape=True))
        with self.read() as connection:
            return {row.key.removeprefix(prefix): json.loads(row.value) for row in connection.execute(query)}
