from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, Failure, Unreachable
from buildsvc.model.application import Application
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.events import Failed, WentLive
from buildsvc.usecases.deploy import deploy, rollback
from buildsvc.usecases.deploy.settling import look_at_soak
from buildsvc.usecases.perform import perform
from buildsvc.usecases.queueing import cancel
from buildsvc.usecases.tend.recovery import tend
from tests.workshops import COMPOSE, Bench, jar


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def test_a_jar_goes_live_and_every_hop_is_told(bench: Bench) -> None:
    deployment = bench.live()
    assert (deployment.phase, deployment.release) == (Phase.LIVE, 1)
    kinds = [kind for kind in bench.kinds(deployment) if kind != "warning"]
    assert kinds == [
        "received",
        "started",
        "analysed",
        "base-chosen",
        "image-built",
        "image-loaded",
        "release-recorded",
        "beside",
        "instance-started",
        "health-chosen",
        "healthy",
        "switched",
        "live",
    ]
    assert bench.serving() == 1
    (went,) = [r.event for r in bench.ledger.events(deployment.id) if isinstance(r.event, WentLive)]
    assert (went.release, went.soak) == (1, 60)


def test_after_the_soak_it_is_settled_and_only_the_new_instance_is_left(bench: Bench) -> None:
    bench.live("1.0")
    second = bench.live("2.0")
    assert set(bench.occupants()) == {1, 2}
    tend(bench.workshop)
    assert bench.ledger.deployment(second.id).phase is Phase.LIVE
    bench.clock.forward(61)
    tend(bench.workshop)
    assert bench.ledger.deployment(second.id).phase is Phase.SETTLED
    assert set(bench.occupants()) == {2}


def test_a_version_that_is_not_healthy_fails_and_the_former_one_serves(bench: Bench) -> None:
    bench.live("1.0")
    bench.engine.broken.add("wait_healthy")
    failed = bench.live("2.0")
    bench.engine.broken.clear()
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "fake-broken")
    assert (bench.serving(), set(bench.occupants())) == (1, {1})
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert live.release.number == 1
    assert bench.live("3.0").phase is Phase.LIVE


def test_classes_too_new_for_every_base_fail_before_anything_is_touched(bench: Bench) -> None:
    bench.live("1.0")
    calls = len(bench.engine.calls)
    failed = bench.run(bench.push(data=jar("2.0", java=30), application="shop", component="order"))
    assert failed.phase is Phase.FAILED
    assert "30" in (failed.error_message or "")
    assert failed.error_hint
    assert bench.engine.calls[calls:] == []


def test_a_defect_is_a_failed_deployment_and_no_lost_worker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(deploy, "build", broken)
    failed = bench.live()
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "defect")
    (told,) = [r.event for r in bench.ledger.events(failed.id) if isinstance(r.event, Failed)]
    assert "oops" in told.message


def test_one_that_has_ended_or_is_held_by_another_is_left_alone(bench: Bench) -> None:
    accepted = bench.push()
    assert accepted.deployment is not None
    claim = bench.ledger.claim(accepted.deployment.id, bench.worker("two").holder, lambda _: True)
    assert claim is not None
    assert bench.run(accepted).phase is Phase.QUEUED
    bench.ledger.release_claim(claim)
    done = bench.run(accepted)
    told = bench.kinds(done)
    assert bench.run(accepted) == done
    assert bench.kinds(done) == told


def test_a_second_deployment_of_a_component_waits_until_the_first_lets_go(bench: Bench) -> None:
    first = bench.push("1.0")
    assert first.deployment is not None
    claim = bench.ledger.claim(first.deployment.id, bench.worker("two").holder, lambda _: True)
    assert claim is not None
    second = bench.push("2.0")
    assert bench.run(second).phase is Phase.QUEUED
    bench.ledger.release_claim(claim)
    assert bench.run(first).phase is Phase.LIVE
    assert bench.jobs.take()[-1] == second.deployment.id  # type: ignore[union-attr]
    assert bench.run(second).phase is Phase.LIVE
    assert bench.serving() == 2


