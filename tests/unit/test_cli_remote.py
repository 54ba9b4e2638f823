"""The laptop's commands against a service that plays a part: exit status, words, JSON, and what is remembered."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.session import recall, remember
from tests.remote_service import ACCEPTED, AT, BASE, DEPLOYMENT, Run, Service, playing


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


@pytest.fixture
def run() -> Run:
    return lambda *arguments, **how: CliRunner().invoke(cli, list(arguments), **how)


@pytest.fixture
def jar(tmp_path: Path) -> str:
    path = tmp_path / "order-1.2.jar"
    path.write_bytes(b"j" * 300_000)
    return str(path)


def test_rollback_without_a_component_names_those_there_are(service: Service, run: Run) -> None:
    part = {"name": "order", "kind": "jar", "state": "running", "image": ""}
    service.answer("GET", "/api/applications/shop", 200, {"name": "shop", "components": [part], "seen": AT, "age": 1.0})
    done = run("rollback", "shop")
    assert done.exit_code == 2
    assert "order" in done.stderr


def test_status_shows_components_and_the_age_of_the_look(service: Service, run: Run) -> None:
    part = {"name": "order", "kind": "jar", "state": "running", "image": "i", "release": 7, "filename": "order-1.2.jar"}
    service.answer("GET", "/api/applications/shop", 200, {"name": "shop", "components": [part], "seen": AT, "age": 3.0})
    done = run("status", "shop")
    assert done.exit_code == 0
    assert [word for word in ("order", "running", "7", "order-1.2.jar") if word not in done.stdout] == []
    assert "Seen 3 s ago." in done.stderr


def test_of_what_waits_no_more_is_asked_for_and_shown_than_the_limit(service: Service, run: Run) -> None:
    made = [f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2, 3)]
    many = [{**DEPLOYMENT, "id": f"d-{day}", "created": at} for day, at in enumerate(made)]
    service.answer("GET", "/api/deployments", 200, many)
    done = run("deployments", "--waiting", "--limit", "2", "--json")
    assert [one["id"] for one in json.loads(done.stdout)] == ["d-2", "d-2"]
    assert [asked[2]["limit"] for asked in service.asked] == [["2"], ["2"]]


def test_a_name_that_is_not_there_is_exit_status_2(service: Service, run: Run) -> None:
    done = run("status", "shpo", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["code"] == "nothing"


def test_login_remembers_for_this_user_alone(
    service: Service, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answer("GET", "/api/session", 200, {"name": "ada", "role": "admin"})
    done = run("login", service.url, "--token", "-", input="bsv_x\n")
    assert done.exit_code == 0, done.output
    file = tmp_path / "config" / "buildsvc" / "login.json"
    assert recall(file) == (service.url, "bsv_x", None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert service.asked[-1][4]["Authorization"] == "Bearer bsv_x"
    monkeypatch.delenv("BUILDSVC_URL")
    monkeypatch.delenv("BUILDSVC_TOKEN")
    service.answer("GET", "/api/applications", 200, [])
    assert run("apps").exit_code == 0
    assert service.asked[-1][4]["Authorization"] == "Bearer bsv_x"


def test_a_remembered_token_is_not_shown_to_another_service(
    service: Service, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(tmp_path / "config" / "buildsvc" / "login.json", "http://elsewhere:1", "bsv_x")
    monkeypatch.delenv("BUILDSVC_TOKEN")
    service.answer("GET", "/api/applications", 200, [])
    run("apps")
    assert "Authorization" not in service.asked[-1][4]


def test_without_a_service_the_way_to_one_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BUILDSVC_URL", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    done = run("apps")
    assert done.exit_code == 2
    assert "buildsvc login" in done.stderr


def test_something_else_at_the_address_is_told_apart(service: Service) -> None:
    service.answer("GET", "/api/applications", 200, {"not": "ours"})
    with Client(service.url, None) as client, pytest.raises(Exception, match="not buildsvc's") as caught:
        client.applications()
    assert caught.value.exit_status == 3  # type: ignore[attr-defined]


PLAN = {"application": "shop", "new": False, "added": ["order"], "changed": [], "removed": [], "same": []}


def test_a_plan_is_told_and_nothing_is_sent_to_be_applied(service: Service, run: Run, tmp_path: Path) -> None:
    compose = tmp_path / "compose.yaml"
    compose.write_text("name: shop\nservices:\n  order:\n    x-buildsvc: {}\n")
    changed = [{"name": "db", "keys": ["image", "ports"], "gap": True}]
    service.answer("PUT?plan", "/api/applications", 200, {**PLAN, "changed": changed, "removed": ["old"]})
    done = run("apply", str(compose), "--plan")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "+ order",
        "~ db: image, ports (made anew, and away for a moment)",
        "- old: removed; its volumes stay",
    ]
    assert len(service.asked) == 1


def test_apply_says_what_waits_for_its_jar(service: Service, run: Run, tmp_path: Path) -> None:
    compose = tmp_path / "compose.yaml"
    compose.write_text("name: shop\nservices:\n  order:\n    x-buildsvc: {}\n")
    service.answer("PUT?plan", "/api/applications", 200, PLAN)
    service.answer("GET", "/api/deployments", 200, [])
    service.answer("PUT", "/api/applications", 202, {**ACCEPTED, "component": ""})
    part = {"name": "order", "kind": "jar", "state": "waiting", "image": ""}
    service.answer("GET", "/api/applications/shop", 200, {"name": "shop", "components": [part], "seen": AT, "age": 1.0})
    service.answer("GET", "/api/deployments/d-1", 200, DEPLOYMENT)
    service.stream = [{"kind": "settled"}]
    done = run("apply", str(compose))
    assert done.exit_code == 0, done.output
    assert "order waits for its jar: buildsvc push JAR --app shop --component order" in done.stdout
    assert b"x-buildsvc" in service.asked[0][3]


BILL = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "library", "name": "a", "version": "1", "licenses": [{"license": {"id": "MIT"}}]},
        {"type": "library", "name": "b", "version": "2"},
        {"type": "library", "name": "libc6", "version": "2.36", "purl": "pkg:deb/debian/libc6@2.36"},
    ],
}


RELEASE = {
    "number": 3,
    "live": True,
    "served": True,
    "artifact": "ab",
    "filename": "order.jar",
    "version": "1",
    "java": 17,
    "base": "jre-17",
    "image": "r",
    "created": AT,
}


def test_the_bill_of_the_live_release_is_printed_and_written(service: Service, run: Run, tmp_path: Path) -> None:
    path = "/api/applications/shop/components/order/releases"
    service.answer("GET", path, 200, [{**RELEASE, "number": 4, "live": False}, RELEASE])
    service.answer("GET", f"{path}/3/sbom", 200, BILL)
    assert json.loads(run("sbom", "shop", "order").stdout) == BILL
    done = run("sbom", "shop", "order", "-o", str(tmp_path / "order.cdx.json"))
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads((tmp_path / "order.cdx.json").read_bytes()) == BILL
    assert run("sbom", "shop", "order", "-o", str(tmp_path / "no" / "file")).exit_code == 2


def test_the_licences_of_any_release_are_listed_without_the_systems_packages(service: Service, run: Run) -> None:
    service.answer("GET", "/api/applications/shop/components/order/releases/9/sbom", 200, BILL)
    told = run("sbom", "shop", "order", "--release", "9", "--licences")
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert lines == ["LICENCE COUNT COMPONENTS", "MIT 1 a 1", "(not stated) 1 b 2"]
    listed = json.loads(run("sbom", "shop", "order", "--release", "9", "--licences", "--json").stdout)
    assert listed[0] == {"licence": "MIT", "components": ["a 1"]}


def test_a_component_that_waits_has_no_bill(service: Service, run: Run) -> None:
    service.answer("GET", "/api/applications/shop/components/order/releases", 200, [])
    done = run("sbom", "shop", "order")
    assert done.exit_code == 2
    assert "no live release" in done.stderr


CANCELLED = {**DEPLOYMENT, "phase": "cancelled", "ended": AT, "error_message": "It was cancelled before anything."}


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        (CANCELLED, 0, "The deployment of order is cancelled: It was cancelled before anything."),
        ({**DEPLOYMENT, "phase": "failed", "ended": AT, "error_message": "No."}, 1, "ended by itself: failed. No."),
        ({**DEPLOYMENT, "phase": "settled", "ended": AT}, 1, "Too late: order is settled."),
    ],
)
def test_cancel_says_what_came_of_it(service: Service, run: Run, told: dict[str, Any], status: int, words: str) -> None:
    service.answer("POST", "/api/deployments/d-1/cancel", 200, {**DEPLOYMENT, "phase": "building"})
    service.answer("GET", "/api/deployments/d-1", 200, told)
    service.stream = [BASE]
    done = run("cancel", "d-1")
    assert (done.exit_code, words in done.stdout) == (status, True), done.output
    assert "was asked to stop" in done.stderr


def test_cancel_of_one_that_waited_follows_nothing(service: Service, run: Run) -> None:
    service.answer("POST", "/api/deployments/d-1/cancel", 200, CANCELLED)
    done = run("cancel", "d-1", "--json")
    assert (done.exit_code, json.loads(done.stdout)["phase"]) == (0, "cancelled")
    assert len(service.asked) == 1
