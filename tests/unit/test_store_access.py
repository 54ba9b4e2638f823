from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from buildpacks.errors import Conflict, NotFound
from buildsvc.model.access import Role
from buildsvc.store.ledger import Ledger
from tests.ledgers import forward, open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def test_a_token_is_known_by_its_value_and_only_its_hash_is_kept(ledger: Ledger) -> None:
    plain, info = ledger.create_token("ci", Role.DEVELOPER, ("shop",), actor="ann")
    assert plain.startswith("bsv_")
    assert ledger.token(plain) == info
    assert (info.name, info.role, info.applications, info.actor) == ("ci", Role.DEVELOPER, ("shop",), "ann")
    assert ledger.token(plain + "x") is None
    assert ledger.token("") is None
    ledger.close()
    assert not any(plain[4:].encode() in path.read_bytes() for path in ledger.path.parent.iterdir())


def test_every_token_is_another(ledger: Ledger) -> None:
    assert len({ledger.create_token(str(n), Role.VIEWER)[0] for n in range(20)}) == 20


def test_a_name_is_given_to_one_token_only(ledger: Ledger) -> None:
    ledger.create_token("ci", Role.ADMIN)
    with pytest.raises(Conflict) as failure:
        ledger.create_token("ci", Role.VIEWER)
    assert failure.value.code == "token-exists"
    assert [t.role for t in ledger.tokens()] == [Role.ADMIN]


def test_a_revoked_token_stops_working_by_name_or_id(ledger: Ledger) -> None:
    first, _ = ledger.create_token("one", Role.VIEWER)
    second, info = ledger.create_token("two", Role.VIEWER)
    ledger.revoke_token("one")
    assert (ledger.token(first), ledger.token(second)) == (None, info)
    assert ledger.revoke_token(info.id) == info
    assert ledger.tokens() == ()
    with pytest.raises(NotFound) as failure:
        ledger.revoke_token("two")
    assert failure.value.code == "no-such-token"


def test_audit_entries_are_listed_newest_first(ledger: Ledger) -> None:
    ledger.audit("ann", "push", "shop/order", {"file": "中.jar"})
    forward(ledger, 1)
    ledger.audit("bob", "token.create", "ci")
    newest, oldest = ledger.audit_entries()
    assert (newest.actor, newest.action, newest.target, newest.detail) == ("bob", "token.create", "ci", {})
    assert (oldest.number, oldest.detail) == (1, {"file": "中.jar"})
    assert newest.at > oldest.at
    assert ledger.audit_entries(limit=1) == (newest,)


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"])
def test_the_audit_log_refuses_to_be_changed_even_by_sql(ledger: Ledger, statement: str) -> None:
    ledger.audit("ann", "push", "shop/order")

    def change() -> None:
        with ledger.write() as connection:
            connection.exec_driver_sql(statement)

    with pytest.raises(DatabaseError) as failure:
        change()
    assert isinstance(failure.value.orig, sqlite3.IntegrityError)
    assert [entry.actor for entry in ledger.audit_entries()] == ["ann"]
