"""A real identity provider for tests: oidc-provider, as its lock file pins it, on loopback by TLS, and who signs in."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from joserfc.jwk import ECKey, RSAKey

from buildsvc.doors.front import certificate
from buildsvc.live.proofs import SiteAtProvider
from scripts.made import CACHE
from tests.conftest import lacking
from tests.ups import free_port
from tests.waiting import until

HERE = Path(__file__).parent / "identity"
CLIENT, SECRET = "buildsvc", "a secret of 32 characters, really"
BACK = "http://localhost/api/session/oidc/callback"
FILES = ("package.json", "package-lock.json", "provider.js")


def installed() -> Path:
    """The folder with the provider, brought once by npm as the lock file says: names, versions, digests."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        lacking("Node.js and npm are not installed: apt-get install npm")
    told = b"".join((HERE / name).read_bytes() for name in FILES)
    folder = CACHE / f"identity-{hashlib.sha256(told).hexdigest()[:16]}"
    if folder.exists():
        return folder
    new = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.copytree(HERE, new)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    brought = subprocess.run(command, cwd=new, capture_output=True, text=True, check=False, timeout=120)
    if brought.returncode:
        shutil.rmtree(new)
        lacking(f"npm could not bring the identity provider: {brought.stderr[-300:]}")
    try:
        new.rename(folder)
    except OSError:
        shutil.rmtree(new)
    return folder


def signing_key(kind: str = "RSA") -> dict[str, Any]:
    """A private key that a provider signs with."""
    made = RSAKey.generate_key(2048) if kind == "RSA" else ECKey.generate_key("P-256")
    made.ensure_kid()
    return {**made.as_dict(private=True), "use": "sig"}


@dataclass
class IdentityServer:
    """Where it answers and as whom; `more` are settings of tests/identity/provider.js."""

    folder: Path
    port: int
    keys: list[dict[str, Any]]
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def trusted(self) -> Path:
        return self.folder / "site.pem"

    def site(self, **more: Any) -> SiteAtProvider:
        secret = self.folder / "secret"
        secret.write_text(f"{SECRET}\n")
        return SiteAtProvider(self.issuer, CLIENT, **{"secret_file": secret, "trusted": self.trusted, **more})

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answer until the block ends."""
        told = {
            "port": self.port, "certificate": str(self.trusted), "issuer": self.issuer, "client": CLIENT,
            "secret": SECRET, "back": BACK, "keys": self.keys, "inToken": False, "device": True,
            "way": "client_secret_basic", "algorithm": "RS256", **self.more,
        }  # fmt: skip
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps(told))
        argv = ["node", str(installed() / "provider.js"), str(settings)]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(argv, stdout=log, stderr=log)
        try:
            until(lambda: self._answers() or process.poll() is not None, 60)
            assert process.poll() is None, (self.folder / "log").read_text()
            yield
        finally:
            process.terminate()
            process.wait(30)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True


def prepared(folder: Path, **more: Any) -> IdentityServer:
    """A provider that does not serve yet."""
    certificate.make(folder / "site.pem", "localhost", datetime.now(UTC))
    return IdentityServer(folder, free_port(), [signing_key()], more)


class _Form(HTMLParser):
    """The first form of a page: where it goes, and what its fields hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.ended = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = told.get("action") or ""
        elif tag in {"input", "button"} and self.action is not None and not self.ended and told.get("name"):
            self.fields[str(told["name"])] = told.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self.ended = self.ended or (tag == "form" and self.action is not None)


def agreed(server: IdentityServer, address: str, name: str, *, no: bool = False) -> str:
    """Go through the provider's pages as `name`, by their forms; where it sends back to, or its last words."""
    with requests.Session() as browser:
        browser.trust_env, browser.verify = False, str(server.trusted)
        answer = browser.get(address, allow_redirects=False, timeout=20)
        for _ in range(20):
            if answer.is_redirect:
                to = urljoin(answer.url, answer.headers["Location"])
                if to.startswith(BACK):
                    return to
                if no and "/interaction/" in to:
                    to = f"{to}/abort"
                answer = browser.get(to, allow_redirects=False, timeout=20)
                continue
            form = _Form(answer.text)
            if form.action is None or answer.status_code >= 400:
                return answer.text
            filled = {**form.fields, **({"login": name, "password": "x"} if "login" in form.fields else {})}
            filled.pop("abort", None)
            answer = browser.post(urljoin(answer.url, form.action), data=filled, allow_redirects=False, timeout=20)
    raise AssertionError("the provider's pages have no end")
