"""A former instance that is wanted again: what it shares with the new one is free before, a failure ends truthfully."""

from __future__ import annotations

import pytest

from buildpacks.errors import DeploymentFailed
from buildsvc.engines.base import Soak
from tests.contract.engine_contract import active, deploy
from tests.engine_site import Events, Lost, MemoryJournal
from tests.swaps import FakeHarness, fake_harness


@pytest.fixture
def harness() -> FakeHarness:
    return fake_harness()


def serving(harness: FakeHarness) -> int | None:
    found = active(harness)
    return found.release if found else None


def test_stop_first_a_crash_in_the_soak_ends_the_new_one_before_the_former_one_starts(harness: FakeHarness) -> None:
    deploy(harness, 1, strategy="stop-first")
    spec, journal = deploy(harness, 2, strategy="stop-first")
    harness.engine.exclusive = True
    harness.change(2, running=False, restarts=3)
    harness.engine.calls.clear()
    # A restarting container holds what it opened until it is stopped; the fake's stop clears that.
    assert harness.engine.settle(spec, journal, Events()) is Soak.SWITCHED_BACK
    assert (serving(harness), harness.running()) == (1, {1: True})
    words = [call[0] for call in harness.engine.calls]
    assert words.index("hold") < words.index("stop") < words.index("revive") < words.index("switch")
    assert harness.place.held is False
    deploy(harness, 3, strategy="stop-first")
    assert serving(harness) == 3


@pytest.mark.parametrize("strategy", ["stop-first", "start-first"])
def test_a_former_release_that_does_not_start_ends_the_deployment_and_the_new_one_stays(
    harness: FakeHarness, strategy: str
) -> None:
    deploy(harness, 1, strategy=strategy)
    spec, journal = deploy(harness, 2, strategy=strategy)
    harness.change(1, running=False)
    harness.change(2, running=False, exit_code=3)
    harness.engine.broken.add("revive")
    with pytest.raises(DeploymentFailed) as caught:
        harness.engine.settle(spec, journal, Events())
    assert caught.value.code == "switch-back-failed"
    assert "exit code 3" in caught.value.message
    harness.engine.broken.clear()
    assert (serving(harness), list(harness.running())) == (2, [2])
    assert harness.place.held is False
    with pytest.raises(DeploymentFailed) as again:
        harness.engine.settle(spec, journal, Events(), now=True)
    assert again.value.code == "switch-back-failed"
    deploy(harness, 3, strategy=strategy)
    assert (serving(harness), harness.running()[3]) == (3, True)


def test_stop_first_the_new_one_runs_again_where_the_former_one_is_never_healthy(harness: FakeHarness) -> None:
    deploy(harness, 1, strategy="stop-first")
    spec, journal = deploy(harness, 2, strategy="stop-first")
    harness.place.unhealthy = "503"
    harness.engine.broken.add("wait_healthy")
    looks = [harness.engine.settle(spec, journal, Events()) for _ in range(2)]
    with pytest.raises(DeploymentFailed):
        harness.engine.settle(spec, journal, Events())
    assert looks == [Soak.SOAKING] * 2
    assert (serving(harness), harness.running()) == (2, {2: True})
    assert harness.of(2).restart.when == "unless-stopped"


