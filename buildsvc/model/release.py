"""A release: the immutable record of what a component runs. Rolling back means running such a record again, whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from buildpacks.plan import Launch
from buildsvc.model.application import Component


@dataclass(frozen=True)
class ImageRef:
    """The image of a release: unique tag, digests of config and manifest, platform as text (`linux/amd64`)."""

    reference: str
    config: str
    manifest: str
    platform: str


@dataclass(frozen=True)
class BuildFacts:
    """What the build decided, kept for the record. Sizes in bytes."""

    buildpack: str
    java: int
    java_reason: str
    base: str
    base_digest: str
    base_reason: str
    title: str
    version: str | None
    stamp: int
    launch: Launch
    environment: tuple[tuple[str, str], ...] = ()
    """What the plan adds below the component's own environment."""
    user: str = "10001:10001"
    keeps_sessions_in_memory: bool = False
    hints: tuple[tuple[str, str], ...] = ()
    """What the jar's own configuration says of ports and paths, by property name (`server.port`)."""
    registry_clients: tuple[str, ...] = ()
    """Libraries by which it registers somewhere, or finds others there (`buildpacks.java.registry_clients`)."""
    registry_settings: tuple[tuple[str, str], ...] = ()
    """What its own configuration says of that, by canonical key; `${…}` as it is written."""
    buildpack_digest: str | None = None
    """SHA-256 of the file of the site's own buildpack that planned it; None for a built-in one."""
    split: tuple[str, ...] = ()
    """Names of libraries that this build put into a layer of their own, because they were seen to change."""
    cds: str = ""
    """What a CDS archive for this build would be valid for (`buildpacks.java.cds.key`); empty where none is of use."""
    java_version: str = ""
    """That of the base, as its Java says it (`17.0.15`)."""


@dataclass(frozen=True)
class Release:
    """`number` counts per component from 1. `spec` is the whole component as it was; secrets by reference. `pruned` is
    since when its files need not be there any more: then nobody can go back to it.
    """

    id: str
    application: str
    component: str
    number: int
    artifact: str
    filename: str
    image: ImageRef
    build: BuildFacts
    spec: Component
    created: datetime
    pruned: datetime | None = None

    @property
    def is_image_only(self) -> bool:
        """Whether it was adopted as it ran: an image is all that is known of it, and no jar."""
        return not self.artifact
