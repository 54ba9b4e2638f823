from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from buildpacks.errors import Conflict, NotFound
from buildsvc.model.access import Role
from buildsvc.store.ledger import AuditHead, Ledger
from tests.ledgers import forward, open_ledger

REPLACING = "INSERT OR REPLACE INTO audit SELECT number, at, 'eve', action, target, detail, address, hash FROM audit"


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
    assert ledger.revoke_token(info.id).id == info.id
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


def written(ledger: Ledger, times: int = 4) -> None:
    for number in range(times):
        ledger.audit("ann", "push", f"shop/{number}", {"file": "中.jar"}, "192.0.2.1")


def tampered(ledger: Ledger, *statements: str) -> None:
    """As somebody does who has the file: the triggers are no obstacle."""
    ledger.close()
    with sqlite3.connect(ledger.path) as plain:
        for statement in statements:
            plain.execute(statement)
    plain.close()


def test_an_audit_log_that_nobody_touched_is_whole(ledger: Ledger) -> None:
    written(ledger)
    assert ledger.audit_faults(ledger.audit_head()) == ()
    assert ledger.audit_entries()[0].address == "192.0.2.1"


def test_no_entry_is_replaced_by_an_insert(ledger: Ledger) -> None:
    written(ledger)
    with pytest.raises(sqlite3.IntegrityError):
        tampered(
            ledger,
            REPLACING,
        )


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"{REPLACING} WHERE number = 2", [(2, "changed")]),
        ("UPDATE audit SET at = 'never' WHERE number = 3", [(3, "changed")]),
        ("DELETE FROM audit WHERE number = 2", [(2, "missing"), (3, "changed")]),
        ("DELETE FROM audit WHERE number = 1", [(1, "missing"), (2, "changed")]),
        ("DELETE FROM audit WHERE number > 2", [(4, "cut-off")]),
        ("DELETE FROM audit", [(4, "cut-off")]),
    ],
)  # fmt: skip
def test_whoever_gets_around_the_triggers_is_found(
    ledger: Ledger, statement: str, found: list[tuple[int, str]]
) -> None:
    written(ledger)
    head = ledger.audit_head()
    names = ("audit_refuses_update", "audit_refuses_delete", "audit_refuses_replace")
    tampered(ledger, *(f"DROP TRIGGER {name}" for name in names), statement)
    assert [(one.number, one.fault) for one in ledger.audit_faults(head)] == found


def test_a_chain_that_is_made_anew_does_not_have_the_sealed_head(ledger: Ledger, tmp_path: Path) -> None:
    written(ledger)
    forged = open_ledger(tmp_path / "forged.db")
    for _ in range(4):
        forged.audit("eve", "push", "shop")
    assert forged.audit_faults() == ()
    assert [one.fault for one in forged.audit_faults(ledger.audit_head())] == ["not-as-sealed"]


def test_the_chain_goes_on_behind_what_was_cut(ledger: Ledger) -> None:
    written(ledger)
    second = ledger.audit_entries(before=3)[0]
    ledger.cut_audit(AuditHead(second.number, second.hash))
    ledger.audit("bob", "push", "shop")
    assert [one.number for one in ledger.audit_entries()] == [5, 4, 3]
    assert ledger.audit_faults(ledger.audit_head()) == ()
    with pytest.raises(DatabaseError), ledger.write() as connection:
        connection.exec_driver_sql("DELETE FROM audit")
    last = ledger.audit_head()
    ledger.cut_audit(last)
    assert ledger.audit_head() == last
    assert ledger.audit_faults(last) == ()
