"""The SQLite file behind the ledger: how it is opened, read from and written to.

WAL and `synchronous=FULL`; every write begins IMMEDIATE, because a deferred transaction that reads first fails at once
when another process wrote in between. Connections belong to one process: a forked child makes its own.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from buildpacks.errors import Conflict, Failure, Refused, no_room
from buildpacks.sentences.values import foreign
from buildsvc.model.clock import Clock, Ids
from buildsvc.store.durable_files import alone
from buildsvc.store.upgrade import is_current, upgrade

BUSY_SECONDS = 30
_BEGIN = "buildsvc_begin"


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(_BEGIN, 'DEFERRED')}")


def _make_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=4,
        max_overflow=-1,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _translate(error: OperationalError, path: Path) -> Failure | None:
    name = getattr(error.orig, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Conflict("ledger-busy", path=path, busy_seconds=BUSY_SECONDS)
    if name.startswith("SQLITE_FULL") or (name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and _is_full(path)):
        return Refused("disk-full.ledger", path=path)
    if name.startswith(("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")):
        return _unwritable(path, name)
    return None


def _is_full(path: Path) -> bool:
    """Whether the disk has no block left for us, or no inode: SQLite calls that a failed read or write as well."""
    found = os.statvfs(path.parent)
    return found.f_bavail == 0 or (found.f_files > 0 and found.f_favail == 0)


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Exclusively: opening and closing a file in use would free the locks that SQLite holds on it for this process.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _turn_on_wal(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as plain:
            plain.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as error:
        if _is_full(path):
            raise Refused("disk-full.ledger", path=path) from error
        raise _unwritable(path, error.sqlite_errorname) from error


def _unwritable(path: Path, why: object) -> Refused:
    return Refused("ledger-unwritable", path=path, why=why)


class Database:
    """One ledger file. The constructor starts nothing; `open` makes or upgrades it."""

    def __init__(self, path: Path, clock: Clock, ids: Ids) -> None:
        self.path = path
        self.clock = clock
        self.ids = ids
        self._engine: Engine | None = None
        self._pid = 0
        self._inherited: list[Engine] = []

    def open(self) -> None:
        """Make or upgrade the file (0600). Raises Conflict `ledger-newer`, Refused `ledger-unwritable`."""
        try:
            _make_file(self.path)
        except OSError as error:
            if (full := no_room(error)) is not None:
                raise full from error
            raise _unwritable(self.path, foreign(error, path=False)) from error
        # Changing the journal mode does not wait for other processes, so those who open queue up here. A file of its
        # own: the data directory itself is locked for as long as the service is up.
        with alone(self.path.with_name(f"{self.path.name}.lock")):
            try:
                _turn_on_wal(self.path)
                if not self._is_current():
                    upgrade(self.path)
            except Failure:
                self.close()
                raise

    def _is_current(self) -> bool:
        with self.read() as connection:
            return is_current(connection, self.path)

    def close(self) -> None:
        """Give back this process's connections. Call it before forking, so that children inherit none."""
        if self._pid != os.getpid():
            self.after_fork()
        elif self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def after_fork(self) -> None:
        """In a child: forget the parent's connections without closing them. Also happens by itself at first use."""
        if self._engine is not None:
            # Kept referenced: SQLite must not even close, in a child, what the parent opened.
            self._inherited.append(self._engine)
        self._engine = None

    def _current(self) -> Engine:
        if self._engine is not None and self._pid != os.getpid():
            self.after_fork()
        if self._engine is None:
            self._engine, self._pid = _make_engine(self.path), os.getpid()
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a consistent view that waits for no writer."""
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that has the write lock from the first; committed, and on disk, when the block ends."""
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[Connection]:
        options: dict[str, Any] = {_BEGIN: mode}
        try:
            with self._current().connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except OperationalError as error:
            failure = _translate(error, self.path)
            if failure is None:
                raise
            raise failure from error
