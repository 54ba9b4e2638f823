"""A claim that could not be given back, and a ledger that takes no more steps: neither blocks a component."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Conflict, Unreachable
from buildsvc.model.deployment import Phase
from buildsvc.store.ledger import Claim
from buildsvc.usecases.holding import give_back_forgotten, held
from buildsvc.usecases.perform import perform
from buildsvc.usecases.tend.recovery import tend
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply(COMPOSE.replace("soak: 60s", "soak: 60s, strategy: stop-first"))
    return made


def busy(*_: object, **__: object) -> None:
    raise Conflict("ledger-busy", path="ledger.db", busy_seconds=30)


def test_a_claim_that_could_not_be_given_back_blocks_nothing_after_the_next_pass(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as locked:
        locked.setattr(bench.ledger, "release_claim", busy)
        first = bench.live("1.0")
    assert first.phase is Phase.LIVE
    another = bench.worker("two")
    assert bench.ledger.claim(first.id, another.holder, another.alive) is None, "its holder lives"
    tend(bench.workshop)
    assert bench.ledger.claims_of(bench.workshop.holder) == ()
    claim = bench.ledger.claim(first.id, another.holder, another.alive)
    assert claim is not None
    bench.ledger.release_claim(claim)
    assert bench.run(bench.push("2.0"), another).phase is Phase.LIVE


def test_what_is_worked_on_is_not_given_back(bench: Bench) -> None:
    first = bench.live("1.0")
    with held(bench.workshop, first.id) as claim:
        give_back_forgotten(bench.workshop)
        assert bench.ledger.claims_of(bench.workshop.holder) == (claim,)
    assert bench.ledger.claims_of(bench.workshop.holder) == ()


def test_a_claim_that_another_got_since_is_left_to_it(bench: Bench) -> None:
    first = bench.live("1.0")
    old = bench.ledger.claim(first.id, "gone", lambda _: True)
    assert old is not None
    newer = bench.ledger.claim(first.id, "two", lambda _: False)
    assert newer == Claim(first.id, old.fence + 1)
    bench.ledger.release_claim(old)
    assert bench.ledger.claims_of("two") == (newer,)


@pytest.mark.parametrize("step", ["switch", "undo"])
def test_a_ledger_that_takes_no_more_steps_leaves_the_swap_to_recovery(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bench.live("1.0")
    bench.engine.broken |= {"wait_healthy"} if step == "undo" else set()
    usual = bench.ledger.begin_step

    def locked_by_then(deployment: str, fence: int, name: str, data: dict[str, object]) -> None:
        if name in {step, "undo"}:
            busy()
        usual(deployment, fence, name, data)

    accepted = bench.push("2.0")
    with monkeypatch.context() as locked:
        locked.setattr(bench.ledger, "begin_step", locked_by_then)
        assert bench.run(accepted).phase is Phase.SWAPPING
    bench.engine.broken.clear()
    tend(bench.workshop)
    assert accepted.deployment is not None
    ended = bench.ledger.deployment(accepted.deployment.id)
    assert (ended.phase, ended.error_code) == (Phase.FAILED, "worker-lost")
    assert (bench.serving(), set(bench.occupants())) == (1, {1})
    place = bench.engine.places["shop", "order"]
    assert (place.held, [one.running for one in place.occupants.values()]) == (False, [True])
    for deployment in bench.jobs.take():
        perform(bench.workshop, deployment)
    assert bench.live("3.0").phase is Phase.LIVE


def test_an_engine_that_goes_away_in_a_swap_fails_nothing_until_it_is_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.live("1.0")
    usual = bench.engine.record
    gone: list[tuple[str, ...]] = []

    def away(*words: str) -> None:
        if gone or words[0] == "wait_healthy":
            gone.append(words)
            raise Unreachable("engine-unreachable", error="refused")
        usual(*words)

    accepted = bench.push("2.0")
    with monkeypatch.context() as context:
        context.setattr(bench.engine, "record", away)
        left = bench.run(accepted)
    assert (left.phase, left.error_code) == (Phase.SWAPPING, None)
    assert "warning" in bench.kinds(left)
    tend(bench.workshop)
    ended = bench.ledger.deployment(left.id)
    assert (ended.phase, ended.error_code) == (Phase.FAILED, "worker-lost")
    assert (bench.serving(), set(bench.occupants())) == (1, {1})
