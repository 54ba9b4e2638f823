"""`buildsvc bundle key`: the keys that bundles are signed with."""

from __future__ import annotations

from pathlib import Path

import click

from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.store.bundle.signatures import KINDS, KeyKind, SigningKey, public_key, write


@click.group(cls=Family)
def key() -> None:
    """Manage the keys that bundles are signed with: make, show."""


@key.command(cls=Taught, example="buildsvc bundle key make hall.key\nbuildsvc bundle key make hall.key --kind sm2")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="p256",
    show_default=True,
)
@json_option
@failures_end_it
def make(file: Path, *, kind: KeyKind, as_json: bool) -> None:
    """Make a key: FILE becomes the private one, which signs and stays with you, FILE.pub the one for the sites."""
    made = write(file, kind)
    if as_json:
        dump(key_facts(made))
        return
    line(in_words("said.key-signs", file=file))
    line(in_words("said.key-goes", file=file))
    line(in_words("said.fingerprint", fingerprint=made.fingerprint))


@key.command(cls=Taught, example="buildsvc bundle key show hall.key.pub")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@failures_end_it
def show(file: Path, *, as_json: bool) -> None:
    """Say of which kind the public key in FILE is, and its fingerprint."""
    found = public_key(file.read_bytes(), file.stem)
    if as_json:
        dump(key_facts(found))
    else:
        line(in_words("said.key-is", name=found.name, kind=found.kind, fingerprint=found.fingerprint))


def key_facts(found: SigningKey | None) -> dict[str, str] | None:
    """Give a key as JSON says it; None where there is none."""
    if found is None:
        return None
    return {"name": found.name, "kind": found.kind, "fingerprint": found.fingerprint}
