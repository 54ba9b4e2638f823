"""What becomes of a deployment in its soak, as the ledger says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildsvc.model.deployment import Phase
from buildsvc.model.events import Failed
from buildsvc.usecases.tend.recovery import tend
from tests.workshops import COMPOSE, Bench

STOP_FIRST = COMPOSE.replace("soak: 60s", "soak: 60s, strategy: stop-first")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply(STOP_FIRST)
    return made


def crash(bench: Bench, release: int, **how: object) -> None:
    place = bench.engine.places["shop", "order"]
    one = next(one for one in place.occupants.values() if one.release == release)
    place.occupants[one.id] = replace(one, **how)  # type: ignore[arg-type]


def test_stop_first_a_crash_in_the_soak_is_switched_back_and_the_next_push_goes_live(bench: Bench) -> None:
    bench.live("1.0")
    second = bench.live("2.0")
    bench.engine.exclusive = True
    crash(bench, 2, running=False, restarts=2)
    tend(bench.workshop)
    assert bench.ledger.deployment(second.id).phase is Phase.SWITCHED_BACK
    assert bench.serving() == 1
    bench.engine.exclusive = False
    assert bench.live("3.0").phase is Phase.LIVE


def test_a_switch_back_that_fails_ends_its_deployment_with_the_truth_and_the_next_push_goes_live(bench: Bench) -> None:
    bench.live("1.0")
    second = bench.live("2.0")
    crash(bench, 2, running=False, exit_code=1)
    bench.engine.broken.add("revive")
    tend(bench.workshop)
    bench.engine.broken.clear()
    ended = bench.ledger.deployment(second.id)
    assert (ended.phase, ended.error_code) == (Phase.FAILED, "switch-back-failed")
    assert [r.event.code for r in bench.ledger.events(second.id) if isinstance(r.event, Failed)] == [
        "switch-back-failed"
    ]
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert (live.release.number, bench.serving()) == (2, 2)
    assert bench.live("3.0").phase is Phase.LIVE
    assert bench.serving() == 3


def test_a_push_that_meets_a_failing_switch_back_is_not_failed_by_it(bench: Bench) -> None:
    bench.live("1.0")
    second = bench.live("2.0")
    crash(bench, 2, running=False, exit_code=1)
    claim = bench.ledger.claim(second.id, "one", lambda _: True)
    assert claim is not None
    bench.ledger.begin_step(second.id, claim.fence, "switch-back", {"reason": "it crashed", "revive": True})
    bench.ledger.release_claim(claim)
    usual = bench.engine.record

    def no_revival(*words: str) -> None:
        usual(*words)
        if words[0] == "revive":
            bench.engine.record = usual  # type: ignore[method-assign]
            bench.engine.broken.add("revive")
            usual("revive")

    bench.engine.record = no_revival  # type: ignore[method-assign]
    third = bench.live("3.0")
    assert (third.phase, third.error_code) == (Phase.LIVE, None)
    assert bench.ledger.deployment(second.id).error_code == "switch-back-failed"
