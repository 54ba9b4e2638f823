from __future__ import annotations

import fcntl
import multiprocessing
import os
import sqlite3
from contextlib import closing
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from buildpacks.errors import Conflict, Failure
from buildsvc.model.clock import SystemClock, Uuid7Ids
from buildsvc.store.ledger import Ledger
from buildsvc.store.migrate import config
from buildsvc.store.tables import metadata
from buildsvc.store.upgrade import REVISIONS
from tests.ledgers import open_ledger


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_triggers_of_the_audit_log(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    with ledger.read() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        assert rows.scalars().all() == ["audit_refuses_delete", "audit_refuses_replace", "audit_refuses_update"]


def test_the_code_knows_exactly_the_revisions_that_there_are() -> None:
    walked = ScriptDirectory.from_config(config()).walk_revisions()
    assert tuple(reversed([revision.revision for revision in walked])) == REVISIONS


def test_migrations_that_fail_leave_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE applications (name TEXT)")
    with pytest.raises(Failure) as failure:
        Ledger(path, SystemClock(), Uuid7Ids()).open()
    assert failure.value.code == "ledger-upgrade-failed"
    with closing(sqlite3.connect(path)) as plain:
        assert [row[0] for row in plain.execute("SELECT name FROM sqlite_master")] == ["applications"]


def test_a_ledger_of_a_newer_version_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path)
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    ledger.close()
    with pytest.raises(Conflict) as failure:
        open_ledger(path)
    assert failure.value.code == "ledger-newer"
    assert "9999" in failure.value.message
    assert failure.value.hint
    plain = sqlite3.connect(path)
    assert plain.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    plain.close()


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    open_ledger(tmp_path / "ledger.db").remember("k", 1)
    assert open_ledger(tmp_path / "ledger.db").recall("k") == 1


def test_a_path_with_spaces_and_percent_signs_works(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "a folder 100%s?" / "ledger.db")
    ledger.remember("k", 1)
    assert ledger.path.is_file()
    assert ledger.recall("k") == 1


def _open(path: Path, start: Event, results: Queue[Any]) -> None:
    start.wait()
    ledger = Ledger(path, SystemClock(), Uuid7Ids())
    ledger.open()
    ledger.remember(Uuid7Ids().new(), 1)
    results.put("fine")


def test_several_processes_may_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    arguments = (tmp_path / "ledger.db", start, results)
    processes = [context.Process(target=_open, args=arguments) for _ in range(5)]
    for process in processes:
        process.start()
    start.set()
    assert [results.get(timeout=60) for _ in processes] == ["fine"] * 5
    for process in processes:
        process.join()


def test_a_ledger_opens_while_the_data_directory_is_locked(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    open_ledger(tmp_path / "ledger.db").close()
    os.close(descriptor)
    assert (tmp_path / "ledger.db").stat().st_size > 0
