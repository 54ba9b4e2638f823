"""What a site records of a deployment is signed by the site, and anybody checks it with OpenSSL."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from buildsvc.model.access import Role
from buildsvc.model.api import SIGNING_HEADERS
from tests.doors_site import Door
from tests.remote_service import Service, playing

PAGE = "/api/deployments/d-1/report"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path / "site")
    yield made
    made.close()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


def test_the_signature_of_a_report_is_checked_by_openssl_and_a_changed_word_is_found(
    door: Door, service: Service, tmp_path: Path
) -> None:
    deployment = door.deployment()
    asked = {**door.headers(Role.VIEWER), "Accept": "text/plain"}
    answer = door.client().get(f"/api/deployments/{deployment.id}/report", headers=asked)
    again = door.client().get(f"/api/deployments/{deployment.id}/report", headers=asked)
    _, key = SIGNING_HEADERS
    assert answer.headers[key] == again.headers[key]
    # The laptop's command writes what the service answers, to the byte.
    service.answer("GET", PAGE, 200, "a report")
    service.headers = {name: answer.headers[name] for name in SIGNING_HEADERS}
    file = tmp_path / "record.txt"
    done = CliRunner().invoke(cli, ["report", "d-1", "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert file.read_bytes() == b'"a report"'
    _, _, command = done.stderr.partition("openssl ")
    check = ["openssl", *command.split()]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1
    file.write_bytes(answer.data)
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_the_report_of_a_service_that_signs_nothing_is_written_alone(service: Service, tmp_path: Path) -> None:
    service.answer("GET", PAGE, 200, "a report")
    file = tmp_path / "record.txt"
    assert CliRunner().invoke(cli, ["report", "d-1", "-o", str(file)]).exit_code == 0
    assert not list(tmp_path.glob("record.txt.*"))


def test_half_a_signature_is_not_written(service: Service, tmp_path: Path) -> None:
    service.answer("GET", PAGE, 200, "a report")
    service.headers = {SIGNING_HEADERS[0]: b64encode(b"half").decode()}
    file = tmp_path / "record.txt"
    assert CliRunner().invoke(cli, ["report", "d-1", "-o", str(file)]).exit_code == 0
    assert not list(tmp_path.glob("record.txt.*"))
