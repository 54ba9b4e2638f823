"""Components that are added beside the Compose file, at the API and by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from buildsvc.model.access import Role
from tests.doors_site import Door
from tests.remote_service import ACCEPTED, Service, playing

_PATH = "/api/applications/shop/components"
REPORT = {"name": "report", "port": 8090, "depends_on": ["redis"], "memory": "256m", "reason": "figures"}


def test_a_component_is_planned_and_then_queued(door: Door) -> None:
    planned = door.client().post(f"{_PATH}?plan=true", json=REPORT, headers=door.headers(Role.OPERATOR))
    assert (planned.status_code, planned.get_json()["added"]) == (200, ["report"])
    assert door.jobs.waiting == []
    asked = door.client().post(_PATH, json=REPORT, headers=door.headers(Role.OPERATOR))
    assert asked.status_code == 202
    assert door.jobs.waiting == [asked.get_json()["deployment"]["id"]]


def test_whoever_may_only_push_adds_nothing(door: Door) -> None:
    asked = door.client().post(_PATH, json=REPORT, headers=door.headers(Role.DEVELOPER))
    assert (asked.status_code, asked.get_json()["code"]) == (403, "role-too-low")


def test_whoever_reaches_one_application_begins_no_other(door: Door) -> None:
    limited = door.limited(Role.OPERATOR, "fresh")
    asked = door.client().post("/api/applications/fresh/components", json={**REPORT, "depends_on": []}, headers=limited)
    assert (asked.status_code, asked.get_json()["code"]) == (403, "limited-token")


def test_what_stands_in_the_file_is_not_taken_out(door: Door) -> None:
    answer = door.client().delete(f"{_PATH}/order", headers=door.headers(Role.OPERATOR))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "component-filed")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        plan = {"application": "shop", "new": False, "added": ["report"], "changed": [], "removed": [], "same": []}
        service.answer("POST?plan", _PATH, 200, {**plan, "warnings": []})
        service.answer("POST", _PATH, 202, {**ACCEPTED, "component": ""})
        service.stream = [{"kind": "settled"}]
        yield service


def bodies(service: Service) -> list[dict[str, object]]:
    return [json.loads(body) for method, path, query, body, _ in service.asked if method == "POST" and not query]


def test_the_command_tells_the_plan_and_says_what_it_waits_for(service: Service) -> None:
    said = ["component", "add", "shop", "report", "--port", "8090", "--publish", "9090:8090", "--env", "MODE=a=b"]
    done = CliRunner().invoke(cli, [*said, "--env", "DB_PASSWORD", "--depends-on", "redis"], input="t0p\n")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-1]) == (
        "+ report",
        "report waits for its jar: buildsvc push JAR --app shop --component report",
    )
    [body] = bodies(service)
    assert body["environment"] == {"MODE": "a=b", "DB_PASSWORD": "t0p"}
    assert (body["port"], body["ports"], body["depends_on"]) == (8090, ["9090:8090"], ["redis"])


def test_a_plan_alone_adds_nothing(service: Service) -> None:
    done = CliRunner().invoke(cli, ["component", "add", "shop", "report", "--plan"])
    assert (done.exit_code, done.stdout) == (0, "+ report\n")
    assert bodies(service) == []
