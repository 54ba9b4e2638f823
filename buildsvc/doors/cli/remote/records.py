"""`buildsvc session` and `buildsvc audit`: who is signed in, who did what, and whether that record is whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

import click

from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, since
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.model.api import AuditView

COLUMNS = ("number", "at", "actor", "action", "target", "address", "detail", "hash")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would calculate: whoever names a token must not run a formula on an auditor's machine."""


@click.group(cls=Family)
def session() -> None:
    """List the browsers that are signed in, and end their sessions."""


@session.command("list", cls=Taught, example="buildsvc session list")
@json_option
@failures_end_it
def list_sessions(*, as_json: bool) -> None:
    """List the open sessions, the last used first."""
    with open_client() as client:
        found = client.sessions()
    if as_json:
        dump(found)
        return
    rows = [(one.id, one.name, one.address, since(one.used), f"{one.ends:%Y-%m-%d %H:%M}") for one in found]
    table(("SESSION", "TOKEN", "ADDRESS", "LAST USED", "ENDS"), rows)


@session.command("revoke", cls=Taught, example="buildsvc session revoke 0199c2f4-7c0e-7d11-9a55-2f6f0c1c7a10")
@click.argument("identifier", metavar="SESSION")
@json_option
@failures_end_it
def revoke_session(identifier: str, *, as_json: bool) -> None:
    """End SESSION at once."""
    with open_client() as client:
        client.end_session(identifier)
    if as_json:
        dump({"ended": identifier})
    else:
        note(in_words("said.session-ended", session=identifier))


@click.group(cls=Family)
def audit() -> None:
    """Read the audit log, check that it is whole, export it."""


@audit.command("list", cls=Taught, example="buildsvc audit list --limit 20")
@click.option("--limit", metavar="N", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@failures_end_it
def list_entries(*, limit: int, as_json: bool) -> None:
    """List the newest entries."""
    with open_client() as client:
        found = list(client.audit(limit))
    if as_json:
        dump(found)
        return
    rows = [
        (
            str(one.number),
            f"{one.at:%Y-%m-%d %H:%M:%S}",
            one.actor or "-",
            one.action,
            one.target,
            one.address or "-",
            str(one.detail.get("reason", "-")),
        )
        for one in found
    ]
    table(("NUMBER", "AT (UTC)", "WHO", "DID", "TO WHAT", "FROM", "WHY"), rows)


@audit.command("verify", cls=Taught, example="buildsvc audit verify")
@json_option
@failures_end_it
def verify(*, as_json: bool) -> None:
    """Check every entry against the chain, and the chain against its sealed head."""
    with open_client() as client:
        found = client.audit_verdict()
    if as_json:
        dump(found)
    else:
        line(in_words("said.audit-head", number=found.number, hash=found.hash))
        for fault in found.faults:
            line(fault)
        if not found.faults:
            note(in_words("said.audit-whole"))
    if found.faults:
        raise click.exceptions.Exit(1)


@audit.command("export", cls=Taught, example="buildsvc audit export -o audit.csv")
@click.option("-o", "target", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@failures_end_it
def export(*, target: Path | None, as_json: bool) -> None:
    """Write all entries as CSV, oldest first."""
    with open_client() as client:
        found = sorted(client.audit(None), key=lambda one: one.number)
    if as_json:
        dump(found)
        return
    text = as_csv(found)
    if target is None:
        click.echo(text, nl=False)
    else:
        target.write_text(text, "utf-8-sig")
        note(in_words("said.entries-written", count=len(found), file=target))


def as_csv(entries: Iterable[AuditView]) -> str:
    """Write the entries as CSV (RFC 4180), with a line of headings."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for one in entries:
        told = json.dumps(one.detail, ensure_ascii=False)
        cells = (one.at.isoformat(), one.actor, one.action, one.target, one.address, told, one.hash)
        rows.writerow([one.number, *(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)])
    return written.getvalue()