def test_a_new_push_ends_the_soak_of_the_former_one(bench: Bench) -> None:
    first = bench.live("1.0")
    bench.live("2.0")
    assert bench.ledger.deployment(first.id).phase is Phase.SETTLED
    third = bench.live("3.0")
    assert third.phase is Phase.LIVE
    assert set(bench.occupants()) == {2, 3}


def test_a_soak_that_another_worker_ends_meanwhile_has_ended(bench: Bench) -> None:
    first = bench.live("1.0")
    bench.clock.forward(61)
    tend(bench.worker("two"))
    assert bench.ledger.deployment(first.id).phase is Phase.SETTLED
    assert look_at_soak(bench.workshop, first, now=True)


def test_one_that_waits_is_cancelled_at_once_and_one_that_serves_cannot_be(bench: Bench) -> None:
    waiting = bench.push()
    assert waiting.deployment is not None
    now = cancel(bench.site, waiting.deployment.id)
    assert (now.phase, now.error_code) == (Phase.CANCELLED, "cancelled")
    assert now.ended is not None
    assert [recorded.event.kind for recorded in bench.ledger.events(now.id)][-1] == "failed"
    assert bench.run(waiting).phase is Phase.CANCELLED
    assert bench.engine.places["shop", "order"].occupants == {}
    live = bench.live("2.0")
    with pytest.raises(Conflict) as refused:
        cancel(bench.site, live.id)
    assert refused.value.code == "live-already"


def test_one_that_is_worked_on_is_asked_to_stop_and_does_so_before_its_switch(bench: Bench) -> None:
    going = bench.push()
    assert going.deployment is not None
    claim = bench.ledger.claim(going.deployment.id, bench.workshop.holder, bench.workshop.alive)
    assert claim is not None
    assert cancel(bench.site, going.deployment.id).phase is Phase.QUEUED
    bench.ledger.release_claim(claim)
    assert bench.run(going).phase is Phase.CANCELLED
    assert bench.engine.places["shop", "order"].occupants == {}


def test_what_waited_behind_a_cancelled_one_is_woken(bench: Bench) -> None:
    bench.live("0.8")
    bench.live("0.9")
    first = bench.push("1.0")
    second = rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="cli")
    assert first.deployment is not None
    assert second.deployment is not None
    bench.jobs.take()
    cancel(bench.site, first.deployment.id)
    assert bench.jobs.waiting == [second.deployment.id]
    assert bench.run(second).phase is Phase.LIVE


def test_failing_health_in_the_soak_switches_back_and_the_ledger_says_so(bench: Bench) -> None:
    bench.live("1.0")
    second = bench.live("2.0")
    bench.engine.places["shop", "order"].unhealthy = "503"
    for _ in range(3):
        tend(bench.workshop)
    assert bench.ledger.deployment(second.id).phase is Phase.SWITCHED_BACK
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert (live.release.number, bench.serving()) == (1, 1)
    assert "switched-back" in bench.kinds(second)


def test_a_rollback_runs_the_whole_former_spec_without_a_build(bench: Bench) -> None:
    bench.live("1.0")
    bench.apply(COMPOSE.replace("GREETING: hello", "GREETING: goodbye"))
    for deployment in bench.jobs.take():
        perform(bench.workshop, deployment)
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert dict(live.release.spec.environment)["GREETING"] == "goodbye"
    accepted = rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="cli")
    back = bench.run(accepted)
    assert (back.phase, back.release) == (Phase.LIVE, 1)
    assert "image-built" not in bench.kinds(back)
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert dict(live.release.spec.environment)["GREETING"] == "hello"


def test_a_changed_spec_that_a_push_brought_along_needs_no_swap(bench: Bench) -> None:
    bench.live("1.0")
    waiting = bench.push("2.0")
    bench.ledger.save_application(_with_greeting(bench), bench.ledger.application("shop").placement, actor="ann")
    spec = bench.ledger.create_deployment(
        application="shop",
        component="order",
        cause=Cause.SPEC,
        artifact=bench.ledger.release("shop", "order", 1).artifact,
        release=None,
        actor="ann",
        door="api",
    )
    pushed = bench.run(waiting)
    perform(bench.workshop, spec.id)
    assert bench.ledger.deployment(spec.id).phase is Phase.SETTLED
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert (live.release.number, live.release.artifact) == (2, pushed.artifact)


