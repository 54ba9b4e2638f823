"""`buildsvc secret rotate`: another key for what is sealed in the ledger."""

from __future__ import annotations

import time

import click

from buildsvc import wiring
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.settings.reading import read
from buildsvc.usecases.people import auditing

SETTLES = 2.0
"""Seconds in which a process that sealed with the former key has written it down."""


@click.group(cls=Family)
def secret() -> None:
    """Manage the key that the ledger's secrets are sealed with."""


@secret.command(cls=Taught, example="buildsvc secret rotate")
@json_option
@failures_end_it
def rotate(*, as_json: bool) -> None:
    """Take a new key and seal every secret with it, while the service goes on working."""
    site = wiring.open_site(read())
    try:
        count = site.secrets.rotate(lambda: time.sleep(SETTLES))
        auditing.note(site, "command line", "secret.rotate", "secret.key", {"values": count})
    finally:
        wiring.close(site)
    if as_json:
        dump({"sealed": count})
    else:
        line(in_words("said.key-new", count=count))
