"""From what a version pins to releases of this site: the live one, one that was recorded earlier, or a new one."""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.errors import Refused
from buildsvc.model.application import Component
from buildsvc.model.release import Release
from buildsvc.model.version import BuiltImage, PinnedJar
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions.goal import Goal


@dataclass(frozen=True)
class PinnedReleases:
    """The releases that shall serve, by component, and those that do so already."""

    releases: dict[str, Release]
    untouched: frozenset[str]

    @property
    def changing(self) -> dict[str, Release]:
        """The releases that have to be swapped in."""
        return {name: release for name, release in self.releases.items() if name not in self.untouched}


def pinned(site: Site, found: Goal, platform: str) -> PinnedReleases:
    """Find or record a release for every jar component of the goal. What serves already as it shall is not touched.
    Raises Refused `wrong-bundle-platform`.
    """
    name = found.snapshot.application.name
    live = site.ledger.live_all(name)
    releases: dict[str, Release] = {}
    untouched = set()
    for jar in found.snapshot.jars:
        spec = found.snapshot.application.component(jar.component)
        if spec is None:
            continue
        now = live.get(jar.component)
        own = PinnedJar.of(now.release) if now is not None and jar.component in found.keep else jar
        if now is not None and _is_same(now.release, own) and now.release.spec == spec:
            releases[jar.component] = now.release
            untouched.add(jar.component)
        else:
            releases[jar.component] = _release(site, name, spec, own, on(found, own, platform))
    return PinnedReleases(releases, frozenset(untouched))


def _is_same(release: Release, jar: PinnedJar) -> bool:
    """Whether a release has the pinned bytes: those of the artifact, or of the image where no jar is known."""
    if release.artifact != jar.artifact:
        return False
    return not release.is_image_only or any(one.image.config == release.image.config for one in jar.images)


def on(found: Goal, jar: PinnedJar, platform: str) -> BuiltImage:
    """Return the image of a jar component for a platform. Raises Refused `wrong-bundle-platform`."""
    built = jar.on(platform)
    if built is None:
        raise no_platform(found, jar.component, platform)
    return built


def no_platform(found: Goal, component: str, platform: str) -> Refused:
    """Return the refusal of a version that does not run here."""
    return Refused(
        "wrong-bundle-platform.component", version=found.version.name, component=component, platform=platform
    )


def _release(site: Site, application: str, spec: Component, jar: PinnedJar, built: BuiltImage) -> Release:
    wanted = (jar.artifact, built.image, spec)
    for known in site.ledger.releases(application, jar.component):
        if known.pruned is None and (known.artifact, known.image, known.spec) == wanted:
            return known
    return site.ledger.create_release(
        application=application,
        component=jar.component,
        artifact=jar.artifact,
        filename=jar.filename,
        image=built.image,
        build=built.build,
        spec=spec,
    )
