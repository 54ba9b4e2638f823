"""`buildsvc webhooks`: who is told how deployments ended, and what each answered last."""

from __future__ import annotations

import click

from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, note
from buildsvc.doors.cli.taught import Taught


@click.command(cls=Taught, example="buildsvc webhooks")
@json_option
@failures_end_it
def webhooks(*, as_json: bool) -> None:
    """List the site's webhooks, and what each answered last."""
    with open_client() as client:
        found = client.webhooks()
    if as_json:
        dump(found)
        return
    if not found:
        note(in_words("said.no-webhook"))
        return
    rows = [
        (one.name, one.kind, one.host, one.answer or "-", _moment(one.answered), _moment(one.again)) for one in found
    ]
    table(("WEBHOOK", "KIND", "HOST", "LAST ANSWER", "AT (UTC)", "TRIED AGAIN AT"), rows)


def _moment(text: str) -> str:
    return text[:16].replace("T", " ") or "-"
