"""On a real engine: on a network that somebody else made, an instance's own names lead to itself too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from buildsvc.model.application import Component, Network
from tests.engine_site import Events, MemoryJournal, program
from tests.integration.engine_docker import DockerHarness
from tests.on_host import told_inside

pytestmark = [pytest.mark.engine, pytest.mark.long]


@pytest.fixture
def external(harness: DockerHarness) -> Iterator[Network]:
    made = harness.api.networks.create(f"{harness.name}-theirs", driver="bridge")
    try:
        yield Network("theirs", f"{harness.name}-theirs", external=True)
    finally:
        harness.engine.remove_application(harness.name)
        made.remove()


def rolled_out(harness: DockerHarness, component: Component, network: Network) -> str:
    wanted = harness.wanted()
    networks = (*wanted.application.networks, network)
    whole = replace(wanted.application, components=(component,), networks=networks)
    harness.engine.ensure(replace(wanted, application=whole, environments={}), Events())
    spec = harness.site.roll_out(MemoryJournal(), 1, program("v1"))
    spec = replace(spec, component=component, networks=networks, peers=(component,))
    return harness.engine.roll_out(spec, MemoryJournal(), Events()).name


def addresses(harness: DockerHarness, instance: str) -> set[str]:
    networks = harness.container(instance).attrs["NetworkSettings"]["Networks"]
    return {str(one["IPAddress"]) for one in networks.values()}


@pytest.mark.parametrize("alone", [False, True])
def test_its_own_names_lead_to_itself(harness: DockerHarness, external: Network, *, alone: bool) -> None:
    app = harness.wanted().application.component("app")
    assert app is not None
    theirs = ("theirs", ("outer",))
    component = replace(app, networks=(theirs,) if alone else (("default", ()), theirs))
    instance = rolled_out(harness, component, external)
    own = addresses(harness, instance)
    for name in ("app",) if alone else ("app", "outer"):
        code, told = told_inside(harness.container(instance), "getent", "ahostsv4", name)
        assert code == 0
        assert told.decode().split()[0] in own
