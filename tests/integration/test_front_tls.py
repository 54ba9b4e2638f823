"""TLS at the front: a certificate made at the first start, known by its fingerprint, and pinned by who signs in."""

from __future__ import annotations

import os
import re
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from buildpacks.errors import Denied, Unreachable
from buildsvc.doors.cli.remote.client import Client
from tests.ups import Up, free_port, started


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    made = started(tmp_path_factory.mktemp("tls"), free_port(), BUILDSVC_TLS="yes")
    yield made
    made.stop()


@pytest.fixture
def url(up: Up) -> str:
    return up.url.replace("http:", "https:")


def printed(up: Up) -> str:
    found = re.search(r"certificate SHA-256 (\S+)", up.said())
    assert found is not None
    return found.group(1)


def login(home: Path, url: str, token: str, *more: str) -> subprocess.CompletedProcess[str]:
    """`buildsvc login` of somebody whose home this is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BUILDSVC_", "XDG_"))}
    argv = [sys.executable, "-m", "buildsvc.doors.cli.main", "login", url, "--token", "-", *more]
    given = {**kept, "HOME": str(home)}
    return subprocess.run(argv, input=token, capture_output=True, text=True, env=given, check=False)


def test_it_says_where_it_is_and_what_it_is_known_by(up: Up, url: str) -> None:
    assert f"ready at {url}" in up.said()
    assert len(printed(up)) == 95
    key = up.data / "front" / "site.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_who_signs_in_first_is_shown_the_certificate_and_trusts_no_other(up: Up, url: str, tmp_path: Path) -> None:
    done = login(tmp_path, url, up.token())
    assert done.returncode == 0, done.stderr
    assert printed(up) in done.stderr
    assert printed(up) in (tmp_path / ".config/buildsvc/login.json").read_text()
    with Client(url, up.token(), fingerprint=printed(up)) as client:
        assert client.applications() == []
    with Client(url, up.token(), fingerprint="AB" * 32) as client, pytest.raises(Denied, match="another certificate"):
        client.applications()


def test_a_fingerprint_that_is_told_beforehand_must_fit(up: Up, url: str, tmp_path: Path) -> None:
    assert login(tmp_path, url, up.token(), "--fingerprint", printed(up).replace(":", "").lower()).returncode == 0
    done = login(tmp_path / "other", url, up.token(), "--fingerprint", "AB" * 32)
    assert done.returncode != 0
    assert "has the fingerprint" in done.stderr
    assert not (tmp_path / "other").exists()


def test_without_a_pin_nobody_is_trusted(up: Up, url: str) -> None:
    with Client(url, up.token()) as client, pytest.raises(Unreachable, match="certificate is not trusted"):
        client.applications()


def test_old_versions_of_tls_are_not_spoken(up: Up) -> None:
    parts = urlsplit(up.url)
    said = ssl.get_server_certificate((str(parts.hostname), parts.port or 0))
    assert "BEGIN CERTIFICATE" in said
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1

    with socket.create_connection((str(parts.hostname), parts.port or 0)) as raw, pytest.raises(ssl.SSLError):
        old.wrap_socket(raw)
