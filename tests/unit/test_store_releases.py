from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, NotFound
from buildsvc.model.deployment import Phase
from buildsvc.model.release import ImageRef
from buildsvc.store.ledger import Ledger, LiveRelease, References
from tests.ledgers import (
    ARTIFACT,
    BUILD,
    IMAGE,
    ORDER,
    PLACEMENT,
    SHOP,
    claimed,
    deployment,
    forward,
    live_release,
    open_ledger,
    release,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def test_releases_count_from_one_in_each_component_and_come_back_whole(ledger: Ledger) -> None:
    first, second, other = release(ledger), release(ledger), release(ledger, "web")
    assert [r.number for r in (first, second, other)] == [1, 2, 1]
    assert ledger.release("shop", "order", 2) == second
    assert ledger.releases("shop", "order") == (second, first)
    assert (second.image, second.build, second.spec) == (IMAGE, BUILD, ORDER)


def test_an_unknown_release_is_answered_with_the_newest(ledger: Ledger) -> None:
    with pytest.raises(NotFound) as nothing:
        ledger.release("shop", "order", 1)
    assert nothing.value.code == "no-such-release"
    release(ledger)
    with pytest.raises(NotFound) as failure:
        ledger.release("shop", "order", 9)
    assert failure.value.hint == "The newest is 1."


def test_what_is_live_names_the_release_before_it(ledger: Ledger) -> None:
    first, second = release(ledger), release(ledger)
    made = deployment(ledger)
    assert ledger.live("shop", "order") is None
    ledger.set_live("shop", "order", 1, made.id, fence=None)
    assert ledger.live("shop", "order") == LiveRelease(first, made.id, ledger.clock.now(), None)
    forward(ledger, 1)
    now_live = ledger.set_live("shop", "order", 2, made.id, fence=None)
    assert ledger.live("shop", "order") == now_live == LiveRelease(second, made.id, ledger.clock.now(), 1)
    assert ledger.live_all("shop") == {"order": now_live}
    ledger.clear_live("shop", "order")
    assert ledger.live_all("shop") == {}


def test_the_same_release_again_keeps_what_was_before_it(ledger: Ledger) -> None:
    release(ledger)
    release(ledger)
    made = deployment(ledger)
    for number in (1, 2, 2):
        ledger.set_live("shop", "order", number, made.id, fence=None)
    assert live_release(ledger).previous == 1


def test_switching_back_restores_the_release_before_once(ledger: Ledger) -> None:
    release(ledger)
    release(ledger)
    first, second = deployment(ledger), deployment(ledger)
    ledger.set_live("shop", "order", 1, first.id, fence=None)
    ledger.set_live("shop", "order", 2, second.id, fence=None)
    ledger.restore_previous_live("shop", "order", first.id, fence=None)
    assert live_release(ledger).release.number == 2
    ledger.restore_previous_live("shop", "order", second.id, fence=None)
    assert live_release(ledger).release.number == 1


def test_a_lost_claim_or_an_unknown_release_changes_nothing(ledger: Ledger) -> None:
    release(ledger)
    made = deployment(ledger)
    claim = claimed(ledger, made.id)
    with pytest.raises(Conflict) as failure:
        ledger.set_live("shop", "order", 1, made.id, fence=claim.fence - 1)
    assert failure.value.code == "lost-claim"
    with pytest.raises(NotFound):
        ledger.set_live("shop", "order", 2, made.id, fence=claim.fence)
    assert ledger.live("shop", "order") is None


def test_a_lost_claim_switches_nothing_back(ledger: Ledger) -> None:
    for _ in range(2):
        release(ledger)
    first = deployment(ledger)
    ledger.set_live("shop", "order", 1, first.id, fence=None)
    ledger.advance(first.id, Phase.SETTLED)
    second = deployment(ledger)
    claim = claimed(ledger, second.id)
    ledger.set_live("shop", "order", 2, second.id, fence=claim.fence)
    with pytest.raises(Conflict) as failure:
        ledger.restore_previous_live("shop", "order", second.id, fence=claim.fence - 1)
    assert failure.value.code == "lost-claim"
    assert live_release(ledger).release.number == 2


def test_what_releases_applications_and_waiting_deployments_name_is_referenced(ledger: Ledger) -> None:
    image = ImageRef("r", "sha256:" + "1" * 64, "sha256:" + "2" * 64, "linux/amd64")
    release(ledger, artifact="b" * 64, image=image)
    deployment(ledger)
    ledger.save_application(SHOP, PLACEMENT, actor="ann")
    expected = References(frozenset({ARTIFACT, "b" * 64}), frozenset({"e" * 64}), frozenset({"2" * 64}))
    assert ledger.references() == expected


def test_after_a_switch_back_the_release_before_is_the_one_that_served_before_it(ledger: Ledger) -> None:
    for _ in range(3):
        release(ledger)
    made = []
    for number in (1, 2, 3):
        made.append(deployment(ledger))
        ledger.advance(made[-1].id, Phase.LIVE, release=number)
        ledger.set_live("shop", "order", number, made[-1].id, fence=None)
        ledger.advance(made[-1].id, Phase.SETTLED if number < 3 else Phase.LIVE)
    ledger.restore_previous_live("shop", "order", made[-1].id, fence=None)
    live = live_release(ledger)
    assert (live.release.number, live.previous) == (2, 1)
    assert ledger.served("shop", "order") == (3, 2, 1)


def test_a_release_whose_deployment_failed_has_not_served(ledger: Ledger) -> None:
    release(ledger)
    failed = deployment(ledger)
    ledger.advance(failed.id, Phase.FAILED, release=1)
    assert ledger.served("shop", "order") == ()
