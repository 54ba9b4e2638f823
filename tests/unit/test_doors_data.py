"""Data at the doors: what the API lists and asks for, and what the command line asks a person."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest

from buildsvc.doors.cli.remote import data_asked
from buildsvc.doors.cli.remote.version_calls import Wish
from buildsvc.model.access import Role
from buildsvc.model.application import Application, Component, JarSettings, Placement
from buildsvc.model.data_commands import DataCommands
from buildsvc.model.dump import Dump
from buildsvc.model.version_views import DataView, StepView, WritingView
from buildsvc.store.dumps import Dumps
from tests.doors_site import Door

DUMPS = "/api/applications/shop/components/db/dumps"
ASKED = DataView(
    written=(WritingView("db", "", needs_yes=True), WritingView("cache", "save", needs_yes=False)),
    behind=(StepView("order", "two", "2.0.0"), StepView("order", "three", "3.0.0")),
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    parts = (
        Component("db", image="postgres:15", data=DataCommands(("dump",), ("load",))),
        Component("order", jar=JarSettings("order-service")),
    )
    made.ledger.save_application(Application("shop", parts), Placement(), actor="test")
    yield made
    made.close()


def dumped(door: Door) -> Dump:
    made = Dump("1.dump", "shop", "db", 0, "", door.clock.now(), "a-deployment", "postgres:15", "1.0.0", 1)

    def write(path: Path) -> None:
        path.write_bytes(b"a row")

    return Dumps(door.settings.dumps).keep(made, write)


def test_dumps_are_listed_with_size_and_digest(door: Door) -> None:
    kept = dumped(door)
    (told,) = door.client().get("/api/applications/shop/dumps", headers=door.headers(Role.VIEWER)).get_json()
    assert (told["name"], told["component"], told["size"], told["version"]) == ("1.dump", "db", 5, "1.0.0")
    assert told["sha256"] == kept.sha256


def test_a_restore_needs_an_admin_and_the_components_name(door: Door) -> None:
    dumped(door)
    path = f"{DUMPS}/1.dump/restore"
    refused = door.client().post(path, json={"confirm": "yes"}, headers=door.headers()).get_json()
    assert (refused["status"], refused["code"]) == (422, "not-confirmed")
    denied = door.client().post(path, json={"confirm": "db"}, headers=door.headers(Role.OPERATOR))
    assert denied.status_code == 403
    taken = door.client().post(path, json={"confirm": "db"}, headers=door.headers())
    assert (taken.status_code, taken.get_json()["deployment"]["cause"]) == (202, "restore")


def test_a_backup_takes_an_operator_and_a_component_that_says_how(door: Door) -> None:
    taken = door.client().post(DUMPS, headers=door.headers(Role.OPERATOR))
    assert (taken.status_code, taken.get_json()["deployment"]["cause"]) == (202, "backup")
    refused = door.client().post(DUMPS.replace("db", "order"), headers=door.headers(Role.OPERATOR)).get_json()
    assert refused["code"] == "no-command"


def test_at_the_terminal_each_components_name_is_typed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["db", "yes"])
    monkeypatch.setattr(os, "isatty", lambda _descriptor: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(typed))
    wish = Wish("shop", "1.0.0", "rollback")
    with Path(os.devnull).open() as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        assert data_asked.data_asked(wish, ASKED, as_json=False) == replace(wish, without_backup=("db",))
    assert list(typed) == []


def test_programs_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "prompt", None)
    wish = Wish("shop", "1.0.0", "rollback", without_backup=("db",))
    assert data_asked.data_asked(wish, ASKED, as_json=True) == wish
