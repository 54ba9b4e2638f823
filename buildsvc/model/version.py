"""A version: a numbered, immutable snapshot of a whole application, as any site would understand it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from buildpacks.sentences.wording import Wording
from buildsvc.model.application import Application, Component, Secret
from buildsvc.model.release import BuildFacts, ImageRef, Release


@dataclass(frozen=True)
class BuiltImage:
    """The image of a jar component for one platform, and what its build decided there."""

    image: ImageRef
    build: BuildFacts


@dataclass(frozen=True)
class PinnedJar:
    """What a jar component runs: its artifact (SHA-256, hex) and an image for each platform. `release` is the number on
    the site where the version was made.
    """

    component: str
    release: int
    artifact: str
    filename: str
    images: tuple[BuiltImage, ...]

    @classmethod
    def of(cls, release: Release) -> PinnedJar:
        """Pin what a release runs, by the image that it was recorded with."""
        built = BuiltImage(release.image, release.build)
        return cls(release.component, release.number, release.artifact, release.filename, (built,))

    def on(self, platform: str) -> BuiltImage | None:
        """Return the image for a platform (`linux/arm64`), None where there is none."""
        return next((one for one in self.images if one.image.platform == platform), None)


@dataclass(frozen=True)
class PinnedImage:
    """What an image component runs: the image of this reference, by its digests, for each platform."""

    component: str
    images: tuple[ImageRef, ...]

    def on(self, platform: str) -> ImageRef | None:
        """Return the image for a platform, None where there is none."""
        return next((one for one in self.images if one.platform == platform), None)


@dataclass(frozen=True)
class ApplicationSnapshot:
    """A whole application without anything that belongs to one site: secrets are names, addresses are not chosen."""

    application: Application
    jars: tuple[PinnedJar, ...]
    images: tuple[PinnedImage, ...]

    def jar(self, component: str) -> PinnedJar | None:
        return next((one for one in self.jars if one.component == component), None)

    def image(self, component: str) -> PinnedImage | None:
        return next((one for one in self.images if one.component == component), None)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the values that every site gives by itself."""
        found = {
            value.name
            for component in self.application.components
            for _, value in component.environment
            if isinstance(value, Secret)
        }
        return tuple(sorted(found))

    @property
    def manifests(self) -> tuple[str, ...]:
        """The digests of all its images' manifests."""
        built = (one.image.manifest for jar in self.jars for one in jar.images)
        return (*built, *(one.manifest for image in self.images for one in image.images))

    @property
    def platforms(self) -> frozenset[str]:
        """Return those for which every component has an image."""
        each = [{one.image.platform for one in jar.images} for jar in self.jars]
        each += [{one.platform for one in image.images} for image in self.images]
        return frozenset(set.intersection(*each)) if each else frozenset()


@dataclass(frozen=True)
class Version:
    """`number` counts per application of a site, from 1. `origin` says which site made it, as what: `site/number`."""

    id: str
    application: str
    number: int
    name: str
    note: str
    snapshot: ApplicationSnapshot
    actor: str
    created: datetime
    origin: str = ""


@dataclass(frozen=True)
class ComponentChange:
    """One component between two snapshots. `what` is added, removed, replaced (other bytes) or changed (its
    specification alone); `details` name what differs.
    """

    component: str
    what: str
    details: tuple[str, ...] = ()


def same(one: ApplicationSnapshot, other: ApplicationSnapshot) -> bool:
    """Whether both say the same; what the releases are numbered does not count, nor for how many platforms."""
    return not differences(one, other) and _frame(one) == _frame(other)


def differences(before: ApplicationSnapshot, after: ApplicationSnapshot) -> tuple[ComponentChange, ...]:
    """Tell what changes from one snapshot to another, component by component, in the order of `after`, removed ones
    last.
    """
    old = {component.name: component for component in before.application.components}
    new = {component.name: component for component in after.application.components}
    found = []
    for name, component in new.items():
        if name not in old:
            found.append(ComponentChange(name, "added"))
            continue
        details = (*_bytes(before, after, name), *spec_changes(old[name], component))
        if details:
            what = "replaced" if _bytes(before, after, name) else "changed"
            found.append(ComponentChange(name, what, details))
    found += [ComponentChange(name, "removed") for name in old if name not in new]
    return tuple(found)


def spec_changes(before: Component, after: Component) -> tuple[str, ...]:
    """Return the names of the fields of a specification that differ; of the environment its keys."""
    found: list[str] = []
    for field in vars(after):
        if getattr(before, field) == getattr(after, field) or field == "image":
            continue
        if field == "environment":
            found += _environment(dict(before.environment), dict(after.environment))
        else:
            found.append(field)
    return tuple(found)


def _environment(before: dict[str, object], after: dict[str, object]) -> list[Wording]:
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return [Wording("change-detail.environment", key=key) for key in keys]


def _bytes(before: ApplicationSnapshot, after: ApplicationSnapshot, name: str) -> tuple[str, ...]:
    jars = before.jar(name), after.jar(name)
    if jars[0] is not None and jars[1] is not None:
        return _jar_bytes(jars[0], jars[1])
    images = before.image(name), after.image(name)
    if images[0] is not None and images[1] is not None:
        return _image_bytes(images[0], images[1])
    return (Wording("change-detail.kind"),) if jars != (None, None) or images != (None, None) else ()


def _jar_bytes(before: PinnedJar, after: PinnedJar) -> tuple[str, ...]:
    if before.artifact and before.artifact == after.artifact:
        return ()
    old, new = before.filename, after.filename
    told = [Wording("change-detail.no-jar", filename=one.filename) for one in (before, after) if not one.artifact]
    if not before.artifact and not after.artifact:
        # What was adopted is known by its image alone.
        images = [{one.image.config for one in jar.images} for jar in (before, after)]
        return () if images[0] == images[1] else (f"{old} → {new}", *told[:1])
    return (f"{old} → {new}", *told)


def _image_bytes(before: PinnedImage, after: PinnedImage) -> tuple[str, ...]:
    # A platform that only one of both has says nothing: a bundle may bring more of them.
    shared = [(before.on(one.platform), one) for one in after.images if before.on(one.platform) is not None]
    if all(old is not None and old.config == new.config for old, new in shared) and shared:
        return ()
    old, new = before.images[0].reference, after.images[0].reference
    return (f"{old} → {new}" if old != new else Wording("change-detail.bytes", image=new),)


def _frame(snapshot: ApplicationSnapshot) -> object:
    """Return what belongs to no component."""
    return replace(snapshot.application, components=())
