"""Readings of memory and processor time, an hour of them, in an SQLite file of their own.

They come every few seconds and are worth little: so they are neither in the ledger, whose every write waits for the
disk, nor in its backups. Losing the file loses the plots and nothing else; one that cannot be read is begun anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from buildsvc.model.usage import UsageSample

KEPT = 3600.0
"""Seconds after which a reading is forgotten."""
_TABLE = (
    "CREATE TABLE IF NOT EXISTS samples (application TEXT, component TEXT, instance TEXT, name TEXT, "
    "at REAL, memory INTEGER, cpu REAL, memory_limit INTEGER, PRIMARY KEY (application, component, instance, at)) "
    "WITHOUT ROWID"
)
_BUSY_SECONDS = 5.0


class UsageSamples:
    """The constructor opens nothing. Each call has a connection of its own: there are few, and forks are no matter."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, samples: Iterable[UsageSample], now: datetime) -> None:
        """Keep these readings, and forget those that are older than `KEPT`."""
        rows = [
            (s.application, s.component, s.instance, s.name, s.at.timestamp(), s.memory, s.cpu, s.limit)
            for s in samples
        ]
        try:
            self._write(rows, now)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._path.unlink(missing_ok=True)
            self._write(rows, now)

    def _write(self, rows: Sequence[tuple[object, ...]], now: datetime) -> None:
        with self._open() as connection, connection:
            connection.execute("DELETE FROM samples WHERE at < ?", (now.timestamp() - KEPT,))
            connection.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def of(self, application: str, component: str, since: datetime) -> tuple[UsageSample, ...]:
        """Give the readings of a component's instances, oldest first; none where there is no file that can be read."""
        if not self._path.exists():
            return ()
        query = (
            "SELECT application, component, instance, name, at, memory, cpu, memory_limit FROM samples "
            "WHERE application = ? AND component = ? AND at >= ? ORDER BY at, instance"
        )
        try:
            with self._open() as connection:
                rows = connection.execute(query, (application, component, since.timestamp())).fetchall()
        except sqlite3.DatabaseError:
            return ()
        return tuple(
            UsageSample(a, c, i, n, datetime.fromtimestamp(at, tz=UTC), m, cpu, limit)
            for a, c, i, n, at, m, cpu, limit in rows
        )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(_TABLE)
            yield connection
