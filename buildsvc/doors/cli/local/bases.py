"""`buildsvc base`: the local cache of base images."""

from __future__ import annotations

import platform as machine_platform
from pathlib import Path

import click

from buildpacks.errors import NotFound, Refused
from buildpacks.kinds import tomcat
from buildsvc import wiring
from buildsvc.doors import words
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.local.cache import Cache, open_cache, platform_of
from buildsvc.doors.cli.local.making_options import mirror_option, packages_option, platform_option
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.engines.gateway import protocol
from buildsvc.image import carried_bases
from buildsvc.image.bases import BaseVerdict, blobs
from buildsvc.image.making.apt import PackageSource
from buildsvc.image.making.make import make as make_base
from buildsvc.image.making.maven import make_tomcat
from buildsvc.image.making.recipe import kinds, load
from buildsvc.image.types import BaseImage
from buildsvc.usecases.tend.keeping import remove_base


@click.group(cls=Family)
def base() -> None:
    """Manage the cache of base images: list, add, make, verify, remove."""


@base.command("list", cls=Taught, example="buildsvc base list")
@json_option
@failures_end_it
def list_bases(*, as_json: bool) -> None:
    """List the base images that are here, with their Java release, platform and unpacked size."""
    found = open_cache().bases.list()
    if as_json:
        dump([_facts(one) for one in found])
        return
    if not found:
        note(in_words("said.no-base"))
        return
    table(
        ("NAME", "KIND", "JAVA", "PLATFORM", "SIZE", "GLIBC", "SOURCE"),
        [
            (
                one.name,
                one.kind,
                one.java_version or "-",
                str(one.image.platform),
                words.size(one.unpacked_size),
                one.glibc or "-",
                one.source,
            )
            for one in found
        ],
    )


@base.command(
    cls=Taught,
    example="buildsvc base make --java 17\nbuildsvc base make --java 21 --platform linux/arm64\n"
    "buildsvc base make --kind gateway\nbuildsvc base make --kind tomcat --release 10.1",
)
@click.option("--java", type=int, metavar="RELEASE")
@click.option("--kind", type=click.Choice((*kinds(), tomcat.KIND)))
@click.option(
    "--release",
    type=click.Choice(tuple(line.name for line in tomcat.lines())),
)
@platform_option
@mirror_option
@packages_option
@json_option
@failures_end_it
def make(
    *,
    java: int | None,
    kind: str | None,
    release: str | None,
    platform: str | None,
    mirror: str | None,
    packages: Path | None,
    as_json: bool,
) -> None:
    """Make a base image from Debian packages."""
    cache = open_cache()
    progress = (lambda _: None) if as_json else note
    packages_kept = cache.settings.paths.tmp / "packages"
    if (kind == tomcat.KIND) != (release is not None) or (release and java is not None):
        raise Refused("bad-release")
    if release is not None:
        line_of = next(line for line in tomcat.lines() if line.name == release)
        with cache.in_use():
            server = cache.bases.put(make_tomcat(line_of, folder=packages_kept, layout=cache.layout, progress=progress))
        _show(server, as_json=as_json)
        return
    recipe = load(kind or "jre", java, given=protocol.given())
    source = PackageSource(packages_kept, mirror, packages)
    target = platform_of(platform, machine_platform.machine())
    with cache.in_use():
        made = cache.bases.put(make_base(recipe, target, source=source, layout=cache.layout, progress=progress))
    _show(made, as_json=as_json)


@base.command(cls=Taught, example="buildsvc base verify")
@json_option
@failures_end_it
def verify(*, as_json: bool) -> None:
    """Read every byte of every base image and compare its digest."""

    def report(verdict: BaseVerdict) -> None:
        key = "said.base-damaged" if verdict.damaged else "said.base-whole"
        if not as_json:
            line(in_words(key, name=verdict.base.name, damaged=verdict.damaged))

    verdicts = open_cache().bases.verify(report)
    if as_json:
        dump([{"name": verdict.base.name, "damaged": list(verdict.damaged)} for verdict in verdicts])
    if any(verdict.damaged for verdict in verdicts):
        if not as_json:
            note(in_words("said.remove-damaged"))
        raise click.exceptions.Exit(1)


@base.command(
    cls=Taught,
    example="buildsvc base add eclipse-temurin-21.tar\nbuildsvc base add apache-tomcat-10.1.59.tar.gz\n"
    "buildsvc base add --from-engine registry.local/jre:17",
)
@click.argument("source", metavar="FILE|IMAGE")
@click.option("--from-engine", is_flag=True)
@json_option
@failures_end_it
def add(source: str, *, from_engine: bool, as_json: bool) -> None:
    """Add a Java image, or a Tomcat, as a base."""
    cache = open_cache()
    said = (lambda _: None) if as_json else note
    if not from_engine and not Path(source).exists():
        raise NotFound("no-such-file.archive", source=source)
    with cache.in_use():
        if from_engine:
            engine = wiring.open_engine(cache.settings, cache.layout)
            added = cache.bases.add(engine.save(source), source, note=said)
        elif carried_bases.is_cache(Path(source)):
            added = carried_bases.take(Path(source), cache.layout, cache.bases)
        else:
            added = cache.bases.add(Path(source), Path(source).name, note=said)
    for one in added:
        _show(one, as_json=as_json)


@base.command(cls=Taught, example="buildsvc base remove jre-17-amd64-efece822")
@click.argument("name")
@json_option
@failures_end_it
def remove(name: str, *, as_json: bool) -> None:
    """Remove the base image NAME and the blobs that nothing else needs."""
    freed = _remove(open_cache(), name)
    if as_json:
        dump({"removed": name, "freed": freed})
    else:
        line(in_words("said.base-removed", name=name, size=freed))


def _remove(cache: Cache, name: str) -> int:
    """Return the bytes that became free. Raises Conflict `base-in-use`, NotFound."""
    if not cache.settings.paths.ledger.exists():
        images = {digest for image in cache.images.list() for digest in blobs(image)}
        return cache.bases.remove(name, used=images)
    site = wiring.open_site(cache.settings)
    try:
        return remove_base(site, name)
    finally:
        wiring.close(site)


def _show(one: BaseImage, *, as_json: bool) -> None:
    if as_json:
        dump(_facts(one))
    else:
        java = f"Java {one.java_version}" if one.java_version else ""
        java = f"Tomcat {one.release}" if one.release else java
        line(in_words("said.base-added", name=one.name, what=java, platform=one.image.platform, size=one.unpacked_size))


def _facts(one: BaseImage) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "java": one.java,
        "java_version": one.java_version,
        "release": one.release or None,
        "platform": str(one.image.platform),
        "unpacked_size": one.unpacked_size,
        "glibc": one.glibc,
        "manifest": one.image.manifest.digest,
        "config": one.image.config.digest,
        "source": one.source,
    }
