from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest

from buildsvc.model.clock import SystemClock, Uuid7Ids
from buildsvc.model.deployment import Phase
from buildsvc.store.ledger import Claim, Ledger
from tests.ledgers import claimed, deployment, open_ledger


def dead(_holder: str) -> bool:
    return False


def living(_holder: str) -> bool:
    return True


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def test_a_claim_is_given_once_while_its_holder_lives(ledger: Ledger) -> None:
    made = deployment(ledger)
    assert ledger.claim(made.id, "one", living) == Claim(made.id, 1)
    assert ledger.claim(made.id, "two", living) is None
    assert ledger.claim(made.id, "two", lambda holder: holder != "one") == Claim(made.id, 2)


def test_a_released_claim_is_free_and_a_lost_one_cannot_release(ledger: Ledger) -> None:
    made = deployment(ledger)
    first = claimed(ledger, made.id)
    ledger.release_claim(first)
    second = ledger.claim(made.id, "two", living)
    assert second == Claim(made.id, 2)
    ledger.release_claim(first)
    assert ledger.claim(made.id, "three", living) is None


def test_deployments_of_one_component_go_one_after_the_other(ledger: Ledger) -> None:
    first, second, other = deployment(ledger), deployment(ledger), deployment(ledger, "web")
    assert ledger.claim(second.id, "one", dead) is None
    assert ledger.claim(other.id, "one", dead) is not None
    ledger.advance(first.id, Phase.FAILED)
    assert ledger.claim(second.id, "one", dead) is not None
    assert ledger.claim(first.id, "one", dead) is None


def test_the_same_component_name_in_another_application_is_no_obstacle(ledger: Ledger) -> None:
    deployment(ledger)
    assert ledger.claim(deployment(ledger, "order", "bank").id, "one", dead) is not None


def test_a_deployment_of_the_whole_application_waits_for_all_and_all_wait_for_it(ledger: Ledger) -> None:
    first, whole, later = deployment(ledger), deployment(ledger, ""), deployment(ledger, "web")
    assert ledger.claim(whole.id, "one", dead) is None
    assert ledger.claim(later.id, "one", dead) is None
    ledger.advance(first.id, Phase.FAILED)
    assert ledger.claim(whole.id, "one", dead) is not None


def test_a_soaking_deployment_blocks_no_newer_one_and_can_be_claimed_for_settling(ledger: Ledger) -> None:
    soaking, newer = deployment(ledger), deployment(ledger)
    ledger.advance(soaking.id, Phase.LIVE)
    assert ledger.claim(soaking.id, "one", living) is not None
    assert ledger.claim(newer.id, "two", living) is not None


def test_a_soaking_deployment_is_left_to_the_one_who_swaps_the_next(ledger: Ledger) -> None:
    soaking, newer = deployment(ledger), deployment(ledger)
    ledger.advance(soaking.id, Phase.LIVE)
    ledger.claim(newer.id, "one", living)
    assert ledger.claim(soaking.id, "two", living) is None
    assert ledger.claim(soaking.id, "one", living) is not None


def test_a_deployment_is_abandoned_when_its_holder_is_dead_or_there_is_none(ledger: Ledger) -> None:
    made = deployment(ledger)
    assert ledger.is_abandoned(made.id, living)
    ledger.claim(made.id, "one", living)
    assert not ledger.is_abandoned(made.id, living)
    assert ledger.is_abandoned(made.id, dead)


def _race(path: Path, deployment_id: str, name: str, start: Event, results: Queue[Any]) -> None:
    ledger = Ledger(path, SystemClock(), Uuid7Ids())
    start.wait()
    results.put(ledger.claim(deployment_id, name, living) is not None)


def test_of_many_processes_exactly_one_gets_the_claim(ledger: Ledger) -> None:
    made = deployment(ledger)
    ledger.close()
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    processes = [context.Process(target=_race, args=(ledger.path, made.id, str(n), start, results)) for n in range(6)]
    for process in processes:
        process.start()
    start.set()
    assert sorted(results.get(timeout=60) for _ in processes) == [False] * 5 + [True]
    for process in processes:
        process.join()