def _with_greeting(bench: Bench) -> Application:
    """The shop with another greeting in order."""
    application = bench.ledger.application("shop").application
    parts = (
        replace(part, environment=(("GREETING", "new"),)) if part.name == "order" else part
        for part in application.components
    )
    return replace(application, components=tuple(parts))


def test_an_image_that_somebody_pruned_is_loaded_again_for_a_rollback(bench: Bench) -> None:
    bench.live("1.0")
    first = bench.ledger.release("shop", "order", 1)
    bench.live("2.0")
    bench.engine.images.discard(first.image.reference)
    back = bench.run(rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="cli"))
    assert back.phase is Phase.LIVE
    assert first.image.reference in bench.engine.images


def test_there_is_nothing_to_go_back_to_before_the_first_release(bench: Bench) -> None:
    for number, code in ((None, "nothing-before"), (1, "already-live")):
        if number:
            bench.live("1.0")
        with pytest.raises(Conflict) as refused:
            rollback.submit(bench.site, "shop", "order", to=number, actor="ann", door="cli")
        assert refused.value.code == code


def test_an_engine_that_is_away_fails_what_has_not_begun(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unreachable("engine-away", "The engine does not answer.", "Start it.")

    monkeypatch.setattr(bench.engine, "load", away)
    failed = bench.live()
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "engine-away")


@pytest.mark.parametrize("lost_in", ["load", "preflight", "start", "wait_healthy", "switch"])
def test_what_a_lost_worker_left_is_finished_or_undone_by_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, lost_in: str
) -> None:
    bench.live("1.0")
    accepted = bench.push("2.0")

    class Killed(BaseException):
        """Stands for kill -9: nothing of ours runs after it."""

    usual = bench.engine.record

    def die(*words: str) -> None:
        usual(*words)
        if words[0] == lost_in:
            raise Killed

    monkeypatch.setattr(bench.engine, "record", die)
    monkeypatch.setattr(bench.ledger, "release_claim", lambda _claim: None)
    with pytest.raises(Killed):
        bench.run(accepted, bench.worker("two"))
    monkeypatch.undo()
    bench.living.discard("two")
    tend(bench.workshop)
    for deployment in bench.jobs.take():
        perform(bench.workshop, deployment)
    assert accepted.deployment is not None
    found = bench.ledger.deployment(accepted.deployment.id)
    assert found.phase in {Phase.LIVE, Phase.FAILED}
    serves = 2 if found.phase is Phase.LIVE else 1
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert (live.release.number, bench.serving()) == (serves, serves)
    if found.phase is Phase.FAILED:
        assert set(bench.occupants()) == {1}
        assert found.error_code == "worker-lost"
    assert bench.live("3.0").phase is Phase.LIVE


def test_an_interrupted_build_is_queued_again_and_a_lost_queue_is_refilled(bench: Bench) -> None:
    accepted = bench.push()
    assert accepted.deployment is not None
    bench.jobs.take()
    tend(bench.workshop)
    assert bench.jobs.take() == [accepted.deployment.id]
    claim = bench.ledger.claim(accepted.deployment.id, "two", lambda _: True)
    assert claim is not None
    bench.living.add("two")
    tend(bench.workshop)
    assert bench.jobs.take() == [], "somebody has it already"
    bench.ledger.advance(accepted.deployment.id, Phase.BUILDING, fence=claim.fence)
    tend(bench.workshop)
    assert bench.jobs.take() == []
    bench.living.discard("two")
    tend(bench.workshop)
    assert bench.jobs.take() == [accepted.deployment.id]
    assert bench.run(accepted).phase is Phase.LIVE


def test_one_that_cannot_be_tended_does_not_keep_the_others_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = bench.live("1.0")
    waiting = bench.push("1", component="stock", application="shop")
    bench.jobs.take()

    def broken(*_: object, **__: object) -> None:
        raise Failure("broken", "The look failed.")

    monkeypatch.setattr(bench.engine, "settle", broken)
    tend(bench.workshop)
    assert waiting.deployment is not None
    assert bench.jobs.take() == [waiting.deployment.id]
    assert bench.ledger.deployment(live.id).phase is Phase.LIVE
