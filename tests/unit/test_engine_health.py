"""Which health questions are asked, and what the answers mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from buildpacks.sentences import catalogue
from buildsvc.engines import health
from buildsvc.engines.base import RollOut
from buildsvc.engines.health import HealthAnswer, Probe
from buildsvc.model.application import CommandCheck, Component, HttpCheck, JarSettings, Placement, Port

MAIN = Probe(8080, "/actuator/health/readiness")
PLAIN = Probe(8080, "/actuator/health")
MANAGED = Probe(9001, "/actuator/health")


def spec(component: Component, hints: dict[str, str] | None = None, **environment: str) -> RollOut:
    return RollOut("d", "shop", component, Placement(), 1, "i:1", ("java",), environment, "1:1", {}, hints=hints or {})


def jar(**settings: Any) -> Component:
    return Component("order", jar=replace(JarSettings("order"), **settings), ports=(Port(8080),))


def test_x_buildsvc_health_goes_first() -> None:
    component = replace(jar(health=HttpCheck("/up", 9000)), healthcheck=CommandCheck(("true",)))
    assert health.choose(spec(component)) == health.HttpPolicy(Probe(9000, "/up"))


def test_the_compose_healthcheck_goes_before_guessing() -> None:
    check = CommandCheck(("curl", "-f", "localhost"))
    assert health.choose(spec(replace(jar(), healthcheck=check))) == health.CommandPolicy(check)
    assert health.choose(spec(replace(jar(), healthcheck_disabled=True))) == health.AlivePolicy()


def test_the_management_port_is_asked_before_the_main_one_with_their_paths() -> None:
    found = health.discovery(spec(jar(), {"server.servlet.context-path": "/shop"}, MANAGEMENT_SERVER_PORT="9001"))
    assert found.actuator == (
        Probe(9001, "/actuator/health/readiness"),
        MANAGED,
        Probe(8080, "/shop/actuator/health/readiness"),
        Probe(8080, "/shop/actuator/health"),
    )


def test_the_environment_goes_before_the_jar_s_own_configuration_and_placeholders_count_as_unset() -> None:
    read = health.setting
    assert read({"SERVER_PORT": "1"}, {"server.port": "2"}, "server.port") == "1"
    assert read({}, {"server.port": "${PORT}"}, "server.port") is None
    assert read({"SERVER_SERVLET_CONTEXTPATH": "/a"}, {}, "server.servlet.context-path") == "/a"


@pytest.mark.parametrize(
    ("token", "answer"),
    [
        ("200:0", HealthAnswer.GOOD),
        ("204:0", HealthAnswer.GOOD),
        ("302:0", HealthAnswer.NOT_THIS),
        ("401:0", HealthAnswer.NOT_THIS),
        ("404:0", HealthAnswer.NOT_THIS),
        ("503:0", HealthAnswer.WAIT),
        ("500:0", HealthAnswer.WAIT),
        ("000:7", HealthAnswer.CLOSED),
        ("000:28", HealthAnswer.WAIT),
        ("000:52", HealthAnswer.MUTE),
    ],
)
def test_one_answer(token: str, answer: HealthAnswer) -> None:
    assert health.read(token) is answer


def test_a_503_waits_even_where_a_later_question_is_answered_well() -> None:
    assert health.judge((MAIN, PLAIN), ["503:0", "200:0"]).wait


def test_a_404_moves_on_to_the_next_question() -> None:
    assert health.judge((MAIN, PLAIN), ["404:0", "200:0"]).probe == PLAIN


def test_when_all_say_no_it_is_no_actuator() -> None:
    verdict = health.judge((MAIN, PLAIN), ["404:0", "401:0"])
    assert (verdict.probe, verdict.wait, verdict.late) == (None, False, False)


def test_closed_ports_wait_and_a_management_port_may_be_late() -> None:
    assert health.judge((MANAGED, PLAIN), ["000:7", "000:7"]).wait
    late = health.judge((MANAGED, PLAIN), ["000:7", "200:0"])
    assert (late.probe, late.late) == (PLAIN, True)


def test_no_answer_at_all_waits() -> None:
    assert health.judge((MAIN,), []).wait


@pytest.mark.parametrize(("token", "good"), [("200:0", True), ("404:0", True), ("500:0", False), ("000:7", False)])
def test_the_root_page_counts_below_500(token: str, good: bool) -> None:
    assert health.root_answers(token) is good


def test_listening_sockets_are_told_apart_and_the_engine_s_own_is_left_out() -> None:
    text = """\
  sl  local_address rem_address   st
   0: 0B00007F:A1B2 00000000:0000 0A 0
   1: 0100007F:1F91 00000000:0000 0A 0
   2: 00000000:1F90 00000000:0000 0A 0
   3: 00000000:1F92 0A0B0C0D:1234 01 0
   4: 00000000000000000000000001000000:1F93 00000000000000000000000000000000:0000 0A 0
   5: 0000000000000000FFFF00000100007F:1F94 00000000000000000000000000000000:0000 0A 0
   6: 00000000000000000000000000000000:1F95 00000000000000000000000000000000:0000 0A 0
