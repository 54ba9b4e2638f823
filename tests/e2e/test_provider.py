"""Signing in by a real provider with a real service and Chromium: on the page, and by a code for a command line."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from scripts.made import ROOT, MadeBases
from tests.browser import chromium
from tests.e2e.conftest import new_site
from tests.e2e.site import LiveSite, running
from tests.identity_server import CLIENT, SECRET, IdentityServer, prepared

pytestmark = [
    pytest.mark.browser,
    pytest.mark.engine,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
WITHIN = 60
OWN = "return fetch('/api/session').then((answer) => answer.status === 200 ? answer.json() : null)"


@pytest.fixture(scope="module")
def signing(
    tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, engine_client: docker.DockerClient
) -> Iterator[tuple[LiveSite, IdentityServer]]:
    """A service as `up` runs it, whose settings name a provider that answers."""
    folder = tmp_path_factory.mktemp("provider")
    made = new_site(folder, ready_bases, engine_client)
    provider = prepared(folder, back=f"{made.url}/api/session/oidc/callback")
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    made.settings |= {
        "BUILDSVC_OIDC_ISSUER": provider.issuer,
        "BUILDSVC_OIDC_CLIENT": CLIENT,
        "BUILDSVC_OIDC_SECRET_FILE": str(secret),
        "BUILDSVC_OIDC_NAME": "Example",
        "BUILDSVC_OIDC_TRUSTED": str(provider.trusted),
    }
    with provider.serving(), running(made) as site:
        yield site, provider


@pytest.fixture
def window(tmp_path: Path, signing: tuple[LiveSite, IdentityServer]) -> Iterator[Chrome]:
    """A browser that knows nobody, trusts this provider's certificate, and reaches nothing but this machine."""
    certificate = x509.load_pem_x509_certificate(signing[1].trusted.read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    here = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    started = chromium(
        tmp_path / "chromium", f"--ignore-certificate-errors-spki-list={pin}", f"--host-resolver-rules={here}"
    )
    yield started
    started.quit()


def waited(window: Chrome, selector: str, text: str = "") -> Any:
    """The first visible element that matches and has this text, as soon as it is there."""

    def look(_: Chrome) -> Any:
        found = window.find_elements(By.CSS_SELECTOR, selector)
        return next((one for one in found if one.is_displayed() and text in one.text), None)

    waiting = WebDriverWait(window, WITHIN, poll_frequency=0.1, ignored_exceptions=(Exception,))
    return waiting.until(look, f"{selector} with '{text}' is not there: {window.current_url}")


def signed_in_there(window: Chrome, name: str) -> None:
    """Fill the provider's forms, until it asks nothing more."""
    waited(window, "input[name=login]").send_keys(name)
    waited(window, "input[name=password]").send_keys("any", Keys.ENTER)
    waited(window, "button[type=submit]", "Continue").click()


def test_whoever_signs_in_at_the_provider_is_signed_in_on_the_page_where_he_was(
    signing: tuple[LiveSite, IdentityServer], window: Chrome
) -> None:
    site, provider = signing
    window.get(f"{site.url}/history")
    waited(window, "button", "Example").click()
    waited(window, "input[name=login]")
    assert window.current_url.startswith(provider.issuer)
    signed_in_there(window, "ann")
    waited(window, "h1")
    WebDriverWait(window, WITHIN).until(lambda _: window.current_url == f"{site.url}/history")
    who = WebDriverWait(window, WITHIN).until(lambda _: window.execute_script(OWN))
    assert (who["name"], who["kind"], who["roles"]) == ("ann", "person", {})
    assert site.cli("person", "role", "ann", "viewer").returncode == 0
    window.get(f"{site.url}/system/people")
    assert window.execute_script(OWN)["roles"] == {"*": "viewer"}
    names = [one["name"] for one in json.loads(site.cli("person", "list", "--json").stdout)]
    assert names == ["ann"]


def test_whoever_cancels_there_reads_on_the_page_that_nobody_signed_in(
    signing: tuple[LiveSite, IdentityServer], window: Chrome
) -> None:
    site, _ = signing
    window.get(site.url)
    waited(window, "button", "Example").click()
    waited(window, "a", "Cancel").click()
    assert waited(window, "#sign-in-problem").text
    assert window.current_url == f"{site.url}/"
    assert window.execute_script(OWN) is None


def test_a_command_line_signs_in_by_a_code_that_is_typed_in_a_browser(
    signing: tuple[LiveSite, IdentityServer], window: Chrome, tmp_path: Path
) -> None:
    site, provider = signing
    home = tmp_path / "laptop"
    home.mkdir()
    clean = {key: value for key, value in os.environ.items() if not key.startswith("BUILDSVC_")}
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, "-W", "ignore", "-m", "buildsvc.doors.cli.main", "login", site.url, "--oidc"]
    with subprocess.Popen(
        command, env=clean | own | {"BUILDSVC_LANGUAGE": "en"}, cwd=home, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        words = [word.rstrip(".,:") for word in said.split()]
        (address,) = (word for word in words if word.startswith(provider.issuer))
        code = next(word for word in reversed(words) if word.replace("-", "").isupper() and len(word) > 6)
        window.get(address)
        waited(window, "input[name=user_code]").send_keys(code, Keys.ENTER)
        waited(window, "button[type=submit]", "Continue").click()
        signed_in_there(window, "bob")
        waited(window, "h1", "Success")
        rest, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == 0, said + rest
    assert "bob" in rest
    kept = json.loads((home / "buildsvc" / "login.json").read_text())
    headers = {"Authorization": f"Bearer {kept['token']}"}
    who = requests.get(f"{site.url}/api/session", headers=headers, timeout=20).json()
    assert (who["name"], who["kind"]) == ("bob", "person")
