"""`buildsvc site-key`: the public key that the site's reports are signed with, to be kept where they are checked."""

from __future__ import annotations

from pathlib import Path

import click

from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Taught


@click.command("site-key", cls=Taught, example="buildsvc site-key -o hall.pub")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@json_option
@failures_end_it
def site_key(*, output: Path | None, as_json: bool) -> None:
    """Print the public key that the site signs reports with (PEM), its fingerprint, and how OpenSSL checks one."""
    with open_client() as client:
        found = client.site_key()
    if output is not None:
        output.write_text(found.key, encoding="ascii")
    if as_json:
        dump(found)
        return
    if output is None:
        line(found.key.rstrip())
    else:
        note(in_words("said.written-to", file=output))
    note(in_words("said.site-key", kind=found.kind, fingerprint=found.fingerprint))
    note(in_words("said.checked-by", age=found.age, command=found.command))
