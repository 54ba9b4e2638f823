"""`buildsvc image`: the local cache of what image components run, so that no registry is needed."""

from __future__ import annotations

import platform as machine_platform
from dataclasses import replace
from pathlib import Path

import click

from buildpacks.errors import Conflict, NotFound
from buildpacks.platforms import Platform
from buildsvc import wiring
from buildsvc.doors import words
from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.local.cache import Cache, open_cache, platform_of
from buildsvc.doors.cli.local.making_options import mirror_option, packages_option, platform_option
from buildsvc.doors.cli.screen import dump, failures_end_it, json_option, line, note
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.image.bases import blobs
from buildsvc.image.image_cache import tagged
from buildsvc.image.making.apt import PackageSource
from buildsvc.image.making.make import make as make_image
from buildsvc.image.making.recipe import load_component
from buildsvc.image.types import Image
from buildsvc.usecases.apply.run import OWN_IMAGES
from buildsvc.usecases.site import Site
from buildsvc.usecases.tend.keeping import needed_besides


@click.group(cls=Family)
def image() -> None:
    """Manage the cache of images that image components run (MySQL, Redis, Nginx, …): add, make, list, remove."""


@image.command("list", cls=Taught, example="buildsvc image list")
@json_option
@failures_end_it
def list_images(*, as_json: bool) -> None:
    """List the images that are here, with their platform and size."""
    found = open_cache().images.list()
    if as_json:
        dump([_facts(one) for one in found])
        return
    rows = [(one.reference, str(one.platform), words.size(_size(one)), one.manifest.digest[:19]) for one in found]
    table(("IMAGE", "PLATFORM", "SIZE", "DIGEST"), rows)


@image.command(
    cls=Taught,
    example="buildsvc image add mysql-8.0.tar redis-7.tar.xz\n"
    "buildsvc image add nacos-layout/ --name nacos/nacos-server:v2.3.0\n"
    "buildsvc image add --from-engine minio/minio:latest",
)
@click.argument("sources", metavar="FILE|IMAGE...", nargs=-1, required=True)
@click.option("--name", metavar="NAME:TAG")
@click.option("--from-engine", is_flag=True)
@json_option
@failures_end_it
def add(sources: tuple[str, ...], *, name: str | None, from_engine: bool, as_json: bool) -> None:
    """Keep the images of each FILE, for every platform and under every name of theirs; or each IMAGE of the engine."""
    cache = open_cache()
    engine = wiring.open_engine(cache.settings, cache.layout) if from_engine else None
    for source in sources:
        if engine is None and not Path(source).exists():
            raise NotFound("no-such-file.archive", source=source)
        with cache.in_use():
            given = Path(source) if engine is None else engine.save(source)
            added = cache.images.take(given, name if engine is None else name or source)
        for one in added:
            _show(one, as_json=as_json)


@image.command(
    cls=Taught,
    example="buildsvc image make mariadb --name mariadb:10.11\n"
    "buildsvc image make redis --name redis:7 --name redis:6.2-alpine\n"
    "buildsvc image make nginx --platform linux/arm64",
)
@click.argument("recipe", metavar="RECIPE")
@click.option("--name", "names", metavar="NAME:TAG", multiple=True)
@platform_option
@mirror_option
@packages_option
@json_option
@failures_end_it
def make(
    *,
    recipe: str,
    names: tuple[str, ...],
    platform: str | None,
    mirror: str | None,
    packages: Path | None,
    as_json: bool,
) -> None:
    """Make the image RECIPE (mariadb, postgres, redis or nginx) from Debian packages, for any platform."""
    cache = open_cache()
    source = PackageSource(cache.settings.paths.tmp / "packages", mirror, packages)
    target = platform_of(platform, machine_platform.machine())
    progress = (lambda _: None) if as_json else note
    with cache.in_use():
        made = make_image(load_component(recipe), target, source=source, layout=cache.layout, progress=progress)
        cache.bases.put(made)
        kept = [cache.images.put(replace(made.image, reference=name)) for name in names]
    for one in kept or [replace(made.image, reference=f"{OWN_IMAGES}/{recipe}")]:
        _show(one, as_json=as_json)


@image.command(cls=Taught, example="buildsvc image remove redis:6.2 --platform linux/arm64")
@click.argument("name", metavar="NAME:TAG")
@platform_option
@json_option
@failures_end_it
def remove(name: str, *, platform: str | None, as_json: bool) -> None:
    """Remove the image NAME:TAG and the blobs that nothing else needs."""
    cache = open_cache()
    target = platform_of(platform, machine_platform.machine())
    freed = cache.images.remove(name, target, used=_needed_besides(cache, name, target))
    if as_json:
        dump({"removed": name, "freed": freed})
    else:
        line(f"{name}: {words.size(freed)}")


def _show(one: Image, *, as_json: bool) -> None:
    if as_json:
        dump(_facts(one))
    else:
        line(f"{one.reference}: {one.platform}, {words.size(_size(one))}")


def _needed_besides(cache: Cache, name: str, target: Platform) -> frozenset[str]:
    """Return the digests that others need. Raises Conflict `image-in-use`."""
    image = cache.images.find(name, target)
    if image is None or not cache.settings.paths.ledger.exists():
        return frozenset(digest for base in cache.bases.list() for digest in blobs(base.image))
    site = wiring.open_site(cache.settings)
    try:
        _refuse_used(site, name)
        return needed_besides(site, image)
    finally:
        wiring.close(site)


def _refuse_used(site: Site, name: str) -> None:
    running = {
        stored.application.name: {part.image for part in stored.application.components}
        for stored in site.ledger.applications()
    }
    kept = {
        f"{version.application}@{version.number}": {
            one.reference for pinned in version.snapshot.images for one in pinned.images
        }
        for version in site.ledger.versions()
    }
    wanted = tagged(name)
    users = [whose for whose, names in (running | kept).items() if wanted in {tagged(one) for one in names if one}]
    if users:
        raise Conflict("image-in-use", image=name, users=users)


def _size(image: Image) -> int:
    """Return the bytes of its layers, as they lie in the store."""
    return sum(layer.descriptor.size for layer in image.layers)


def _facts(image: Image) -> dict[str, object]:
    return {
        "reference": image.reference,
        "platform": str(image.platform),
        "size": _size(image),
        "manifest": image.manifest.digest,
        "config": image.config.digest,
    }
