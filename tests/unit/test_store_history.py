from __future__ import annotations

import multiprocessing
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from buildpacks.errors import Conflict, NotFound
from buildsvc.model import events as kinds
from buildsvc.model.clock import SystemClock, Uuid7Ids
from buildsvc.model.deployment import Step
from buildsvc.model.events import Event, Failed, LogLine, Recorded, Settled, Warned
from buildsvc.model.evidence import BesideContainer
from buildsvc.model.swap_events import WarmAnswer
from buildsvc.store.journal import Interrupted, LedgerJournal
from buildsvc.store.ledger import Ledger
from tests.ledgers import claimed, deployment, open_ledger

EVENT_KINDS = typing.get_args(Event)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


@pytest.fixture
def journal(ledger: Ledger) -> LedgerJournal:
    return LedgerJournal(ledger, claimed(ledger, deployment(ledger).id))


def test_events_are_numbered_from_one_for_each_deployment_and_read_from_anywhere(ledger: Ledger) -> None:
    first, second = deployment(ledger), deployment(ledger)
    recorded = [ledger.append_event(first.id, Warned("c", f"message {n}")) for n in range(3)]
    assert ledger.append_event(second.id, Settled()) == Recorded(1, ledger.clock.now(), Settled())
    assert [r.number for r in recorded] == [1, 2, 3]
    assert ledger.events(first.id) == tuple(recorded)
    assert ledger.events(first.id, after=2) == (recorded[2],)
    assert ledger.events("none") == ()


def example(kind: type) -> Any:
    deltas = (kinds.LibraryDelta("a", "1", "2"), kinds.LibraryDelta("b", None, "1", 3))
    values = {
        "int": 1,
        "float": 0.5,
        "bool": True,
        "str": "text",
        "tuple[str, ...]": ("a",),
        "tuple[LibraryDelta, ...]": deltas,
    }
    values |= {"datetime": datetime(2026, 1, 2, tzinfo=UTC), "Literal['given', 'kept', 'former']": "kept"}
    beside = BesideContainer("cache", "image", "c1", datetime(2026, 1, 2, tzinfo=UTC))
    values |= {"Literal['before', 'after']": "before", "tuple[BesideContainer, ...]": (beside,)}
    values |= {"tuple[WarmAnswer, ...]": (WarmAnswer("/orders", 200, 0.8, 0.01),)}
    values |= {"dict[str, Any]": {"name": "x", "all": ["a", 1, None], "why": {"code": "y", "values": {}}}}
    fields = {name: note.split(" | ")[0] for name, note in kind.__annotations__.items() if name != "kind"}
    return kind(**{name: values[note] for name, note in fields.items()})


@pytest.mark.parametrize("kind", [k for k in EVENT_KINDS if k is not LogLine], ids=lambda k: k.__name__)
def test_every_kind_of_event_comes_back_as_it_was(ledger: Ledger, kind: type[Event]) -> None:
    made = deployment(ledger)
    recorded = ledger.append_event(made.id, example(kind))
    assert ledger.events(made.id) == (recorded,)


def test_passing_events_are_not_stored(ledger: Ledger) -> None:
    made = deployment(ledger)
    with pytest.raises(TypeError):
        ledger.append_event(made.id, LogLine("x"))
    assert ledger.events(made.id) == ()


def test_an_event_of_an_unknown_deployment_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        ledger.append_event("none", Failed("c", "m", "h"))


def _publish(path: Path, deployment_id: str) -> None:
    ledger = Ledger(path, SystemClock(), Uuid7Ids())
    for _ in range(20):
        ledger.append_event(deployment_id, Settled())


def test_events_from_several_processes_have_no_gap(ledger: Ledger) -> None:
    made = deployment(ledger)
    ledger.close()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_publish, args=(ledger.path, made.id)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [event.number for event in ledger.events(made.id)] == list(range(1, 61))


def test_a_step_is_committed_before_it_is_done_and_then_merged(ledger: Ledger, journal: LedgerJournal) -> None:
    at = ledger.clock.now()
    journal.step("start", slot="blue")
    assert journal.steps() == (Step(1, "start", {"slot": "blue"}, done=False, at=at),)
    journal.done("start", instance="i1")
    assert journal.steps() == (Step(1, "start", {"slot": "blue", "instance": "i1"}, done=True, at=at),)


def test_done_finishes_the_latest_undone_step_of_that_name_or_adds_one(journal: LedgerJournal) -> None:
    journal.step("a", n=1)
    journal.step("a", n=2)
    journal.step("b")
    journal.done("a")
    journal.done("c", x=1)
    found = [(step.sequence, step.name, step.data, step.done) for step in journal.steps()]
    assert found == [
        (1, "a", {"n": 1}, False),
        (2, "a", {"n": 2}, True),
        (3, "b", {}, False),
        (4, "c", {"x": 1}, True),
    ]


def test_a_lost_claim_ends_all_writing(ledger: Ledger, journal: LedgerJournal) -> None:
    journal.step("a")
    ledger.claim(journal.deployment, "two", lambda _: False)
    for write in (journal.step, journal.done):
        with pytest.raises(Conflict) as failure:
            write("a")
        assert failure.value.code == "lost-claim"
    assert [step.done for step in journal.steps()] == [False]


def test_a_journal_hears_of_a_cancellation(ledger: Ledger, journal: LedgerJournal) -> None:
    assert not journal.cancelled()
    ledger.request_cancel(journal.deployment)
    assert journal.cancelled()


def test_a_process_that_is_to_end_stops_at_the_next_step_and_writes_nothing(ledger: Ledger) -> None:
    claim = ledger.claim(deployment(ledger).id, "holder", lambda _: True)
    assert claim is not None
    asked = [False]
    journal = LedgerJournal(ledger, claim, lambda: asked[0])
    journal.step("start")
    asked[0] = True
    with pytest.raises(Interrupted):
        journal.step("switch")
    with pytest.raises(Interrupted):
        journal.cancelled()
    assert [step.name for step in journal.steps()] == ["start"]
