"""A change of an application that the engine refuses: subnets are chosen anew, anything else is taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, Failure
from buildsvc.engines.base import Ensure, Publish
from buildsvc.model.deployment import Phase
from buildsvc.model.events import Warned
from buildsvc.usecases.perform import perform
from tests.workshops import COMPOSE, Bench

CHANGED = COMPOSE.replace("GREETING: hello", "GREETING: goodbye")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def refusing(bench: Bench, monkeypatch: pytest.MonkeyPatch, fails: Callable[[Ensure], Failure | None]) -> list[Ensure]:
    asked: list[Ensure] = []
    real = bench.engine.ensure

    def ensure(wanted: Ensure, publish: Publish) -> None:
        asked.append(wanted)
        failure = fails(wanted)
        if failure is not None:
            raise failure
        real(wanted, publish)

    monkeypatch.setattr(bench.engine, "ensure", ensure)
    return asked


def test_a_subnet_that_somebody_else_has_taken_is_not_asked_for_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [Conflict("network-refused", "Pool overlaps."), Conflict("network-refused", "Pool overlaps."), None]
    asked = refusing(bench, monkeypatch, lambda _: refusals.pop(0))
    assert bench.apply().phase is Phase.SETTLED
    offered = [wanted.placement.networks for wanted in asked]
    assert len(frozenset.union(*offered)) == 3
    assert bench.ledger.application("shop").placement.networks == offered[-1]


def test_an_engine_that_takes_no_subnet_at_all_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = refusing(bench, monkeypatch, lambda _: Conflict("network-refused", "Pool overlaps."))
    failed = bench.apply()
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "network-refused")
    assert len(asked) == 4


def test_subnets_that_are_fixed_already_are_not_chosen_anew(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.apply()
    fixed = bench.ledger.application("shop").placement
    asked = refusing(bench, monkeypatch, lambda _: Conflict("network-refused", "Pool overlaps."))
    assert bench.apply(CHANGED).phase is Phase.FAILED
    assert {wanted.placement.networks for wanted in asked} == {fixed.networks}
    assert bench.ledger.application("shop").placement == fixed


def test_a_change_that_fails_in_the_engine_is_taken_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.apply()
    bench.live("1.0")
    before = bench.ledger.application("shop").application
    bench.jobs.take()

    def fails(wanted: Ensure) -> Failure | None:
        return None if wanted.application == before else Failure("engine-error", "No space left on device.")

    asked = refusing(bench, monkeypatch, fails)
    failed = bench.apply(CHANGED.replace("  cache:", "  store:"))
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "engine-error")
    assert bench.ledger.application("shop").application == before
    assert asked[-1].application == before
    for queued in bench.jobs.take():
        perform(bench.workshop, queued)
    assert bench.serving() == 1


def test_what_cannot_be_taken_back_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.apply()
    before = bench.ledger.application("shop").application
    refusing(bench, monkeypatch, lambda _: Failure("engine-error", "No space left on device."))
    failed = bench.apply(CHANGED)
    assert failed.error_code == "engine-error"
    assert bench.ledger.application("shop").application == before
    told = [one.event for one in bench.ledger.events(failed.id)]
    assert [event.code for event in told if isinstance(event, Warned)][-1:] == ["not-restored"]
