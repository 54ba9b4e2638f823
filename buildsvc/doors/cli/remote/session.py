"""Which service the command line speaks to: `buildsvc login`, and the client that every other command opens."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import tempfile
from pathlib import Path

import click

from buildpacks.errors import Denied, Refused
from buildsvc.doors.cli.remote import device, pinning
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.settings.laptop import read_client
from buildsvc.settings.spoken import read_language


@click.command(
    cls=Taught,
    example="buildsvc login http://server:8420 --user ann\nbuildsvc login http://server:8420 --token - < token.txt"
    "\nbuildsvc login https://server:8420 --oidc",
)
@click.argument("url")
@click.option("--token", metavar="TOKEN")
@click.option("--user", metavar="NAME")
@click.option("--oidc", is_flag=True)
@click.option("--days", metavar="N", type=click.IntRange(1, 366), default=90, show_default=True)
@click.option("--fingerprint", metavar="SHA256")
@json_option
@failures_end_it
def login(
    url: str, *, token: str | None, user: str | None, oidc: bool, days: int, fingerprint: str | None, as_json: bool
) -> None:
    """Remember the service at URL and your token, after trying both."""
    if "://" not in url:
        url = f"http://{url}"
    pinned = pinning.choose(url, fingerprint)
    if pinned and not fingerprint:
        note(in_words("said.certificate-pinned", fingerprint=pinned))
        note(in_words("said.compare-that"))
    with Client(url, None, read_language(), fingerprint=pinned) as client:
        token = _token_of(client, token, user, days, oidc=oidc).strip()
    with Client(url, token, read_language(), fingerprint=pinned) as client:
        who = client.whoami()
    settings = read_client()
    remember(settings.login_file, url.rstrip("/"), token, pinned)
    if as_json:
        dump(who)
        return
    note(in_words("said.you-are", name=who.name, role=who.role, url=url, file=settings.login_file))
    if settings.url or settings.token:
        note(in_words("said.environment-first"))


def _token_of(client: Client, token: str | None, user: str | None, days: int, *, oidc: bool) -> str:
    if oidc:
        return device.token_by(client, _own_token(), days)
    return _by_password(client, user, days) if user else _asked_for(token)


def _own_token() -> str:
    """Name a token for this computer, as no other one is named."""
    return f"{socket.gethostname()[:64] or 'laptop'}-{secrets.token_hex(3)}"


def _asked_for(token: str | None) -> str:
    if token == "-":  # noqa: S105 - the usual name of standard input
        return sys.stdin.readline()
    return token or str(click.prompt(in_words("said.token"), hide_input=True, err=True))


def _by_password(client: Client, name: str, days: int) -> str:
    """Get a token of somebody's own; a one-time code is asked for where it takes one."""
    password = click.prompt(in_words("said.password"), hide_input=True, err=True)
    mine = _own_token()
    try:
        return client.issue(name, password, "", mine, days)
    except Denied as denied:
        if denied.code != "code-needed":
            raise
    return client.issue(name, password, click.prompt(in_words("said.one-time-code"), err=True), mine, days)


def open_client() -> Client:
    """Return the client for the service of this user. Raises Refused when none is known."""
    settings = read_client()
    url, token, pinned = recall(settings.login_file)
    chosen = settings.url or url
    if not chosen:
        raise Refused("not-logged-in")
    # A remembered token is for the remembered service: it is not shown to another one.
    fits = settings.url is None or settings.url == url
    chosen_token = settings.token or (token if fits else None)
    return Client(chosen, chosen_token, read_language(), fingerprint=pinned if fits else None)


def remember(file: Path, url: str, token: str, fingerprint: str | None = None) -> None:
    """Write what `recall` reads, whole or not at all, for this user alone (0600)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".login.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"url": url, "token": token, "fingerprint": fingerprint}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def recall(file: Path) -> tuple[str | None, str | None, str | None]:
    """Service, token and the fingerprint of a pinned certificate, as remembered; None where there are none. Raises
    Refused when the file is damaged.
    """
    try:
        kept = json.loads(file.read_text("utf-8"))
        return str(kept["url"]), str(kept["token"]), kept.get("fingerprint")
    except FileNotFoundError:
        return None, None, None
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("bad-login-file", file=file) from error
