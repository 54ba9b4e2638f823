"""Pushes that wait are superseded by the newest: each would be a swap that the next one takes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.model.deployment import Phase
from buildsvc.model.events import Failed
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.perform import perform
from buildsvc.usecases.queueing import cancel
from tests.workshops import Bench, jar


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.live("1.0")
    made.jobs.take()
    return made


def test_twenty_pushes_of_one_component_make_two_swaps_and_the_newest_serves(bench: Bench) -> None:
    first = bench.push("2.0").deployment
    assert first is not None
    claim = bench.ledger.claim(first.id, "two", lambda _: True)
    assert claim is not None
    pushed = [bench.push(f"3.{number}").deployment for number in range(19)]
    bench.ledger.release_claim(claim)
    before = sum(call[0] == "roll_out" for call in bench.engine.calls)
    for deployment in (first, *pushed):
        assert deployment is not None
        perform(bench.workshop, deployment.id)
    assert sum(call[0] == "roll_out" for call in bench.engine.calls) == before + 2
    ended = [bench.ledger.deployment(one.id) for one in pushed if one is not None]
    assert [one.phase for one in ended] == [Phase.CANCELLED] * 18 + [Phase.LIVE]
    assert {one.error_code for one in ended[:-1]} == {"superseded"}
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert (live.release.build.version, bench.serving()) == ("3.18", live.release.number)


def test_a_superseded_push_says_by_whom(bench: Bench) -> None:
    older, newer = bench.push("2.0").deployment, bench.push("3.0").deployment
    assert older is not None
    assert newer is not None
    said = bench.ledger.events(older.id)[-1].event
    assert isinstance(said, Failed)
    assert said.code == "superseded"
    assert said.values == {"component": "order", "newer": newer.id, "by": "ann"}
    assert bench.jobs.take()[-1] == newer.id


def test_other_components_and_rollbacks_that_wait_are_left(bench: Bench) -> None:
    bench.live("1.5")
    back = rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="cli").deployment
    other = bench.push(data=jar("1.0", "stock-service"), application="shop", component="stock").deployment
    bench.push("2.0")
    for one in (back, other):
        assert one is not None
        assert bench.ledger.deployment(one.id).phase is Phase.QUEUED


def test_what_is_built_already_goes_on(bench: Bench) -> None:
    first = bench.push("2.0").deployment
    assert first is not None
    claim = bench.ledger.claim(first.id, "two", lambda _: True)
    assert claim is not None
    bench.ledger.advance(first.id, Phase.BUILDING, fence=claim.fence)
    bench.push("3.0")
    assert bench.ledger.deployment(first.id).phase is Phase.BUILDING


def test_a_cancelled_newest_brings_none_of_the_superseded_back(bench: Bench) -> None:
    older, newer = bench.push("2.0").deployment, bench.push("3.0").deployment
    assert older is not None
    assert newer is not None
    assert cancel(bench.site, newer.id).phase is Phase.CANCELLED
    assert bench.ledger.deployment(older.id).error_code == "superseded"
    assert bench.serving() == 1
