from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, Refused
from buildsvc.model.clock import SystemClock, Uuid7Ids
from buildsvc.store.ledger import Ledger, database
from tests.ledgers import deployment, open_ledger


@pytest.fixture(autouse=True)
def no_wait_for_the_disk() -> None:
    """Here the ledger is opened as the service opens it."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def test_the_constructor_starts_nothing(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.db", SystemClock(), Uuid7Ids())
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_private_and_in_wal_with_full_synchronisation(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", SystemClock(), Uuid7Ids())
    ledger.open()
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    with ledger.read() as connection:
        pragmas = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")}
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    ledger.close()


def test_a_failure_inside_a_write_leaves_nothing_of_it(ledger: Ledger) -> None:
    def write_half() -> None:
        with ledger.write() as connection:
            connection.exec_driver_sql("INSERT INTO facts VALUES ('k', '1')")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised two lines above
        write_half()
    assert ledger.recall("k") is None


def test_a_write_has_the_lock_from_its_beginning_and_readers_do_not_wait(ledger: Ledger) -> None:
    ledger.remember("k", 1)
    other = sqlite3.connect(ledger.path, timeout=0)
    with ledger.write() as connection:
        with pytest.raises(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
        connection.exec_driver_sql("UPDATE facts SET value = '2'")
        assert other.execute("SELECT value FROM facts").fetchone() == ("1",)
    other.close()
    assert ledger.recall("k") == 2


def test_a_ledger_that_stays_locked_is_a_clear_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    ledger = open_ledger(tmp_path / "ledger.db")
    with ledger.write(), pytest.raises(Conflict) as failure:
        ledger.remember("k", 1)
    assert failure.value.code == "ledger-busy"


def test_a_folder_in_place_of_the_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(Refused) as failure:
        open_ledger(tmp_path / "ledger.db")
    assert failure.value.code == "ledger-unwritable"


def test_a_file_that_is_no_ledger_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("this is no database, and long enough to be looked at" * 50)
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(Refused) as failure:
        open_ledger(tmp_path / "ledger.db")
    assert failure.value.code == "ledger-unwritable"
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_opening_it_again_in_one_process_keeps_the_locks_of_the_first(ledger: Ledger) -> None:
    with ledger.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM facts")
        database._make_file(ledger.path)
        command = [sys.executable, "-c", TRY_TO_LOCK, str(ledger.path)]
        assert subprocess.check_output(command, text=True).strip() == "in use"


TRY_TO_LOCK = """
import fcntl, sys
SHARED_FIRST, SHARED_SIZE = 0x40000002, 510  # "File Locking And Concurrency In SQLite Version 3", os.h
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
        print("nobody has it open")
    except OSError:
        print("in use")
"""


def _count_up(path: Path, count: int) -> None:
    ledger = Ledger(path, SystemClock(), Uuid7Ids())
    for _ in range(count):
        with ledger.write() as connection:
            old = connection.exec_driver_sql("SELECT value FROM facts WHERE key = 'count'").scalar_one()
            connection.exec_driver_sql("UPDATE facts SET value = ? WHERE key = 'count'", (str(int(old) + 1),))


def test_processes_that_read_and_then_write_lose_nothing(ledger: Ledger) -> None:
    ledger.remember("count", 0)
    ledger.close()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_count_up, args=(ledger.path, 40)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert ledger.recall("count") == 160


def test_a_forked_child_uses_connections_of_its_own(ledger: Ledger) -> None:
    def child() -> None:
        assert ledger.recall("k") == "parent"
        ledger.remember("child", "was here")

    ledger.remember("k", "parent")
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert ledger.recall("child") == "was here"
    ledger.remember("k", "still works")
    assert ledger.recall("k") == "still works"


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    ledger.remember("k", 0)
    threads = [threading.Thread(target=lambda: [deployment(ledger) for _ in range(10)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.deployments(limit=100)) == 60


def test_closing_in_a_forked_child_leaves_the_parents_connections_alone(ledger: Ledger) -> None:
    def child() -> None:
        inherited = ledger._engine
        ledger.close()
        assert ledger._inherited == [inherited]

    ledger.remember("k", 1)
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert ledger.recall("k") == 1
