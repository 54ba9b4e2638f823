"""A thin jar made whole on this machine, with libraries that are given: what the service does with a push of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from buildpacks.analyse import analyse
from buildpacks.archives.tars import as_zip
from buildpacks.programs import joining, thin
from buildpacks.programs.joined import write
from buildsvc.doors.cli.libraries import as_archive

libraries_option = click.option(
    "--libs",
    "libraries",
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
)


@contextmanager
def with_libraries(jar: Path, libraries: Path | None) -> Iterator[Path]:
    """Give a zip or jar to look at: the file itself, or what it becomes together with its libraries.

    Raises Refused, `class-path-missing` where they are not all that its Class-Path names.
    """
    with as_zip(jar, jar.name) as program, as_archive(libraries) as packed:
        if packed is None:
            yield program
            return
        with as_zip(packed, packed.name) as more, TemporaryDirectory(prefix="buildsvc-") as place:
            thing, given = analyse(program, jar.name, every_byte=True), analyse(more, packed.name, every_byte=True)
            joined = (
                joining.of_jar(thing, None, [given])
                if thing.folder is None
                else joining.of_folder(thing, [given, thing])
            )
            if joined.missing:
                raise thin.refusal(jar.name, joined.missing)
            target = Path(place) / "joined.zip"
            write(joined, target)
            yield target
