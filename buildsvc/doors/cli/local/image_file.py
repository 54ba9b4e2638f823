"""`buildsvc build`: an image of a jar, as a file, with neither service nor engine."""

from __future__ import annotations

import platform as machine_platform
from pathlib import Path

import click

from buildsvc.doors import words
from buildsvc.doors.cli.local.buildpacks import buildpacks_of, folder_option
from buildsvc.doors.cli.local.cache import open_cache, platform_of
from buildsvc.doors.cli.local.making_options import platform_option
from buildsvc.doors.cli.local.thin_jars import libraries_option, with_libraries
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.image import tarball
from buildsvc.model.events import Event, Warned
from buildsvc.settings.spoken import read_language
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.order import Order


@click.command(cls=Taught, example="buildsvc build target/order-1.2.jar -o order.tar\ndocker load -i order.tar")
@click.argument("jar", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="IMAGE.tar",
)
@platform_option
@click.option("--tag", metavar="NAME:TAG")
@libraries_option
@folder_option
@json_option
@failures_end_it
def build(
    jar: Path,
    *,
    output: Path,
    platform: str | None,
    tag: str | None,
    libraries: Path | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Make an image of JAR and write it as a file that `docker load` takes."""
    cache = open_cache()
    target = platform_of(platform, machine_platform.machine())

    warnings: list[dict[str, str]] = []
    language = read_language()

    def publish(event: Event) -> None:
        if isinstance(event, Warned):
            warnings.append({"code": event.code, "message": event.message, "hint": event.hint})
        if not as_json:
            note(words.tell(event, language))
            if hint := words.hint(event, language):
                note(f"  {hint}")

    reference = tag or _tag(jar)
    with cache.in_use(), with_libraries(jar, libraries) as path:
        order = Order(
            platform=target,
            reference=reference,
            buildpacks=buildpacks_of(folder),
            natives="warn",
        )
        built = build_file(cache.layout, cache.bases, path, order, publish, filename=jar.name, every_byte=True)
        size = tarball.write_file(cache.layout, built.image, output)
    if as_json:
        dump(
            {
                "file": str(output),
                "size": size,
                "reference": built.image.reference,
                "config": built.image.config.digest,
                "manifest": built.image.manifest.digest,
                "platform": str(target),
                "base": built.facts.base,
                "java": built.facts.java,
                "warnings": warnings,
            }
        )
        return
    line(
        in_words(
            "said.image-written", file=output, size=size, image=built.image.reference, id=built.image.config.digest
        )
    )


def _tag(jar: Path) -> str:
    """Make a valid repository name out of a file name: lower case letters, digits, `.`, `_` and `-`."""
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in jar.stem.lower())
    return f"buildsvc/{kept.strip('._-') or 'image'}:latest"
