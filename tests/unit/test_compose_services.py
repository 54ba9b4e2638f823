"""The keys of a service: ports, environment, dependencies, health, restart and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from buildpacks.errors import Refused
from buildsvc.model.application import (
    CommandCheck,
    Dependency,
    Limits,
    Port,
    Secret,
)
from tests.compose_files import read, refusal, service, warnings_of


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"8080:80"', Port(80, 8080)),
        ("8080:80", Port(80, 8080)),
        ("22:22", Port(22, 22)),
        ("80", Port(80)),
        ('"127.0.0.1:8080:80"', Port(80, 8080, "127.0.0.1")),
        ('"127.0.0.1::80"', Port(80, None, "127.0.0.1")),
        ('"53:53/udp"', Port(53, 53, "", "udp")),
        (
            "{target: 80, published: 8080, host_ip: 10.0.0.1, protocol: tcp, mode: host, name: web}",
            Port(80, 8080, "10.0.0.1"),
        ),
        ('{target: 80, published: "8080"}', Port(80, 8080)),
        ("{target: 80}", Port(80)),
        ('"8000-8010:80"', Port(80, 8000)),
        ("{target: 80, app_protocol: http}", Port(80)),
    ],
)
def test_a_port_is_read_in_every_syntax(shop: Path, written: str, expected: Any) -> None:
    assert service(shop, f"ports:\n- {written}").ports == (expected,)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("3005-3000", "port-range"),
        ('"3000-3005:3000-3004"', "port-range"),
        ("{target: 1-60000}", "port-range"),
        ("99999", "wrong-value"),
        ("http", "wrong-value"),
        ('"1.2.3:80:80"', "wrong-value"),
        ('"80:80/sctp"', "wrong-value"),
        ("{published: 80}", "missing-key"),
        ("{target: 80, publish: 8080}", "unknown-key"),
        ("[80]", "wrong-type"),
    ],
)
def test_a_port_that_cannot_be_is_refused(shop: Path, written: str, code: str) -> None:
    error = refusal(shop, f"ports:\n- {written}")
    assert error.code == code
    assert "services.web.ports[0]" in error.message


def test_udp_is_refused_before_a_gateway_only(shop: Path) -> None:
    assert refusal(shop, 'ports: ["53:53/udp"]', image="x-buildsvc: {}").code == "udp-refused"
    assert refusal(shop, 'expose: ["53/udp"]', image="x-buildsvc: {}").code == "udp-refused"
    assert service(shop, 'expose: ["53/udp", 80]').expose == (53, 80)


def test_environment_is_a_mapping_or_a_list_and_keeps_texts_as_they_were_written(shop: Path) -> None:
    found = service(shop, "environment: {A: 1.10, B: true, D: yes, E: ''}").environment
    assert found == (("A", "1.10"), ("B", "true"), ("D", "yes"), ("E", ""))
    assert service(shop, "environment: [A=1=2, B=]").environment == (("A", "1=2"), ("B", ""))


@pytest.mark.parametrize("written", ["{WHO: }", "[WHO]"])
def test_a_key_without_value_takes_that_of_the_variable(shop: Path, written: str) -> None:
    text = f"services:\n  web:\n    image: a\n    environment: {written}\n"
    assert read(shop, text, env={"WHO": "me"}).application.components[0].environment == (("WHO", "me"),)
    unset = read(shop, text)
    assert unset.application.components[0].environment == ()
    assert "WHO takes its value from the variable" in warnings_of(unset)[0]


def test_values_that_look_secret_are_kept_apart(shop: Path) -> None:
    text = "services:\n  db:\n    image: a\n    environment: {DB_PASSWORD: hush, API_KEY: k, KEYBOARD: us, U: root}\n"
    parsed = read(shop, text)
    assert parsed.application.components[0].environment == (
        ("API_KEY", Secret("db/API_KEY")),
        ("DB_PASSWORD", Secret("db/DB_PASSWORD")),
        ("KEYBOARD", "us"),
        ("U", "root"),
    )
    assert parsed.secrets == {"db/API_KEY": "k", "db/DB_PASSWORD": "hush"}
    assert "hush" not in repr(parsed.application)


def test_env_files_are_secrets_and_environment_wins_over_them(shop: Path) -> None:
    (shop / "a.env").write_text("A=1\nB=2\n")
    (shop / "b.env").write_text("B=3\n")
    for written in (
        "[a.env, b.env]",
        "[{path: a.env}, {path: b.env, required: true}, {path: no.env, required: false}]",
    ):
        parsed = read(shop, f"services:\n  x:\n    image: i\n    env_file: {written}\n    environment: {{A: plain}}\n")
        assert parsed.application.components[0].environment == (("A", "plain"), ("B", Secret("x/B")))
        assert parsed.secrets == {"x/B": "3"}
    assert service(shop, "env_file: a.env").environment == (("A", Secret("web/A")), ("B", Secret("web/B")))


@pytest.mark.parametrize(
    ("written", "code"), [("no.env", "missing-file"), ("/etc/passwd", "bad-path"), ("../x", "bad-path")]
)
def test_an_env_file_that_is_not_there_or_outside_is_refused(shop: Path, written: str, code: str) -> None:
    assert refusal(shop, f"env_file: {written}").code == code


def test_a_broken_env_file_is_refused_with_its_line(shop: Path) -> None:
    (shop / "a.env").write_text("A=1\n\nnot a value\n")
    error = refusal(shop, "env_file: a.env")
    assert error.code == "bad-env-file"
    assert "a.env, line 3" in error.message


def test_depends_on_is_a_list_or_a_mapping(shop: Path) -> None:
    others = "  db: {image: i}\n  init: {image: i}\n"
    assert service(shop, "depends_on: [db]", more=others).depends_on == (Dependency("db"),)
    written = """depends_on:
  db: {condition: service_healthy}
  init: {condition: service_completed_successfully, required: false}
  gone: {condition: service_started, required: false}"""
    assert service(shop, written, more=others).depends_on == (
        Dependency("db", "service_healthy"),
        Dependency("init", "service_completed_successfully", required=False),
    )


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("[dbb]", "unknown-service"),
        ("[web]", "circle"),
        ("[db]", "circle"),
        ("{db: {condition: healthy}}", "bad-compose"),
        ("{jar: {condition: service_completed_successfully}}", "wrong-value"),
        ("{jar: {restart: perhaps}}", "wrong-type"),
        ("db", "wrong-type"),
    ],
)
def test_a_dependency_that_cannot_be_is_refused(shop: Path, written: str, code: str) -> None:
    more = "  db: {image: i, depends_on: [web]}\n  jar: {x-buildsvc: }\n"
    if written in {"[dbb]", "[web]", "db"} or "jar" in written:
        more = more.replace(", depends_on: [web]", "")
    assert refusal(shop, f"depends_on: {written}", more=more).code == code


def test_a_circle_of_dependencies_is_named(shop: Path) -> None:
    text = "\n".join(["services:", *(f"  {a}: {{image: i, depends_on: [{b}]}}" for a, b in ("ab", "bc", "ca"))])
    with pytest.raises(Refused, match="a -> b -> c -> a"):
        read(shop, text)


@pytest.mark.parametrize(
    ("written", "expected", "disabled"),
    [
        ("{test: redis-cli ping}", CommandCheck(("sh", "-c", "redis-cli ping")), False),
        ("{test: [CMD, redis-cli, ping]}", CommandCheck(("redis-cli", "ping")), False),
        ("{test: [CMD-SHELL, a || b]}", CommandCheck(("sh", "-c", "a || b")), False),
        ("{test: [NONE]}", None, True),
        ("{disable: true}", None, True),
        (
            "{test: [CMD, x], interval: 5s, timeout: 500ms, retries: 7, start_period: 1m}",
            CommandCheck(("x",), 5.0, 0.5, 7, 60.0),
            False,
        ),
    ],
)
def test_a_healthcheck_is_read_in_every_form(shop: Path, written: str, expected: Any, disabled: bool) -> None:
    found = service(shop, f"healthcheck: {written}")
    assert (found.healthcheck, found.healthcheck_disabled) == (expected, disabled)


@pytest.mark.parametrize("written", ["{interval: 5s}", "{test: [redis-cli]}", "{test: [CMD, x], interval: 5}"])
def test_a_healthcheck_that_cannot_be_is_refused(shop: Path, written: str) -> None:
    assert "services.web.healthcheck" in refusal(shop, f"healthcheck: {written}").message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("no", ("no", 0)),
        ('"no"', ("no", 0)),
        ("always", ("always", 0)),
        ("on-failure", ("on-failure", 0)),
        ("on-failure:3", ("on-failure", 3)),
        ("unless-stopped", ("unless-stopped", 0)),
    ],
)
def test_restart_is_read(shop: Path, written: str, expected: Any) -> None:
    found = service(shop, f"restart: {written}")
    assert (found.restart, found.restart_retries) == expected


def test_an_image_component_without_restart_is_as_in_compose_and_warned_of(shop: Path) -> None:
    text = """
