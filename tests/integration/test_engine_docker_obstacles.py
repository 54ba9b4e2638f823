"""On a real engine: what stands in the way of an application is found at once, and nothing of it is made."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from buildsvc.model.application import Component, Mount, Network, Port
from tests.integration.engine_docker import DockerHarness, free_port
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]


def test_absent_sources_networks_and_held_ports_are_found_at_once(harness: DockerHarness, tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    with socket.socket() as program:
        program.bind(("127.0.0.1", 0))
        program.listen()
        port = program.getsockname()[1]
        app = harness.wanted().application
        wanting = Component(
            "web",
            image=harness.site.reference,
            ports=(Port(80, port), Port(81, free_port()), Port(82, harness.port)),
            mounts=(Mount("bind", absent, "/a"), Mount("bind", "/etc", "/b", read_only=True)),
        )
        other = replace(
            app,
            name=f"{harness.name}-other",
            components=(wanting,),
            networks=(Network("theirs", f"{harness.name}-none", external=True),),
        )
        found = harness.engine.obstacles(other, None, harness.gateway.image.reference)
        assert sorted(one.code for one in found) == ["network-missing", "port-held", "port-held", "source-missing"]
        told = "\n".join(one.message for one in found)
        assert absent in told
        assert "/etc" not in told.replace(absent, "")
        assert f"port {port} of this host, and " in told
        assert f"{harness.name}-app-gateway" in told
    # Others on this engine may be asking just now: theirs go too, and ours would stay.
    seen = _asking(harness)
    until(lambda: not seen & _asking(harness), 60)


def test_what_its_own_containers_hold_is_no_obstacle(harness: DockerHarness) -> None:
    wanted = harness.wanted()
    assert harness.engine.obstacles(wanted.application, wanted.placement, harness.gateway.image.reference) == ()


def test_a_network_that_another_site_made_for_an_application_of_this_name_is_an_obstacle(
    harness: DockerHarness,
) -> None:
    wanted = harness.wanted()
    elsewhere = replace(wanted.placement, subnets={"default": ("10.212.0.0/22", "10.212.0.0/23")})
    moved = replace(wanted.application, networks=(replace(wanted.application.networks[0], subnet="10.212.0.0/24"),))
    for application, before, said in (
        (wanted.application, None, "this site did not make it"),
        (wanted.application, elsewhere, "this site did not make it"),
        (moved, wanted.placement, "asks for 10.212.0.0/24"),
    ):
        (found,) = harness.engine.obstacles(application, before, harness.gateway.image.reference)
        assert found.code == "network-taken"
        assert said in found.message


def _asking(harness: DockerHarness) -> set[str]:
    found = harness.api.containers.list(all=True, filters={"name": "buildsvc-p"}, ignore_removed=True)
    return {str(one.name) for one in found if str(one.name).startswith(("buildsvc-ports-", "buildsvc-paths-"))}
