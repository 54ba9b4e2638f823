"""How a bill of materials is printed, for both halves: the document itself, or the list of licences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from buildpacks.errors import require_folder_of
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.screen import dump, in_words, note
from buildsvc.model.bill import licence_list

licences_option = click.option("--licences", is_flag=True)


def show_bill(document: bytes, output: Path | None, *, licences: bool, as_json: bool) -> None:
    """Print the document, or write it to `output`; with `licences` a table instead. Raises Refused `no-folder`."""
    if output is not None:
        require_folder_of(output)
        output.write_bytes(document)
        note(in_words("said.bill-written", file=output, bytes=len(document)))
        if not licences:
            return
    if not licences:
        click.echo(document, nl=False)
        return
    show_licences(json.loads(document), as_json=as_json)


def show_licences(bill: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the licences of a bill of materials, and what stands under each."""
    found = licence_list(bill)
    if as_json:
        dump([{"licence": name, "components": list(parts)} for name, parts in found])
        return
    if not found:
        note(in_words("said.no-library-says"))
        return
    table(("LICENCE", "COUNT", "COMPONENTS"), [(name, str(len(parts)), ", ".join(parts)) for name, parts in found])