services:
  db: {image: i}
  init: {image: i}
  web: {image: i, restart: always, depends_on: {init: {condition: service_completed_successfully}}}
"""
    parsed = read(shop, text)
    assert [c.restart for c in parsed.application.components] == ["no", "no", "always"]
    assert [w.split()[0] for w in warnings_of(parsed)] == ["services.db"]


def test_a_restart_that_is_unknown_is_refused_with_a_suggestion(shop: Path) -> None:
    error = refusal(shop, "restart: unles-stopped")
    assert error.hint == "Did you mean unless-stopped?"


def test_limits_are_read_from_both_places(shop: Path) -> None:
    expected = Limits(memory=512 * 1024**2, memory_reservation=256 * 1024**2, cpus=1.5, pids=100)
    limits = "limits: {memory: 512m, cpus: '1.5', pids: 100}"
    new = f"deploy: {{replicas: 1, resources: {{{limits}, reservations: {{memory: 256M}}}}}}"
    assert service(shop, new).limits == expected
    assert service(shop, "mem_limit: 512mb\nmem_reservation: 268435456\ncpus: 1.5\npids_limit: 100").limits == expected
    assert service(shop, "mem_limit: 1g\ndeploy: {resources: {limits: {memory: 1g}}}").limits == Limits(memory=1024**3)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("mem_limit: 1g\ndeploy: {resources: {limits: {memory: 2g}}}", "wrong-value"),
        ("deploy: {replicas: 2}\nports: ['80:80']", "replicas"),
        ("scale: 3\ncontainer_name: web-1", "replicas"),
        ("deploy: {plaicement: {}}", "unknown-key"),
        ("deploy: {resources: {limit: {}}}", "unknown-key"),
        ("deploy: {resources: {reservations: {devices: []}}}", "unsupported-key"),
        ("mem_limit: lots", "wrong-value"),
        ("cpus: -1", "wrong-type"),
    ],
)
def test_limits_that_cannot_be_are_refused(shop: Path, written: str, code: str) -> None:
    assert refusal(shop, written).code == code
