"""What is carried out of the site has no secret in it, wherever one was planted."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.errors import Conflict
from buildsvc.doors.cli.main import cli
from buildsvc.model.access import Role
from buildsvc.model.scrubbing import scrubbed, without_secrets
from buildsvc.usecases.look.support import write_support
from tests.workshops import COMPOSE, Bench

PLANTED = (
    "geheim-im-topf",
    "rosebud-4711",
    "s3cr3t-in-url",
    "im-log-allein",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    text = COMPOSE.replace("geheim}", "geheim-im-topf, DB_URL: 'jdbc:x://app:s3cr3t-in-url@db/shop'}")
    made.apply(text)
    made.live("1.0")
    made.site.secrets.put("shop", "EXTRA", "rosebud-4711")
    logs = made.settings.paths.logs
    logs.mkdir()
    (logs / "web.log").write_text(
        "GET /x\nAuthorization: Bearer abcdefgh12345678\nthe value is rosebud-4711 here\n"
        "app.api-token = im-log-allein\nconnect to jdbc:x://app:s3cr3t-in-url@db/shop\nJWT " + PLANTED[-1] + "\n"
    )
    return made


def contents(file: Path) -> dict[str, str]:
    with tarfile.open(file) as tar:
        read = ((member.name, tar.extractfile(member)) for member in tar)
        return {name: source.read().decode() for name, source in read if source is not None}


def test_no_planted_secret_leaves_and_what_helps_does(bench: Bench, tmp_path: Path) -> None:
    token, _ = bench.ledger.create_token("admin", Role.ADMIN)
    (bench.settings.paths.logs / "up.log").write_text(f"admin token (shown only this once): {token}\n")
    write_support(bench.site, tmp_path / "s.tar.gz", {"doctor": [{"verdict": "ok"}]})
    found = contents(tmp_path / "s.tar.gz")
    everything = "\n".join(found.values())
    key = bench.settings.paths.secret_key.read_text()
    for secret in (*PLANTED, token, key, "abcdefgh12345678"):
        assert secret not in everything
    assert "GET /x" in found["support/logs/web.log"]
    assert json.loads(found["support/doctor.json"]) == [{"verdict": "ok"}]
    assert "flask" in found["support/versions.json"].lower()
    every = [json.loads(text) for name, text in found.items() if "deployments/" in name]
    (told,) = [one for one in every if one["deployment"]["component"] == "order"]
    assert {one["event"]["kind"] for one in told["events"]} >= {"received", "live"}
    assert told["release"]["build"]["java"] == 17
    assert told["journal"]


def test_a_file_that_is_there_is_not_replaced(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "s.tar.gz").write_text("mine")
    with pytest.raises(Conflict):
        write_support(bench.site, tmp_path / "s.tar.gz", {})
    assert (tmp_path / "s.tar.gz").read_text() == "mine"


def test_the_command_writes_settings_and_doctor_too(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDSVC_DATA", str(bench.settings.data))
    monkeypatch.setenv("BUILDSVC_ADMIN_TOKEN", "the-admin-token-of-the-site")
    done = CliRunner().invoke(cli, ["support", "-o", str(tmp_path / "s.tar.gz")])
    assert done.exit_code == 0, done.output
    found = contents(tmp_path / "s.tar.gz")
    assert "BUILDSVC_DATA" in found["support/settings.json"]
    assert "kept bytes" in found["support/doctor.json"]
    assert "the-admin-token-of-the-site" not in "\n".join(found.values())


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("password=hunter2 user=ann", "password=••• user=ann"),
        ('{"api_key": "abc123", "port": 8080}', '{"api_key": "•••", "port": 8080}'),
        ("tried bsv_0123456789abcdefghijklmnop twice", "tried ••• twice"),
        ("keyboard=qwerty", "keyboard=qwerty"),
    ],
)
def test_a_line_loses_its_secrets_and_nothing_else(line: str, left: str) -> None:
    assert scrubbed(line) == left


def test_a_document_is_judged_by_its_names() -> None:
    told = {"environment": [["DB_PASSWORD", "x1"], ["MODE", "dev"]], "token": "t", "n": 3}
    assert without_secrets(told) == {"environment": [["DB_PASSWORD", "•••"], ["MODE", "dev"]], "token": "•••", "n": 3}
