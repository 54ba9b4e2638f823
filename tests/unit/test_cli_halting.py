"""`buildsvc restart`: one component, or those that serve, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from buildsvc.doors.cli.main import cli
from tests.remote_service import ACCEPTED, AT, BASE, FAILED, LIVE, Service, playing

_ORDER = "/api/applications/shop/components/order/restart"
_STOCK = "/api/applications/shop/components/stock/restart"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        service.answer("POST", _ORDER, 202, ACCEPTED)
        service.answer("POST", _STOCK, 202, ACCEPTED)
        parts = [
            {"name": "db", "kind": "image", "state": "running", "image": "mysql:8"},
            {"name": "new", "kind": "jar", "state": "waiting", "image": ""},
            {"name": "order", "kind": "jar", "state": "running", "image": "i", "release": 7},
            {"name": "stock", "kind": "jar", "state": "running", "image": "i", "release": 2},
        ]
        view = {"name": "shop", "components": parts, "seen": AT, "age": 1.0}
        service.answer("GET", "/api/applications/shop", 200, view)
        service.stream = [BASE, LIVE]
        yield service


def posted(service: Service) -> list[str]:
    return [path for method, path, *_ in service.asked if method == "POST"]


def told(done: Result) -> list[str]:
    """What stands at the beginning of a line, where no moment of a deployment does."""
    return [one for one in done.stdout.splitlines() if not one.startswith(" ")]


def test_a_component_is_restarted_for_a_reason_that_goes_to_the_audit_log(service: Service) -> None:
    done = CliRunner().invoke(cli, ["restart", "shop", "order", "--reason", "new certificate"])
    assert (done.exit_code, told(done)) == (0, ["order is restarted."])
    [body] = [body for method, _, _, body, _ in service.asked if method == "POST"]
    assert json.loads(body) == {"reason": "new certificate"}


def test_without_a_component_those_that_serve_are_restarted_one_after_the_other(service: Service) -> None:
    done = CliRunner().invoke(cli, ["restart", "shop"])
    assert (done.exit_code, told(done)) == (0, ["order is restarted.", "stock is restarted."])
    assert posted(service) == [_ORDER, _STOCK]


def test_what_follows_one_that_does_not_come_up_is_left_alone(service: Service) -> None:
    service.stream = [FAILED]
    assert CliRunner().invoke(cli, ["restart", "shop"]).exit_code == 1
    assert posted(service) == [_ORDER]


def test_where_nothing_serves_nothing_is_restarted(service: Service) -> None:
    view = {"name": "shop", "components": [], "seen": AT, "age": 1.0}
    service.answer("GET", "/api/applications/shop", 200, view)
    done = CliRunner().invoke(cli, ["restart", "shop"])
    assert "shop has no release that serves" in done.stderr
    assert posted(service) == []
