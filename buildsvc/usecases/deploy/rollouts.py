"""From a recorded release to what an engine needs to run it. The only place where secrets become plain."""

from __future__ import annotations

from collections.abc import Mapping

from buildpacks.java.jvm import command, locality_options
from buildpacks.java.jvm_limits import ContainerLimits
from buildsvc.engines.base import RollOut
from buildsvc.model.application import Component
from buildsvc.model.deployment import Deployment
from buildsvc.model.release import Release
from buildsvc.usecases.deploy.adopted_commands import command_of
from buildsvc.usecases.deploy.registering import own_id, registration_of
from buildsvc.usecases.deploy.taken_over import taken_over_by
from buildsvc.usecases.site import Site

JAVA_OPTIONS = "JAVA_OPTS"
READ_BY_JAVA = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
"""Variables that java itself reads options from."""
TIME_ZONE = "TZ"


def roll_out_of(site: Site, deployment: Deployment, release: Release) -> RollOut:
    """Complete the release's spec: secrets by their current values, the whole command line, content by path."""
    stored = site.ledger.application(release.application)
    told = site.secrets.resolve(release.application, release.spec.environment)
    jar = release.spec.jar
    # Who sets TZ in the environment has chosen already.
    timezone = jar.timezone if jar and TIME_ZONE not in told else None
    environment = {**dict(release.build.environment), **({TIME_ZONE: timezone} if timezone else {}), **told}
    argv = _command(site, release, environment, timezone)
    registration = registration_of(site, release, environment, argv)
    environment.update(own_id(registration, release, environment, argv))
    adopted = taken_over_by(site, deployment)
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
        peers=stored.application.components,
        registration=registration,
        hints=dict(release.build.hints),
        takes_over=adopted.ids[0] if adopted is not None else "",
    )


def _command(site: Site, release: Release, environment: dict[str, str], timezone: str | None) -> tuple[str, ...]:
    """Return the whole command line; what it takes out of the environment is gone from there. What was adopted is
    started by the very line that it was started by.
    """
    if release.is_image_only:
        return command_of(site, release)
    limits, jar = release.spec.limits, release.spec.jar
    return command(
        release.build.launch,
        limits=ContainerLimits(
            memory=limits.memory,
            cpus=limits.cpus,
            java=release.build.java_version,
            environment=tuple(environment[name] for name in READ_BY_JAVA if name in environment),
        ),
        java_opts=environment.pop(JAVA_OPTIONS, None),
        options=locality_options(timezone, jar.locale if jar else None),
        arguments=release.spec.command or (),
    )


def contents_of(site: Site, components: tuple[Component, ...]) -> Mapping[str, str]:
    """Where the tar of every content mount, and of what lay in a folder at first, lies on this machine."""
    mounts = [mount for component in components for mount in component.mounts]
    digests = {mount.source if mount.kind == "content" else mount.seed for mount in mounts}
    return {digest: str(site.artifacts.path(digest)) for digest in sorted(digests) if digest}
