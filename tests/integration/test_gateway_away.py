"""A gateway that ends in the middle of a swap is waited for; the swap goes on where it was."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import docker
import pytest

from buildsvc.engines.base import Soak
from buildsvc.image.types import BaseImage
from scripts.made import MadeBases
from tests.contract.engine_contract import active, deploy
from tests.engine_site import Events, MemoryJournal, program
from tests.integration.engine_docker import DockerHarness, application, prepared
from tests.waiting import until

pytestmark = pytest.mark.engine


@pytest.fixture
def harness(bases: MadeBases, gateway: BaseImage, engine_client: docker.DockerClient) -> Iterator[DockerHarness]:
    with prepared(bases.layout, gateway) as engine, application(engine, gateway, engine_client) as found:
        yield found


def killed(harness: DockerHarness) -> str:
    """End the gateway's process as a lack of memory would; the engine starts it again. Returns when it was started."""
    found = harness.container(harness.gateway_name)
    os.kill(int(found.attrs["State"]["Pid"]), signal.SIGKILL)
    return str(found.attrs["State"]["StartedAt"])


def started(harness: DockerHarness) -> str:
    return str(harness.container(harness.gateway_name).attrs["State"]["StartedAt"])


@pytest.mark.parametrize("moment", ["instance-started", "healthy"])
def test_a_gateway_that_is_killed_in_a_swap_is_waited_for(harness: DockerHarness, moment: str) -> None:
    deploy(harness, 1)
    events, journal = Events(), MemoryJournal()
    before: list[str] = []

    def kill_it(event: object) -> None:
        events(event)  # type: ignore[arg-type]
        if getattr(event, "kind", "") == moment:
            before.append(killed(harness))

    spec = harness.spec(journal, 2, deadline=60.0)
    live = harness.engine.roll_out(spec, journal, kill_it)
    assert started(harness) not in before
    assert (live.release, live.active) == (2, True)
    until(lambda: harness.get() == (200, "v2"))
    assert harness.engine.settle(spec, journal, Events(), now=True) is Soak.SETTLED
    assert harness.get() == (200, "v2")


def test_a_swap_that_begins_while_the_gateway_is_away_waits_for_it(harness: DockerHarness) -> None:
    deploy(harness, 1)
    harness.container(harness.gateway_name).stop(timeout=1)
    back = threading.Timer(3.0, lambda: harness.container(harness.gateway_name).start())
    back.start()
    try:
        harness.start(2, program("v2"))
    finally:
        back.join()
    found = active(harness)
    assert found is not None
    assert found.release == 2
