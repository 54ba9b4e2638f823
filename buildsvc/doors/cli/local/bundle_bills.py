"""`buildsvc bundle bills`: what is in every component of a bundle, image components too. Needs no service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import require_folder_of
from buildsvc.doors.cli.bills import licences_option, show_licences
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.bundle import CarriedBill
from buildsvc.store.bundle.bill_blobs import unpacked
from buildsvc.store.bundle.opening import opened, pieces, places

_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+|^\.+")


@dataclass(frozen=True)
class FoundBill:
    """A bill and its document; None where the bundle builds on it."""

    bill: CarriedBill
    document: bytes | None

    @property
    def file(self) -> str:
        """The name of its file: a bundle is a stranger's, so no part of it leads elsewhere."""
        return _NO_NAME.sub("-", f"{self.bill.component}-{self.bill.platform}.cdx.json")


@click.command(cls=Taught, example="buildsvc bundle bills shop.bundle\nbuildsvc bundle bills shop.bundle -o bills/")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER")
@licences_option
@json_option
@failures_end_it
def bills(file: Path, *, output: Path | None, licences: bool, as_json: bool) -> None:
    """List the bills of materials in FILE, or write them."""
    found = tuple(bills_of(file))
    if output is not None:
        _write(found, output)
    if licences:
        _show_licences(found, as_json=as_json)
    elif as_json:
        dump([{**vars(one.bill), **_counts(one)} for one in found])
    else:
        rows = [(one.bill.component, one.bill.platform, *_columns(one)) for one in found]
        table(("COMPONENT", "PLATFORM", "PARTS", "UNREAD"), rows)
        if not found:
            note(in_words("said.no-bills"))


def bills_of(file: Path) -> Iterator[FoundBill]:
    """Read every bill of a bundle. Raises Refused `bundle-damaged`, `bundle-format`."""
    with SplitFile(file) as parts:
        told = opened(parts)
        at = {section.digest: (where, section.size) for section, where in places(parts, told)}
        for bill in told.bundle.bills:
            there = at.get(bill.document)
            yield FoundBill(bill, unpacked(b"".join(pieces(parts, *there)), bill) if there else None)


def _write(found: tuple[FoundBill, ...], folder: Path) -> None:
    require_folder_of(folder)
    folder.mkdir(exist_ok=True)
    for one in found:
        if one.document is not None:
            (folder / one.file).write_bytes(one.document)
    note(in_words("said.written-to", file=folder))


def _show_licences(found: tuple[FoundBill, ...], *, as_json: bool) -> None:
    components = [part for one in found if one.document for part in json.loads(one.document).get("components", ())]
    show_licences({"components": components}, as_json=as_json)


def _columns(one: FoundBill) -> tuple[str, str]:
    counts = _counts(one)
    return (str(counts["parts"]), str(counts["unread"])) if counts["here"] else ("-", "-")


def _counts(one: FoundBill) -> dict[str, object]:
    if one.document is None:
        return {"here": False, "parts": None, "unread": None}
    told = json.loads(one.document)
    unread = [each for each in told["metadata"]["component"]["properties"] if each["name"] == "buildsvc:unread"]
    return {"here": True, "parts": len(told.get("components", ())), "unread": len(unread)}
