"""`buildsvc rehearse`: a bundle or a kit is tried on this machine, apart from everything, before it travels."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from buildsvc.doors.cli.given_values import values_given
from buildsvc.doors.cli.local.cache import open_cache, platform_of
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.doors.rehearsal import departure, offline
from buildsvc.doors.rehearsal.chosen import choose, choose_former
from buildsvc.doors.rehearsal.departure import Departure, RehearsedFile
from buildsvc.doors.rehearsal.ordered import RehearsalOrder, RehearsedStep
from buildsvc.doors.rehearsal.story import SITE
from buildsvc.image import carried_bases
from buildsvc.settings.spoken import read_language
from buildsvc.store.bundle import signatures
from buildsvc.store.bundle.sections import SIGNATURES

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
HTML = {".html", ".htm"}
ORDER = "order.json"


@click.command(
    cls=Taught,
    example="sudo buildsvc rehearse shop-1.5.bundle --from shop-1.4.bundle --set DB_PASSWORD=any -o departure.html\n"
    "sudo buildsvc rehearse shop-1.5.bundle --values site.env --sign hall.key -o departure.txt\n"
    "sudo buildsvc rehearse buildsvc-kit-amd64.run -o departure.html",
)
@click.argument("file", type=_FILE)
@click.option("--from", "former", type=_FILE, metavar="BUNDLE")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE")
@click.option("--values", "values_file", type=_FILE)
@click.option("--secret", "secrets", multiple=True, metavar="NAME=VALUE")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="RECORD")
@click.option("--sign", "key", type=_FILE, metavar="KEY")
@json_option
@failures_end_it
def rehearse(
    file: Path,
    *,
    former: Path | None,
    given: tuple[str, ...],
    values_file: Path | None,
    secrets: tuple[str, ...],
    output: Path | None,
    key: Path | None,
    as_json: bool,
) -> None:
    """Install a bundle, or a kit with its own, on an empty engine without a network; write the departure record."""
    if key is not None and output is None:
        raise click.UsageError(in_words("terminal.sign-needs-output"))
    offline.require()
    cache = open_cache()
    here = platform_of(None, os.uname().machine)
    answers = [("--set", name, value) for name, value in values_given(given, values_file).items()]
    answers += [("--secret", name, value) for name, _, value in (one.partition("=") for one in secrets)]
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(dir=cache.layout.tmp, prefix="rehearsal-") as folder:
        chosen = choose(file, here, Path(folder), answers)
        if not (chosen.kit and chosen.kit.engine):
            offline.program(offline.ENGINE)
        before = None if former is None else choose_former(former, here, chosen, answers)
        if chosen.kit is None:
            # The one image that no bundle has.
            carried_bases.lend(cache.bases.find("gateway", here), cache.layout, Path(folder) / SITE)
        order = RehearsalOrder(folder, chosen.bundles, before, chosen.kit)
        titles = ((former, before.title if before else ""), (file, chosen.title))
        files = tuple(RehearsedFile.of(path, title) for path, title in titles if path)
        steps = tuple(_run(order, (lambda _: None) if as_json else _told))
    made = Departure(files, version("buildsvc"), departure.this_machine(), began, steps)
    _give(made, output, key, as_json=as_json)
    if made.fault is not None:
        raise click.exceptions.Exit(1)


def _run(order: RehearsalOrder, tell: Callable[[RehearsedStep], None]) -> Iterator[RehearsedStep]:
    """Rehearse in a place apart; gives each step as it ends, and the one that did not where it ended in between."""
    file = Path(order.folder) / ORDER
    order.write(file)
    argv = offline.command(sys.executable, "-P", "-m", "buildsvc.doors.rehearsal", str(file))
    begun: RehearsedStep | None = None
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=offline.with_ourselves()
    ) as process:
        assert process.stdout is not None
        for one in process.stdout:
            begun = RehearsedStep.of(one)
            tell(begun)
            if begun.seconds is not None:
                yield begun
                begun = None
    if begun is not None:
        yield begun


def _told(step: RehearsedStep) -> None:
    name = departure.told_step(step, read_language())
    if step.seconds is None:
        note(f"{name} …")
        return
    note(f"{name}: {step.seconds:.1f} s")
    for one in step.seen:
        note(f"  {one}")


def _give(made: Departure, output: Path | None, key: Path | None, *, as_json: bool) -> None:
    """Write the record, print the verdict."""
    language = read_language()
    if output is not None:
        page = departure.html if output.suffix.lower() in HTML else departure.text
        output.write_text(page(made, language), encoding="utf-8")
        if key is not None:
            _sign(output, key)
    if as_json:
        dump({**asdict(made), "holds": made.fault is None})
        return
    if output is None:
        line(departure.text(made, language).rstrip())
    else:
        line(departure.verdict(made, language))
        note(in_words("said.written-to", file=output))


def _sign(record: Path, key: Path) -> None:
    """Put the signature and the public key beside the record."""
    made = signatures.sign(key.read_bytes(), record.read_bytes())
    names = [f"{record.name}.sig", f"{record.name}.pub"]
    for section, name in zip(SIGNATURES, names, strict=True):
        record.with_name(name).write_bytes(made[section])
    age, command = signatures.public_key(made[SIGNATURES[1]]).checked_by(record.name, *names)
    note(in_words("said.checked-by", command=command, age=age))