"""
    assert health.listening(text, besides="127.0.0.11") == (frozenset({8080, 8085}), frozenset({8081, 8083, 8084}))


@pytest.mark.parametrize(
    ("body", "genuine"),
    [
        ('{"status":"UP","groups":["liveness"]}\n', True),
        ("<!doctype html><title>Shop</title>", False),
        ('{"code":200,"msg":"ok"}', False),
        ('{"status":200}', False),
        ('["status"]', False),
        ("[" * 100_000, False),
        ("", False),
    ],
)
def test_only_a_json_object_with_a_status_is_spring_boot_s_health(body: str, genuine: bool) -> None:
    assert health.is_actuators(body) is genuine


def test_health_on_another_port_says_nothing_while_the_main_port_is_closed() -> None:
    policy = health.discovery(spec(jar(), MANAGEMENT_SERVER_PORT="9001"))
    answered = ["200:0" if probe.port == 9001 else "000:7" for probe in policy.actuator]
    assert health.main_closed(policy.main, policy.actuator, answered)
    assert not health.main_closed(policy.main, policy.actuator, ["200:0"] * 4)
    assert not health.main_closed(policy.main, policy.actuator, [])


def test_ports_that_were_found_are_asked_the_same_questions() -> None:
    policy = health.discovery(spec(Component("order", jar=JarSettings("order"))))
    assert (policy.main, policy.declared) == (8080, False)
    assert policy.on((9090, 9443)) == health.Discovery(
        (
            Probe(9090, "/actuator/health/readiness"),
            Probe(9090, "/actuator/health"),
            Probe(9443, "/actuator/health/readiness"),
            Probe(9443, "/actuator/health"),
        ),
        (Probe(9090, "/"), Probe(9443, "/")),
        declared=True,
    )


@pytest.mark.parametrize(
    ("outside", "inside", "because", "remedy"),
    [
        ({9001}, {8080}, "because port 8080 is open on localhost only", "server.address"),
        ({9001, 9090}, set(), "because nothing listens on port 8080: it listens on 9001, 9090", "SERVER_PORT"),
        (set(), {5005}, "because it listens on localhost only (port 5005)", "0.0.0.0, port 8080"),
        (set(), set(), "because it opened no port", "healthcheck: {disable: true}"),
        ({8080}, set(), "", "x-buildsvc.health"),
    ],
)
def test_open_ports_say_why_nothing_answered(outside: set[int], inside: set[int], because: str, remedy: str) -> None:
    why = health.why_not(8080, frozenset(outside), frozenset(inside))
    said = catalogue.tell(why["code"], why["values"])
    assert because in said.message
    assert remedy in said.hint


@pytest.mark.parametrize(("waited", "rounds"), [(0.0, 20), (9.9, 20), (10.0, 10), (59.0, 10), (60.0, 4), (250.0, 4)])
def test_an_instance_that_takes_long_is_asked_less_often(waited: float, rounds: int) -> None:
    assert health.pace(waited) == rounds
