"""The gateway's configuration and commands, whole, with no HAProxy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from buildpacks.errors import Refused
from buildsvc.engines import gateway
from buildsvc.engines.gateway import Gateway, Route
from buildsvc.model.application import Component, HttpCheck, JarSettings, Port

TWO = Gateway("shop", "order", (Route(5701, "tcp"), Route(8080, "http")), "10.1.2.11", "10.1.2.12", active="blue")

STATES = """\
1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight \
srv_time_since_last_change \
srv_check_status srv_check_result srv_check_health srv_check_state \
srv_agent_state bk_f_forced_id srv_f_forced_id \
srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 p8080 1 blue 10.1.2.11 2 {blue} 1 1 5 1 0 0 0 0 0 0 - 8080 - 0 0 - - 0
3 p8080 2 green 10.1.2.12 0 {green} 1 1 5 1 0 0 0 0 0 0 - 8080 - 0 0 - - 0
"""


def jar(**settings: Any) -> Component:
    return Component("order", jar=replace(JarSettings("order"), **settings))


def test_no_server_has_a_check_and_one_slot_of_each_port_is_enabled() -> None:
    lines = [line.split() for line in gateway.configuration(TWO).splitlines() if line.strip().startswith("server ")]
    assert lines == [
        ["server", "blue", "10.1.2.11:5701"],
        ["server", "green", "10.1.2.12:5701", "disabled"],
        ["server", "blue", "10.1.2.11:8080"],
        ["server", "green", "10.1.2.12:8080", "disabled"],
    ]


def test_a_waiting_component_has_both_slots_off() -> None:
    text = gateway.configuration(TWO.with_active(None))
    assert text.count(" disabled\n") == 4


def test_the_slot_that_a_configuration_enables_is_read_from_it() -> None:
    for slot in ("blue", "green", None):
        assert gateway.configured_slot(gateway.configuration(TWO.with_active(slot))) == slot


def test_the_configuration_allows_what_old_applications_send() -> None:
    text = gateway.configuration(TWO)
    for line in (
        "nbthread 2",
        "option accept-invalid-http-request",
        "tune.bufsize 65536",
        "retry-on conn-failure",
        "option forwardfor",
        "timeout server 1h",
    ):
        assert f"    {line}\n" in text


def test_only_a_component_that_stops_first_holds_its_requests_for_long() -> None:
    assert "retries 3\n" in gateway.configuration(TWO)
    assert "retries 120\n" in gateway.configuration(replace(TWO, holds=True))


def test_slots_on_foreign_networks_are_names_that_the_engine_resolves() -> None:
    text = gateway.configuration(replace(TWO, blue="b", green="g", resolver="docker 127.0.0.11:53"))
    assert "nameserver docker 127.0.0.11:53" in text
    assert "server blue b:8080 resolvers names init-addr last,libc,none\n" in text


def test_every_new_server_is_ready_before_any_old_one_drains() -> None:
    assert gateway.switch_commands(TWO, "green") == (
        "set server p5701/green addr 10.1.2.12 port 5701",
        "set server p5701/green state ready",
        "set server p8080/green addr 10.1.2.12 port 8080",
        "set server p8080/green state ready",
        "set server p5701/blue state drain",
        "set server p8080/blue state drain",
    )


def test_holding_sends_to_an_address_that_refuses_and_releasing_gives_it_back() -> None:
    one = replace(TWO, routes=(Route(8080, "http"),))
    assert gateway.hold_commands(one, "blue") == ("set server p8080/blue addr 127.0.0.1 port 1",)
    assert gateway.release_commands(one, "blue") == (
        "set server p8080/blue addr 10.1.2.11 port 8080",
        "set server p8080/blue state ready",
    )


def test_cutting_ends_tunnels_and_takes_the_slot_off() -> None:
    one = replace(TWO, routes=(Route(8080, "http"),))
    assert gateway.cut_commands(one, "blue") == (
        "shutdown sessions server p8080/blue",
        "set server p8080/blue state maint",
    )


@pytest.mark.parametrize(
    ("blue", "green", "active"),
    [(0, 5, "blue"), (8, 0, "green"), (5, 5, None), (4, 1, "blue"), (32, 16, None)],
)
def test_the_active_slot_is_read_from_the_admin_state_bits(blue: int, green: int, active: str | None) -> None:
    found = gateway.servers(STATES.format(blue=blue, green=green))
    assert [(s.proxy, s.slot, s.address, s.port) for s in found] == [
        ("p8080", "blue", "10.1.2.11", 8080),
        ("p8080", "green", "10.1.2.12", 8080),
    ]
    assert gateway.active_slot(found) == active


def test_a_slot_that_serves_on_some_ports_only_is_not_active() -> None:
    half = STATES.format(blue=0, green=5) + STATES.format(blue=8, green=0).splitlines()[2].replace("p8080", "p1") + "\n"
    assert gateway.active_slot(gateway.servers(half)) is None


def test_connections_are_counted_over_all_ports_of_a_slot() -> None:
    rows = ["# pxname,svname,qcur,qmax,scur", "p1,blue,0,0,2", "p2,blue,0,0,1", "p2,green,0,0,7", "p2,BACKEND,0,0,8"]
    assert gateway.sessions("\n".join(rows), "blue") == 3


def test_free_memory_is_read_in_bytes() -> None:
    assert gateway.memory_available("MemTotal: 10\nMemAvailable: 4\n") == 4096
    assert gateway.memory_available("") == 0


def test_ports_are_the_union_and_health_s_is_http() -> None:
    component = replace(
        jar(health=HttpCheck("/h", 9000), ports=((7000, "http"), (7001, None))),
        ports=(Port(8080, 80),),
        expose=(8081,),
    )
    assert gateway.routes(component) == (
        Route(7000, "http"),
        Route(7001, "tcp"),
        Route(8080, "tcp"),
        Route(8081, "tcp"),
        Route(9000, "http"),
    )


def test_without_any_port_it_is_8080_or_what_server_port_says() -> None:
    assert gateway.routes(jar()) == (Route(8080, "http"),)
    assert gateway.routes(replace(jar(), environment=(("SERVER_PORT", "8989"),))) == (Route(8989, "http"),)


def test_a_udp_port_is_refused_by_number() -> None:
    with pytest.raises(Refused, match="5000"):
        gateway.routes(replace(jar(), ports=(Port(5000, 5000, protocol="udp"),)))


def test_the_page_of_a_refusing_instance_is_a_whole_http_answer() -> None:
    page = gateway.pages(TWO)["unavailable.http"]
    assert page.startswith("HTTP/1.1 503 Service Unavailable\r\n")
    assert "\r\n\r\n<!doctype html>" in page