def test_a_former_instance_that_is_gone_leaves_the_new_one_alone(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    journal.step("switch-back", reason="its health failed", revive=True)
    harness.place.occupants.pop(harness.of(1).id)
    with pytest.raises(DeploymentFailed) as caught:
        harness.engine.settle(spec, journal, Events())
    assert caught.value.code == "switch-back-failed"
    assert (serving(harness), harness.running()) == (2, {2: True})


def test_a_failed_start_frees_what_it_took_before_the_former_one_starts_again(harness: FakeHarness) -> None:
    deploy(harness, 1, strategy="stop-first")
    harness.engine.exclusive = True
    with pytest.raises(DeploymentFailed) as caught:
        deploy(harness, 2, "ends", strategy="stop-first")
    assert caught.value.code == "instance-ended"
    assert (serving(harness), harness.running()) == (1, {1: True})


def test_where_neither_release_starts_it_is_said_that_nothing_serves_and_no_request_is_held(
    harness: FakeHarness,
) -> None:
    deploy(harness, 1, strategy="stop-first")
    harness.engine.broken.add("revive")
    journal = MemoryJournal()
    with pytest.raises(DeploymentFailed) as caught:
        harness.engine.roll_out(harness.spec(journal, 2, "ends", strategy="stop-first"), journal, Events())
    assert caught.value.code == "former-not-started"
    assert "nothing serves" in caught.value.message
    assert caught.value.log_tail == ("no database",)
    assert harness.place.held is False
    assert harness.running() == {1: False}
    harness.engine.broken.clear()
    assert harness.engine.resume(harness.spec(journal, 2), journal, Events()) is None
    deploy(harness, 3, strategy="stop-first")
    assert serving(harness) == 3


@pytest.mark.parametrize("step", [("undo", False), ("undo", True)])
def test_a_worker_lost_inside_the_undoing_leaves_the_former_release_serving(
    harness: FakeHarness, step: tuple[str, bool]
) -> None:
    deploy(harness, 1, strategy="stop-first")
    journal = MemoryJournal()
    journal.fail_at = step
    spec = harness.spec(journal, 2, "ends", strategy="stop-first")
    with pytest.raises(Lost):
        harness.engine.roll_out(spec, journal, Events())
    for _ in range(2):
        assert harness.engine.resume(spec, journal, Events()) is None
        assert (serving(harness), harness.running()) == (1, {1: True})
    assert harness.of(1).restart.when == "unless-stopped"
    assert harness.place.held is False


@pytest.mark.parametrize("step", [("switch-back", False), ("switch-back", True)])
@pytest.mark.parametrize("strategy", ["stop-first", "start-first"])
def test_a_worker_lost_inside_a_switch_back_is_followed_by_one_that_finishes_it(
    harness: FakeHarness, step: tuple[str, bool], strategy: str
) -> None:
    deploy(harness, 1, strategy=strategy)
    spec, journal = deploy(harness, 2, strategy=strategy)
    harness.change(2, restarts=1)
    journal.fail_at = step
    with pytest.raises(Lost):
        harness.engine.settle(spec, journal, Events())
    for _ in range(2):
        assert harness.engine.settle(spec, journal, Events()) is Soak.SWITCHED_BACK
    assert (serving(harness), harness.running()) == (1, {1: True})


@pytest.mark.parametrize("step", [("stay", False), ("stay", True)])
def test_a_worker_lost_while_the_new_one_is_kept_is_followed_by_one_that_says_so(
    harness: FakeHarness, step: tuple[str, bool]
) -> None:
    deploy(harness, 1, strategy="stop-first")
    spec, journal = deploy(harness, 2, strategy="stop-first")
    harness.change(2, running=False, exit_code=1)
    harness.engine.broken.add("wait_healthy")
    journal.fail_at = step
    with pytest.raises(Lost):
        harness.engine.settle(spec, journal, Events())
    for _ in range(2):
        with pytest.raises(DeploymentFailed) as caught:
            harness.engine.settle(spec, journal, Events())
        assert caught.value.code == "switch-back-failed"
    assert (serving(harness), harness.running()) == (2, {2: True})


def test_a_former_instance_that_was_started_but_not_healthy_yet_is_waited_for_by_the_next_worker(
    harness: FakeHarness,
) -> None:
    deploy(harness, 1, strategy="stop-first")
    spec, journal = deploy(harness, 2, strategy="stop-first")
    journal.step("switch-back", reason="it crashed", revive=True)
    harness.change(1, running=True)
    harness.engine.calls.clear()
    assert harness.engine.settle(spec, journal, Events()) is Soak.SWITCHED_BACK
    words = [call[0] for call in harness.engine.calls]
    assert words.index("wait_healthy") < words.index("switch")


def test_where_both_went_down_with_their_engine_nothing_is_switched_back(harness: FakeHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    for release in (1, 2):
        harness.change(release, running=False, exit_code=255)
    assert harness.engine.settle(spec, journal, Events()) is Soak.SOAKING
    assert "switch-back" not in [step.name for step in journal.rows]
