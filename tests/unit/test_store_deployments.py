from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, DeploymentFailed, NotFound
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.events import LogLine, Settled, WentLive
from buildsvc.store.ledger import Ledger
from tests.ledgers import ARTIFACT, claimed, deployment, forward, open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def test_a_new_deployment_is_queued_and_comes_back_whole(ledger: Ledger) -> None:
    made = deployment(ledger)
    assert ledger.deployment(made.id) == made
    assert (made.phase, made.cause, made.artifact, made.created) == (
        Phase.QUEUED,
        Cause.ARTIFACT,
        ARTIFACT,
        ledger.clock.now(),
    )


def test_an_unknown_deployment_is_not_found(ledger: Ledger) -> None:
    for question in (ledger.deployment, ledger.request_cancel, ledger.cancel_requested):
        with pytest.raises(NotFound) as failure:
            question("none")
        assert failure.value.code == "no-such-deployment"


def test_deployments_are_listed_newest_first_and_by_component(ledger: Ledger) -> None:
    first, second, third = deployment(ledger), deployment(ledger, "web"), deployment(ledger, "web", "bank")
    assert [d.id for d in ledger.deployments()] == [third.id, second.id, first.id]
    assert [d.id for d in ledger.deployments(limit=1)] == [third.id]
    assert [d.id for d in ledger.deployments("shop")] == [second.id, first.id]
    assert [d.id for d in ledger.deployments("shop", "web")] == [second.id]


def test_phases_set_their_times_and_ended_ones_are_no_longer_listed_as_unended(ledger: Ledger) -> None:
    first, second = deployment(ledger), deployment(ledger)
    made = first.created
    forward(ledger, 5)
    live = ledger.advance(first.id, Phase.LIVE, release=3)
    assert (live.phase, live.release, live.live_at, live.ended) == (Phase.LIVE, 3, made + timedelta(seconds=5), None)
    forward(ledger, 60)
    settled = ledger.advance(first.id, Phase.SETTLED)
    assert (settled.live_at, settled.ended) == (made + timedelta(seconds=5), made + timedelta(seconds=65))
    assert settled.release == 3
    assert [d.id for d in ledger.unended()] == [second.id]


def test_the_event_of_a_phase_is_stored_with_it_or_not_at_all(ledger: Ledger) -> None:
    made = deployment(ledger)
    forward(ledger, 5)
    ledger.advance(
        made.id,
        Phase.LIVE,
        told=lambda now: WentLive(3, ((now.live_at or now.created) - now.created).total_seconds(), 60.0),
    )
    assert [recorded.event for recorded in ledger.events(made.id)] == [WentLive(3, 5.0, 60.0)]
    with pytest.raises(Conflict):
        ledger.advance(made.id, Phase.SETTLED, fence=7, told=lambda _: Settled())
    with pytest.raises(TypeError):
        ledger.advance(made.id, Phase.SETTLED, told=lambda _: LogLine("a line"))
    assert ledger.deployment(made.id).phase is Phase.LIVE
    assert len(ledger.events(made.id)) == 1


def test_unended_deployments_are_listed_oldest_first(ledger: Ledger) -> None:
    ids = [deployment(ledger).id for _ in range(12)]
    assert [d.id for d in ledger.unended()] == ids


def test_a_failed_deployment_says_why(ledger: Ledger) -> None:
    made = deployment(ledger)
    ledger.advance(made.id, Phase.FAILED, failure=DeploymentFailed("never-healthy", "It never answered.", "Look."))
    failed = ledger.deployment(made.id)
    assert (failed.error_code, failed.error_message, failed.error_hint) == (
        "never-healthy",
        "It never answered.",
        "Look.",
    )


@pytest.mark.parametrize("end", [Phase.SETTLED, Phase.FAILED, Phase.SWITCHED_BACK, Phase.CANCELLED])
def test_an_ended_deployment_never_changes_again(ledger: Ledger, end: Phase) -> None:
    made = deployment(ledger)
    ended = ledger.advance(made.id, end)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: ledger.advance(made.id, Phase.LIVE),
        lambda: ledger.request_cancel(made.id),
    )
    for attempt in attempts:
        with pytest.raises(Conflict) as failure:
            attempt()
        assert failure.value.code == "deployment-ended"
    assert ledger.deployment(made.id) == ended


def test_only_the_newest_claim_may_advance(ledger: Ledger) -> None:
    made = deployment(ledger)
    first = claimed(ledger, made.id)
    second = claimed(ledger, made.id, "two")
    with pytest.raises(Conflict) as failure:
        ledger.advance(made.id, Phase.LIVE, fence=first.fence)
    assert failure.value.code == "lost-claim"
    assert ledger.deployment(made.id).phase is Phase.QUEUED
    assert ledger.advance(made.id, Phase.LIVE, fence=second.fence).phase is Phase.LIVE


def test_a_wish_to_cancel_is_kept(ledger: Ledger) -> None:
    made = deployment(ledger)
    assert not ledger.cancel_requested(made.id)
    ledger.request_cancel(made.id)
    assert ledger.cancel_requested(made.id)
