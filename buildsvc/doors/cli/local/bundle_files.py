"""`buildsvc bundle`: look into a bundle's file, check every byte of it, compare two. Needs no service."""

from __future__ import annotations

from pathlib import Path

import click

from buildpacks.archives.split_files import SplitFile
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.local.bundle_bills import bills
from buildsvc.doors.cli.local.bundle_keys import key, key_facts
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.doors.cli.told_changes import tell_changes
from buildsvc.model.version import differences
from buildsvc.store.bundle.opening import Opened, opened, places, verify
from buildsvc.store.bundle.sections import digest_of
from buildsvc.store.bundle.signatures import required, signer, trusted

_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.group(cls=Family)
def bundle() -> None:
    """Look into bundles (show, verify, diff, bills) and make keys that sign them."""


bundle.add_command(key)
bundle.add_command(bills)


@bundle.command(cls=Taught, example="buildsvc bundle show shop.bundle")
@_FILE
@json_option
@failures_end_it
def show(file: Path, *, as_json: bool) -> None:
    """Say what FILE carries: the version, its components, for which platforms, and what it builds on."""
    found = _opened(file)
    made = found.bundle
    version = made.version
    if as_json:
        dump(_facts(found))
        return
    line(in_words("said.bundle-made", title=made.title, at=made.made, site=made.site, platforms=made.platforms))
    if version.note:
        line(f"  {version.note}")
    runs = {jar.component: jar.filename for jar in version.snapshot.jars}
    runs |= {one.component: one.images[0].reference for one in version.snapshot.images if one.images}
    table(
        ("COMPONENT", "RUNS"), [(one.name, runs.get(one.name, "-")) for one in version.snapshot.application.components]
    )
    line(in_words("said.bundle-blobs", count=len(made.blobs), size=made.size))
    line(in_words("said.bundle-sums", digest=digest_of(found.sums)))
    line(in_words("said.bundle-bills", count=len(made.bills)))
    if made.builds_on:
        size = sum(blob.size for blob in made.builds_on)
        line(in_words("said.builds-on", count=len(made.builds_on), size=size))
    if version.snapshot.secrets:
        line(in_words("said.site-gives", names=version.snapshot.secrets))
    line(in_words("said.signed" if found.signatures else "said.not-signed"))


@bundle.command(
    "verify",
    cls=Taught,
    example="buildsvc bundle verify shop.bundle\nbuildsvc bundle verify shop.bundle --keys /media/usb/keys",
)
@_FILE
@click.option(
    "--keys",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@json_option
@failures_end_it
def verify_(file: Path, *, keys: Path | None, as_json: bool) -> None:
    """Read every byte of FILE and compare every digest, and say who signed it."""
    with SplitFile(file) as parts:
        found = opened(parts)
        key = signer(found.signatures, found.sums)
        if keys is not None:
            key = required(key, trusted(keys))
        verify(parts, found)
    if as_json:
        dump({**_facts(found), "whole": True, "signed_by": key_facts(key)})
        return
    line(in_words("said.bundle-whole", title=found.bundle.title, count=len(found.bundle.blobs), size=found.bundle.size))
    line(in_words("said.bundle-sums", digest=digest_of(found.sums)))
    line(
        in_words("said.signed-by-key", name=key.name or "", fingerprint=key.fingerprint, kind=key.kind)
        if key
        else in_words("said.not-signed")
    )
    line(in_words("said.without-buildsvc"))
    line("  sha256sum -c SHA256SUMS")
    if key is not None:
        age, command = key.command
        line(in_words("said.openssl", command=command, age=age))


@bundle.command("diff", cls=Taught, example="buildsvc bundle diff shop-1.3.bundle shop-1.4.bundle")
@_FILE
@click.argument("other", type=click.Path(path_type=Path))
@json_option
@failures_end_it
def diff_(file: Path, other: Path, *, as_json: bool) -> None:
    """Say what changes from the version in FILE to that in OTHER."""
    before, after = _opened(file).bundle.version, _opened(other).bundle.version
    found = differences(before.snapshot, after.snapshot)
    if as_json:
        dump(list(found))
        return
    line(in_words("said.from-to", before=before.name, after=after.name))
    tell_changes(found, in_words("said.nothing-changes"))


def _opened(file: Path) -> Opened:
    """Read what stands in front of the blobs; every header is looked at, no blob is read."""
    with SplitFile(file) as parts:
        found = opened(parts)
        for _ in places(parts, found):
            pass
    return found


def _facts(found: Opened) -> dict[str, object]:
    made = found.bundle
    return {
        "title": made.title,
        "site": made.site,
        "made": made.made,
        "sums": digest_of(found.sums),
        "platforms": made.platforms,
        "components": [one.name for one in made.version.snapshot.application.components],
        "blobs": len(made.blobs),
        "bills": len(made.bills),
        "size": made.size,
        "builds_on": sum(blob.size for blob in made.builds_on),
        "secrets": made.version.snapshot.secrets,
        "signed": bool(found.signatures),
    }
