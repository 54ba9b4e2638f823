"""Versions on their way from site to site: export, import, have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import click

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Refused, Unreachable, require_folder_of
from buildsvc.doors.cli.remote.bundle_parts import TarSection, document_of, pieces, sections, signatures_of
from buildsvc.doors.cli.remote.bundle_signing import signed_with
from buildsvc.doors.cli.remote.client import Client, Progress
from buildsvc.doors.cli.remote.follow import see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.shown_live import UploadProgress
from buildsvc.doors.cli.remote.written_parts import WrittenParts, require_parts
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.api import Accepted
from buildsvc.model.events import Recorded
from buildsvc.model.name_list import split_names
from buildsvc.model.version_events import BundleReady, VersionArrived
from buildsvc.model.version_views import WantedView

E = TypeVar("E")
_TRIES = 5
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@click.command(
    "export",
    cls=Taught,
    example=(
        "buildsvc export shop@1.4.0 -o shop.bundle\n"
        "buildsvc export shop@1.4.0 -o shop.bundle --platform linux/amd64,linux/arm64\n"
        "buildsvc export shop@1.4.1 -o small.bundle --have site-b.json      only what site B lacks"
    ),
)
@click.argument("wanted", metavar="APP@VERSION")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--platform", "platforms", metavar="OS/ARCH", default="")
@click.option(
    "--have",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--sign",
    "key",
    metavar="KEY",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--split", metavar="SIZE")
@json_option
@failures_end_it
def export_(
    wanted: str,
    *,
    output: Path,
    platforms: str,
    have: Path | None,
    key: Path | None,
    split: str | None,
    as_json: bool,
) -> None:
    """Write APP@VERSION into one file that another site can import, with all that it needs."""
    app, name = _named(wanted)
    size = _size(split)
    require_folder_of(output)
    asked = split_names(platforms)
    with open_client() as client:
        accepted = client.export(app, name, asked, _digests(have))
        see_through(client, accepted, detach=False, as_json=as_json, soak=True)
        assert accepted.deployment is not None
        ready = _last(client, accepted.deployment.id, BundleReady)
        if key is not None:
            ready = signed_with(client, key, ready)
        require_parts(output, ready.size, size)
        with UploadProgress(output.name, quiet=as_json) as progress:
            files = _fetch(client, ready, output, size, progress)
    if not as_json:
        line(in_words("said.exported", files=[file.name for file in files], size=ready.size, count=ready.blobs))
        line(in_words("said.on-the-other-site", file=files[0].name))


@click.command(
    "import",
    cls=Taught,
    example="buildsvc import shop.bundle\nbuildsvc import shop.bundle.001\n"
    "buildsvc import --on-server /media/usb/shop.bundle",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True)
@click.option("--on-server", is_flag=True)
@json_option
@failures_end_it
def import_(file: Path, *, dry_run: bool, on_server: bool, as_json: bool) -> None:
    """Bring the bundle in FILE to the site."""
    with open_client() as client:
        accepted = (
            client.import_on_server(str(file)) if on_server else _sent(client, file, dry_run=dry_run, as_json=as_json)
        )
        if accepted is None:
            return
        see_through(client, accepted, detach=False, as_json=as_json, soak=True)
        assert accepted.deployment is not None
        arrived = _last(client, accepted.deployment.id, VersionArrived)
    if not as_json:
        wanted = f"{arrived.application}@{arrived.name}"
        line(in_words("said.next-install", version=wanted, application=arrived.application))


def _sent(client: Client, file: Path, *, dry_run: bool, as_json: bool) -> Accepted | None:
    """Send what the service lacks of a bundle; None after a dry run."""
    with SplitFile(file) as parts:
        wanted = client.begin_import(document_of(parts), signatures_of(parts), pin=not dry_run)
        if not as_json:
            note(in_words("said.has-to-come", title=wanted.title, size=wanted.size, count=len(wanted.missing)))
            note(in_words("said.signed-by", by=wanted.signed) if wanted.signed else in_words("said.not-signed"))
        if dry_run:
            if as_json:
                dump(wanted)
            return None
        with UploadProgress(file.name, quiet=as_json) as progress:
            _send(client, parts, wanted, progress)
        return client.finish_import(wanted.id)


@click.command(cls=Taught, example="buildsvc have -o site-b.json\nbuildsvc have --json > site-b.json")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@failures_end_it
def have(*, output: Path | None, as_json: bool) -> None:
    """Write down which blobs this site has, so that another site can export only what lacks here."""
    if output is None and not as_json:
        raise click.UsageError(in_words("said.have-where"))
    with open_client() as client:
        digests = client.have()
    if output is None:
        dump({"have": digests})
        return
    output.write_text(json.dumps({"have": digests}, indent=0), encoding="utf-8")
    if as_json:
        dump({"file": output, "blobs": len(digests)})
        return
    line(in_words("said.blobs-listed", file=output, count=len(digests)))


def _named(wanted: str) -> tuple[str, str]:
    app, at, name = wanted.partition("@")
    if not (app and at and name):
        raise Refused("bad-version", wanted=wanted)
    return app, name


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    number, unit = text[:-1], text[-1:].lower()
    if text.isdecimal():
        number, unit = text, ""
    if not number.isdecimal() or unit not in {"", *_UNITS} or int(number) == 0:
        raise Refused("bad-part-size", text=text)
    return int(number) * _UNITS.get(unit, 1)


def _digests(have: Path | None) -> tuple[str, ...]:
    if have is None:
        return ()
    try:
        found = json.loads(have.read_text(encoding="utf-8"))["have"]
        return tuple(str(one) for one in found)
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("bad-have-list", file=str(have)) from error


def _last(client: Client, deployment: str, kind: type[E]) -> E:
    """Return the last event of a kind of a deployment that has ended."""
    found = [one.event for one in client.events(deployment) if isinstance(one, Recorded)]
    return next(event for event in reversed(found) if isinstance(event, kind))


def _fetch(client: Client, ready: BundleReady, output: Path, size: int | None, progress: UploadProgress) -> list[Path]:
    """Fetch the file, taking it up where a connection broke; it appears under its name when it is whole."""
    writing = WrittenParts(output, size)
    with writing:
        tries = 0
        while writing.at < ready.size:
            try:
                for data in client.bundle(ready.document, writing.at):
                    writing.write(data)
                    progress(writing.at, ready.size)
                    tries = 0
            except Unreachable:
                tries += 1
                if tries == _TRIES:
                    raise
    return writing.done()


def _send(client: Client, parts: SplitFile, wanted: WantedView, progress: UploadProgress) -> None:
    """Send what is missing. Raises Refused `bundle-damaged` before the first byte where the file does not have it: the
    service would wait for the rest of what ends early.
    """
    there = {f"sha256:{one.name.removeprefix('blobs/sha256/')}": one for one in sections(parts)}
    missing = [(blob.digest, there.get(blob.digest)) for blob in wanted.missing]
    whole = [(digest, one) for digest, one in missing if one is not None and one.offset + one.size <= parts.size]
    if len(whole) < len(missing):
        raise Refused("bundle-damaged.parts", file=parts.path.name, count=len(missing) - len(whole))
    done = 0
    for digest, section in whole:
        client.put_blob(wanted.id, digest, _Stream(parts, section), section.size, _from(progress, done, wanted.size))
        done += section.size


def _from(progress: UploadProgress, done: int, total: int) -> Progress:
    return lambda sent, _: progress(done + sent, total)


class _Stream:
    """One section of the file, to be read once."""

    def __init__(self, parts: SplitFile, section: TarSection) -> None:
        self._pieces: Iterator[bytes] = pieces(parts, section.offset, section.size)

    def read(self, _size: int = -1) -> bytes:
        return next(self._pieces, b"")
