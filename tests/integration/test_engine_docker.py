"""The Docker engine keeps the contract, and swaps real containers behind a real gateway without a failed request."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from typing import Any

import docker
import pytest

from buildpacks.errors import DeploymentFailed
from buildsvc.engines.base import Soak
from buildsvc.engines.docker import DockerEngine
from buildsvc.engines.gateway import protocol
from buildsvc.image.types import BaseImage
from buildsvc.model.application import CommandCheck, HttpCheck, Port
from tests.contract.engine_contract import EngineContract, active, deploy, untouched
from tests.engine_site import Events, MemoryJournal, program
from tests.integration.engine_docker import DockerHarness, application, free_port, memory_of
from tests.load import Load
from tests.waiting import until

pytestmark = pytest.mark.engine

ECHO = """\
defaults
    mode http
    timeout client 1h
    timeout server 1h
    timeout connect 1s
    option accept-invalid-http-request
global
    tune.bufsize 65536
listen app
    bind :8080
    http-request return status 200 content-type text/plain lf-string \
"%[req.hdr(x-forwarded-proto)] %[req.hdr(x-forwarded-port)] %[req.hdr(x-forwarded-for)]"
"""


def server(config: str) -> tuple[str, ...]:
    return ("sh", "-c", 'printf "%s" "$1" >/tmp/app.cfg; exec haproxy -db -f /tmp/app.cfg', "app", config)


def chosen(events: Events) -> list[str]:
    return [event.policy for event in events.all if event.kind == "health-chosen"]


def warnings(events: Events) -> list[str]:
    return [event.code for event in events.all if event.kind == "warning"]


class TestDockerEngine(EngineContract):
    pass


@pytest.mark.long
def test_five_swaps_under_20_keep_alive_connections_fail_no_request_and_touch_nothing_else(
    harness: DockerHarness,
) -> None:
    deploy(harness, 1)
    before = untouched(harness)
    with Load("127.0.0.1", harness.port, connections=20) as load:
        load.wait_for(100)
        for release in range(2, 7):
            spec, journal = deploy(harness, release)
            load.wait_for(50)
            assert harness.engine.settle(spec, journal, Events(), now=True) is Soak.SETTLED
    assert (load.failed, load.errors) == (0, [])
    assert set(load.bodies) == {f"v{n}".encode() for n in range(1, 7)}
    assert untouched(harness) == before


def test_a_gateway_s_restart_comes_back_with_the_live_slot(harness: DockerHarness) -> None:
    deploy(harness, 1)
    deploy(harness, 2)
    harness.container(harness.gateway_name).restart(timeout=1)
    assert until(lambda: _body(harness) == "v2")
    found = active(harness)
    assert found is not None
    assert found.release == 2


def _body(harness: DockerHarness) -> str:
    try:
        return harness.get()[1]
    except OSError:
        return ""


def test_a_waiting_component_answers_503_with_a_clear_page(harness: DockerHarness) -> None:
    status, page = harness.get()
    assert status == 503
    assert "is waiting" in page


@pytest.mark.long
def test_a_crash_in_the_soak_switches_back(harness: DockerHarness) -> None:
    deploy(harness, 1)
    spec, journal = deploy(harness, 2)
    found = active(harness)
    assert found is not None
    harness.container(found.id).kill()
    events = Events()
    assert harness.engine.settle(spec, journal, events) is Soak.SWITCHED_BACK
    assert harness.get() == (200, "v1")
    assert events.kinds() == ["switched-back"]
    left = [one for one in harness.engine.instances(harness.name) if one.role == "instance"]
    assert [one.release for one in left] == [1]
    policy = harness.container(left[0].id).attrs["HostConfig"]["RestartPolicy"]["Name"]
    assert policy == "unless-stopped"


def test_a_release_that_answers_with_server_errors_is_switched_back(harness: DockerHarness) -> None:
    deploy(harness, 1)
    assert {harness.get()[0] for _ in range(20)} == {200}
    journal = MemoryJournal()
    spec = harness.site.roll_out(journal, 2, program("v2", status=500))
    harness.engine.roll_out(spec, journal, Events())
    assert harness.engine.settle(spec, journal, Events()) is Soak.SOAKING
    assert {harness.get()[0] for _ in range(20)} == {500}
    assert harness.engine.settle(spec, journal, Events()) is Soak.SWITCHED_BACK
    assert harness.get() == (200, "v1")


def test_stop_first_holds_requests_through_the_gap(
    engine: DockerEngine, gateway: BaseImage, engine_client: docker.DockerClient
) -> None:
    with application(engine, gateway, engine_client) as harness:
        assert harness.site.component.jar is not None
        jar = replace(harness.site.component.jar, strategy="stop-first")
        harness.site.extra["jar"] = jar
        harness.engine.ensure(harness.wanted(), Events())
        deploy(harness, 1)
        with Load("127.0.0.1", harness.port, connections=5) as load:
            load.wait_for(20)
            deploy(harness, 2)
            load.wait_for(20)
        assert (load.failed, load.errors) == (0, [])
        assert set(load.bodies) == {b"v1", b"v2"}


def test_health_falls_back_to_the_root_page(harness: DockerHarness) -> None:
    events = harness.start(1, program("v1", health=404))
    assert chosen(events) == ["GET / on port 8080"]


def test_health_falls_back_to_tcp_for_what_is_not_http(harness: DockerHarness) -> None:
    serve = "trap 'exit 0' USR1; socat TCP-LISTEN:8080,fork,reuseaddr 'SYSTEM:printf hello; cat >/dev/null' & wait"
    listener = ("sh", "-c", serve)
    events = harness.start(1, listener, deadline=20.0)
    assert chosen(events) == ["TCP on port 8080 held for 5 s"]


def test_health_as_x_buildsvc_says_it(harness: DockerHarness) -> None:
    events = harness.start(1, program("v1", health=503), health=HttpCheck("/ready", 8080))
    assert chosen(events) == ["GET /ready on port 8080"]


def test_health_as_the_compose_healthcheck_says_it(harness: DockerHarness) -> None:
    check = CommandCheck(("sh", "-c", "test -e /tmp/app.cfg"))
    component = replace(harness.site.component, healthcheck=check)
    events = harness.start(1, program("v1", health=503), component=component)
    assert chosen(events) == ["sh …"]


def test_a_port_that_is_open_on_localhost_only_is_the_reason(harness: DockerHarness) -> None:
    with pytest.raises(DeploymentFailed) as caught:
        harness.start(1, program("v1", bind="127.0.0.1"), deadline=2.0)
    assert "because port 8080 is open on localhost only" in caught.value.message
    assert "0.0.0.0" in caught.value.hint


def test_a_program_on_another_port_is_told_which(harness: DockerHarness) -> None:
    with pytest.raises(DeploymentFailed) as caught:
        harness.start(1, program("v1", port=9090), deadline=2.0)
    assert "nothing listens on port 8080: it listens on 9090" in caught.value.message


def test_ports_that_nobody_carries_are_named(harness: DockerHarness) -> None:
    both = program("v1")[4].replace("bind :8080", "bind :8080\n    bind :9123")
    assert warnings(harness.start(1, server(both))) == ["ports-not-carried"]


def test_the_instance_hears_how_it_was_called_and_long_headers_and_raw_letters_pass(harness: DockerHarness) -> None:
    harness.start(1, server(ECHO))
    status, body = harness.get(headers={"Cookie": "x" * 20_000, "Host": "site.example:18080"})
    assert (status, body.split()[:2]) == (200, ["http", "18080"])
    with socket.create_connection(("127.0.0.1", harness.port), timeout=10) as raw:
        raw.sendall("GET /\u6587\u4ef6 HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n".encode())
        answer = raw.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 200 ")
    assert answer.split("\r\n\r\n")[1].split()[:2] == ["http", "80"]


def test_containers_are_hardened_and_named_as_promised(harness: DockerHarness) -> None:
    deploy(harness, 1)
    found = active(harness)
    assert found is not None
    for name in (found.name, harness.gateway_name):
        host = harness.container(name).attrs["HostConfig"]
        assert host["CapDrop"] == ["ALL"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "20m", "max-file": "3"}}
    networks = harness.container(found.name).attrs["NetworkSettings"]["Networks"]
    assert "app" not in networks[f"{harness.name}_default"]["Aliases"]
    mine = harness.container(f"{harness.name}-db-1").attrs["Config"]["Labels"]
    assert mine["com.docker.compose.service"] == "db"
    assert "com.docker.compose.project" not in harness.container(found.name).labels


def test_an_idle_gateway_has_at_most_6_mb_of_its_own(harness: DockerHarness) -> None:
    deploy(harness, 1)
    assert memory_of(harness.container(harness.gateway_name)) <= 6 * 1024


def test_changed_ports_replace_the_gateway_and_say_how_long_it_was_away(harness: DockerHarness) -> None:
    deploy(harness, 1)
    harness.site.extra["ports"] = (Port(8080, harness.port, "127.0.0.1"), Port(443, free_port(), "127.0.0.1"))
    events = Events()
    harness.engine.ensure(harness.wanted(), events)
    assert warnings(events) == ["gateway-replaced"]
    assert harness.get() == (200, "v1")


def test_an_image_component_is_recreated_only_when_its_spec_changed(harness: DockerHarness) -> None:
    before = untouched(harness)
    events = Events()
    wanted = replace(harness.wanted(), environments={"db": {"A": "2"}})
    harness.engine.ensure(wanted, events)
    assert warnings(events) == ["component-recreated"]
    assert len(untouched(harness) & before) == 1


def test_logs_come_oldest_first(harness: DockerHarness) -> None:
    chatty = ("sh", "-c", "echo one; echo two >&2; " + program("v1")[2], *program("v1")[3:])
    harness.start(1, chatty)
    found = active(harness)
    assert found is not None
    assert set(harness.engine.logs(found.id, follow=False, tail=10)) >= {"one", "two"}


def test_a_stopped_instance_shows_in_the_next_look_and_as_a_change(harness: DockerHarness) -> None:
    deploy(harness, 1)
    found = active(harness)
    assert found is not None
    harness.engine.stop(found.id, 1)
    rows = {one.id: one.state for one in harness.engine.instances(harness.name)}
    assert rows[found.id] == "exited"
    harness.engine.remove(found.id)
    assert found.id not in {one.id for one in harness.engine.instances(harness.name)}


def test_facts_for_doctor_name_version_and_store(harness: DockerHarness) -> None:
    facts = dict(harness.engine.describe())
    assert facts["engine"].startswith("docker ")
    assert facts["platform"] == str(harness.engine.platform())
    assert facts["store"].split()[0] in {"classic", "containerd"}


def test_a_lost_journal_write_during_the_wait_leaves_no_container(harness: DockerHarness) -> None:
    deploy(harness, 1)
    journal = MemoryJournal()
    spec = harness.spec(journal, 2, "never-healthy")

    def cancel(event: object) -> None:
        if getattr(event, "kind", "") == "instance-started":
            journal.is_cancelled = True

    with pytest.raises(DeploymentFailed) as caught:
        harness.engine.roll_out(spec, journal, cancel)
    assert caught.value.code == "cancelled"
    assert [one.release for one in harness.engine.instances(harness.name) if one.role == "instance"] == [1]


def test_the_gateway_s_client_of_the_image_is_the_one_of_this_tree(harness: DockerHarness) -> None:
    ran = harness.container(harness.gateway_name).exec_run(["cat", "/usr/local/bin/gateway-client"])
    assert ran.output == protocol.program()


def execs(harness: DockerHarness, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every program that the engine is asked to run in a container from now on."""
    seen: list[list[str]] = []
    create = docker.APIClient.exec_create

    def counted(self: docker.APIClient, container: str, cmd: list[str], **rest: Any) -> object:
        seen.append(cmd)
        return create(self, container, cmd, **rest)

    monkeypatch.setattr(docker.APIClient, "exec_create", counted)
    return seen


