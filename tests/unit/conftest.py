"""What unit tests share: they wait for no disk."""

from __future__ import annotations

import os
import sqlite3

import pytest

from buildsvc.store.ledger import database


@pytest.fixture(autouse=True)
def no_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledgers and files of tests are not forced to the disk: no unit test outlives a loss of power, and thousands of
    writes wait.

    `test_store_database.py`, which looks at this very promise, has a fixture of the same name that does nothing.
    """
    prepare = database._prepare

    def hastily(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    monkeypatch.setattr(database, "_prepare", hastily)
    monkeypatch.setattr(os, "fsync", lambda _: None)
