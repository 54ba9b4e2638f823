"""What a buildpack decides: which files go into which layer, and how the program starts. Data, frozen, no I/O.

A plan names bytes, it does not hold them: an `Entry` of the artifact, a `Packed` jar made of some of its entries, or
literal `content`. `buildsvc.image.assemble` turns a plan and a base into an image.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Whole:
    """The artifact itself, byte for byte."""


@dataclass(frozen=True)
class Entry:
    """One entry of the artifact (a zip member, by its full name), unpacked."""

    name: str


@dataclass(frozen=True)
class Packed:
    """A jar made of entries of the artifact, in this order, each compressed as it was there.

    `entries` are pairs (name in the artifact, name in the new jar). `META-INF/MANIFEST.MF` comes first when present.
    """

    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Literal:
    """Bytes that the buildpack itself writes."""

    content: bytes


FileSource = Whole | Entry | Packed | Literal


@dataclass(frozen=True)
class PlannedFile:
    """One file of a layer; `path` is relative to the image's root, without a leading slash: `app/app.jar`."""

    path: str
    source: FileSource
    mode: int = 0o644


@dataclass(frozen=True)
class Ready:
    """A layer that lies in the content store already, uncompressed: its digest (`sha256:…`) and size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True)
class PlannedLayer:
    """One layer; `content_mtime` says whether its files get an mtime derived from their content (dependencies) or the
    stamp (application). `role` is one of base, dependencies, loader, snapshot-dependencies, application, cds, or a name
    from the artifact's own `layers.idx`. One that is `ready` has no files here.
    """

    role: str
    files: tuple[PlannedFile, ...]
    content_mtime: bool = True
    ready: Ready | None = None


@dataclass(frozen=True)
class Launch:
    """How `java` is started: `java *options *target *arguments`.

    `options` are JVM options that always apply; `target` is `-cp … Main` or `-jar …`. The engine puts the component's
    own options (heap percentage, JAVA_OPTS) between the two, and its `command:` behind.
    """

    options: tuple[str, ...]
    target: tuple[str, ...]
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Server:
    """What a program without a server of its own runs on: a layer from the cache, between base and program.

    `lines` are the lines of releases that can run it, best first (`10.1`); `reason` says why these.
    """

    kind: str
    lines: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class BuildPlan:
    """The whole decision of one buildpack for one artifact. Layers bottom up; `java` is the smallest Java release
    able to run it, `java_reason` the sentence that says why; `warnings` are complete sentences.
    """

    buildpack: str
    java: int
    java_reason: str
    layers: tuple[PlannedLayer, ...]
    launch: Launch
    title: str
    version: str | None = None
    revision: str | None = None
    working_dir: str = "/app"
    keeps_sessions_in_memory: bool = False
    web: bool = True
    newest_java_seen: int | None = None
    """The release that the newest class of any *library* asks for, where that is above `java`; only a warning."""
    warnings: tuple[str, ...] = ()
    newest_java_known_good: int | None = None
    """The newest release that its framework is known to run on; a newer base deserves a warning (`java.decide`)."""
    environment: tuple[tuple[str, str], ...] = ()
    """Defaults for the image's environment; the component's own values win."""
    server: Server | None = None
    """None where the program brings its own, or is none."""
    writable: tuple[str, ...] = ()
    """Folders beside the working folder that the instance's user owns, relative to the image's root."""
    buildpack_digest: str | None = None
    """SHA-256 of the file, where a site's own buildpack made the plan; None for a built-in one."""
    hints: tuple[tuple[str, str], ...] = ()
    """Ports and paths by property name that hold whatever the artifact's own configuration says."""
