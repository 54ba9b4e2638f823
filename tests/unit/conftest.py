"""What unit tests share: they wait for no disk, and most of those of the doors ask the same one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildsvc.store.ledger import database
from tests.doors_site import Door


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


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A site with its web application, in a folder of its own."""
    made = Door(tmp_path)
    yield made
    made.close()