WORKER = """\
import signal, sys
from buildsvc.engines.docker import gateway_client
from buildsvc.engines.docker.engine_client import EngineClient
gateway = gateway_client.reach(EngineClient(), sys.argv[1], "app")
gateway.look()
print("asked", flush=True)
signal.pause()
"""


def programs_in_gateway(harness: DockerHarness) -> list[str]:
    return [row[-1].split()[0] for row in harness.container(harness.gateway_name).top()["Processes"]]


def test_a_deployment_asks_its_gateway_over_one_session_which_ends_with_it(
    harness: DockerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(harness, 1)
    seen = execs(harness, monkeypatch)
    deploy(harness, 2)
    assert [argv for argv in seen if argv[0] != "cat"] == [list(protocol.SESSION)]
    assert harness.get() == (200, "v2")
    assert until(lambda: programs_in_gateway(harness) == ["haproxy"])


def test_a_gateway_of_the_first_version_is_switched_by_single_programs_and_said_to_be_older(
    harness: DockerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "version_of", lambda _labels: 1)
    harness.start(1, program("v1"))
    seen = execs(harness, monkeypatch)
    assert "gateway-older" in warnings(harness.start(2, program("v2")))
    assert harness.get() == (200, "v2")
    assert list(protocol.SESSION) not in seen
    assert list(protocol.INSTALL) in [list(argv) for argv in seen]
    assert harness.gateway_name in dict(harness.engine.describe())["gateways"]


def test_a_worker_that_is_killed_leaves_no_session_in_the_gateway(harness: DockerHarness) -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER, harness.name], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"asked\n"
        assert len(programs_in_gateway(harness)) > 1
        worker.kill()
    assert until(lambda: programs_in_gateway(harness) == ["haproxy"])
