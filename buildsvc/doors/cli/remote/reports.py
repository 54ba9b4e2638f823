"""`buildsvc report`: what a deployment did, on one page."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import failures_end_it, in_words, line, note
from buildsvc.doors.cli.taught import Taught

HTML = {".html", ".htm"}
BESIDE = (".sig", ".pub")
"""Behind the file's name: what signs it, and the site's public key."""
CHECKED = ("1.0", "openssl dgst -sha256 -verify {file}.pub -signature {file}.sig {file}")
"""The oldest OpenSSL that can check it, and how."""


@click.command(cls=Taught, example="buildsvc report 0199c2f4-7c0e-7d11-9a55-2f6f0c1c7a10 -o acceptance.html")
@click.argument("deployment")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@failures_end_it
def report(deployment: str, *, output: Path | None) -> None:
    """Print the report of DEPLOYMENT, or write it with its signature."""
    html = output is not None and output.suffix.lower() in HTML
    with open_client() as client:
        page, signed = client.report(deployment, "text/html" if html else "text/plain")
    if output is None:
        line(page.decode().rstrip())
    else:
        output.write_bytes(page)
        note(in_words("said.written-to", file=output))
        _write_beside(output, signed)


def _write_beside(page: Path, signed: tuple[bytes, ...]) -> None:
    for suffix, content in zip(BESIDE, signed, strict=False):
        page.with_name(page.name + suffix).write_bytes(content)
    if signed:
        age, command = CHECKED
        note(in_words("said.checked-by", age=age, command=command.format(file=shlex.quote(page.name))))
