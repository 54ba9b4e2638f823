"""From a recorded release to what an engine needs to run it. The only place where secrets become plain."""

from __future__ import annotations

from collections.abc import Mapping

from buildpacks.jvm import command
from buildsvc.engines.base import RollOut
from buildsvc.model.application import Component
from buildsvc.model.deployment import Deployment
from buildsvc.model.release import Release
from buildsvc.usecases.site import Site

JAVA_OPTIONS = "JAVA_OPTS"


def roll_out_of(site: Site, deployment: Deployment, release: Release) -> RollOut:
    """Complete the release's spec: secrets by their current values, the whole command line, content by path."""
    stored = site.ledger.application(release.application)
    environment = {
        **dict(release.build.environment),
        **site.secrets.resolve(release.application, release.spec.environment),
    }
    argv = command(
        release.build.launch,
        memory_limit=release.spec.limits.memory,
        java_opts=environment.pop(JAVA_OPTIONS, None),
        arguments=release.spec.command or (),
    )
    return RollOut(
        deployment=deployment.id,
        application=release.application,
        component=release.spec,
        placement=stored.placement,
        release=release.number,
        image_reference=release.image.reference,
        command=argv,
        environment=environment,
        user=release.spec.user or release.build.user,
        contents=contents_of(site, (release.spec,)),
        networks=stored.application.networks,
        volumes=stored.application.volumes,
        hints=dict(release.build.hints),
    )


def contents_of(site: Site, components: tuple[Component, ...]) -> Mapping[str, str]:
    """Where the tar of every content mount lies on this machine."""
    return {
        mount.source: str(site.artifacts.path(mount.source))
        for component in components
        for mount in component.mounts
        if mount.kind == "content"
    }
