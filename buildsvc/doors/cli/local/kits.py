"""`buildsvc kit`: one file for a bare server."""

from __future__ import annotations

import platform as machine_platform
from pathlib import Path

import click

from buildsvc.doors.cli.local.cache import open_cache, platform_of
from buildsvc.doors.cli.local.making_options import platform_option
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.clock import SystemClock
from buildsvc.usecases.equip.make_kit import make_kit

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    cls=Taught,
    example="buildsvc kit -o buildsvc-kit-amd64.run --engine docker-27.5.1.tgz --with shop.bundle\n"
    "sh buildsvc-kit-amd64.run",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.run",
)
@click.option(
    "--wheels",
    default="wheels",
    type=click.Path(file_okay=False, path_type=Path),
)
@platform_option
@click.option("--with", "bundles", multiple=True, type=_FILE, metavar="BUNDLE")
@click.option("--engine", type=_FILE, metavar="FILE.tgz")
@click.option("--base", "bases", multiple=True, metavar="NAME")
@json_option
@failures_end_it
def kit(
    *,
    output: Path,
    wheels: Path,
    platform: str | None,
    bundles: tuple[Path, ...],
    engine: Path | None,
    bases: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make one file that a bare server needs: `sh FILE.run` installs it there, and a newer one upgrades it."""
    cache = open_cache()
    made = make_kit(
        output,
        platform_of(platform, machine_platform.machine()),
        wheels,
        layout=cache.layout,
        cache=cache.bases,
        clock=SystemClock(),
        bases=bases or None,
        engine=engine,
        bundles=bundles,
        tell=(lambda _: None) if as_json else note,
    )
    if as_json:
        dump({**vars(made), "path": str(made.path), "platform": str(made.platform)})
        return
    line(
        in_words(
            "said.kit-made",
            file=made.path,
            size=made.size,
            version=made.version,
            platform=made.platform,
            name=made.path.name,
        )
    )
