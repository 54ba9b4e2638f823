"""Whether all that is kept is still what it says: blobs, bases, images, ledger, analyses; and what can be mended.

Mending never guesses: what is damaged is moved aside into `damaged/` of the data directory, or healed by the bytes of a
backup. What can be made anew is made by whoever needs it next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from buildpacks.errors import Failure
from buildpacks.sentences.wording import Wording
from buildsvc.image.bases import blobs
from buildsvc.model.release import Release
from buildsvc.store.healing import good_copies
from buildsvc.usecases.site import Site

Kind = Literal["artifact", "blob", "base", "image", "ledger", "analysis"]
BytesRead = Callable[[int], None]


@dataclass(frozen=True)
class Damage:
    """Something that is not what it says. `name` is a digest, a base's name or a place in the ledger; `whose` says in
    words what needs it; `mended` what was done about it, empty where nothing was.
    """

    kind: Kind
    name: str
    fault: str
    whose: str = ""
    mended: str = ""

    @property
    def remedy(self) -> str:
        return "" if self.mended else Wording(f"damage-remedy.{self.kind}")


def verify(
    site: Site, *, repair: bool = False, backup: Path | None = None, pace: BytesRead | None = None
) -> Iterator[Damage]:
    """Read everything that is kept and compare it with what it says; yields what is wrong, as it is found. `repair`
    moves aside what is damaged, `backup` names a file whose good bytes heal it. `pace` is told the bytes of each piece.
    Raises Refused `backup-damaged`, NotFound `no-backup`.
    """
    for name, fault in site.ledger.faults():
        yield Damage("ledger", name, fault)
    for sha256 in site.analyses.damaged():
        mended = ""
        if repair:
            site.analyses.remove(sha256)
            mended = Wording("damage.removed")
        yield Damage("analysis", sha256, Wording("damage.not-as-written"), mended=mended)
    found = list(_blobs(site, pace))
    healed = good_copies(backup, site.layout, {one.name for one in found}) if repair and backup else frozenset()
    for one in found:
        yield _mended(site, one, healed) if repair else one


def owners(site: Site) -> dict[str, tuple[Kind, str]]:
    """Return every digest that something recorded needs, and what needs it."""
    needed: dict[str, tuple[Kind, str]] = {}
    named = site.ledger.references()
    for digest in named.contents | named.artifacts:
        needed[f"sha256:{digest}"] = (
            "artifact",
            Wording("damage.of-content" if digest in named.contents else "damage.of-upload"),
        )
    for stored in site.ledger.applications():
        for part in stored.application.jar_components:
            for release in site.ledger.releases(stored.application.name, part.name):
                if release.pruned is None:
                    _of_release(site, release, needed)
    for base in site.bases.list():
        needed.update(dict.fromkeys(blobs(base.image), ("base", Wording("damage.of-base", name=base.name))))
    return needed


def fault_of(site: Site, digest: str, pace: BytesRead | None = None) -> str:
    """Tell what is wrong with one blob, "" where nothing is."""
    if not site.layout.has(digest):
        return Wording("damage.missing")
    return "" if site.layout.verify(digest, pace) else Wording("damage.not-as-named")


def _of_release(site: Site, release: Release, needed: dict[str, tuple[Kind, str]]) -> None:
    whose = Wording(
        "damage.of-release", number=release.number, component=release.component, application=release.application
    )
    if not release.is_image_only:
        file = Wording("damage.of-file", file=release.filename, whose=whose)
        needed[f"sha256:{release.artifact}"] = ("artifact", file)
    manifest = release.image.manifest
    needed[manifest] = ("image", whose)
    try:
        told = json.loads(site.layout.document(manifest))
        parts = [told["config"]["digest"], *(layer["digest"] for layer in told["layers"])]
    except (Failure, ValueError, KeyError):
        # Said of the manifest itself.
        return
    for digest in parts:
        needed.setdefault(digest, ("image", whose))


def _blobs(site: Site, pace: BytesRead | None) -> Iterator[Damage]:
    needed = owners(site)
    for digest in sorted({*needed, *site.layout}):
        fault = fault_of(site, digest, pace)
        if fault:
            kind, whose = needed.get(digest, ("blob", ""))
            yield Damage(kind, digest, fault, whose)


def _mended(site: Site, damage: Damage, healed: frozenset[str]) -> Damage:
    if damage.name in healed:
        return replace(damage, mended=Wording("damage.healed"))
    if not site.layout.has(damage.name):
        return damage
    aside = site.settings.data / "damaged"
    aside.mkdir(mode=0o700, exist_ok=True)
    site.layout.path(damage.name).replace(aside / damage.name.removeprefix("sha256:"))
    site.layout.delete(damage.name)
    # What is gone has to be brought by somebody; only what nobody needs is mended by that.
    if damage.kind == "blob":
        return replace(damage, mended=Wording("damage.moved"))
    return replace(damage, fault=Wording("damage.aside"))
