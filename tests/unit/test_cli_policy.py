"""`buildsvc policy`: what it prints is what it takes, and a file that is denied ends the check with 2."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from tests.remote_service import Run, Service, playing


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


@pytest.fixture
def run() -> Run:
    return lambda *arguments, **how: CliRunner().invoke(cli, list(arguments), **how)


def test_the_policy_is_printed_as_the_toml_that_sets_it(service: Service, run: Run, tmp_path: Path) -> None:
    view = {"site": {"ports": ["80"]}, "applications": {"shop": {"binds": ["/srv/a b:ro"]}}}
    service.answer("GET", "/api/policy", 200, view)
    service.answer("PUT", "/api/policy", 200, view)
    shown = run("policy", "show")
    assert tomllib.loads(shown.stdout) == view
    file = tmp_path / "policy.toml"
    file.write_text(shown.stdout)
    assert run("policy", "set", str(file)).exit_code == 0
    assert json.loads(service.asked[-1][3]) == view
    file.write_text("[site")
    assert run("policy", "set", str(file)).exit_code == 2


def test_a_file_that_the_policy_denies_ends_the_check_with_2(service: Service, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("name: shop\nservices: {a: {image: i}}\n")
    service.answer("POST", "/api/policy/check", 200, [{"thing": "a", "says": "a wants x", "rule": "buildsvc policy"}])
    denied = run("policy", "check", str(file))
    assert (denied.exit_code, denied.stdout) == (2, "a wants x: buildsvc policy\n")
    service.answer("POST", "/api/policy/check", 200, [])
    assert run("policy", "check", str(file)).exit_code == 0
