"""Turn an artifact and a base image into an image: analyse, detect, choose the base, assemble."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.buildpack import Buildpacks
from buildpacks.errors import Refused
from buildpacks.facts.nested_jars import Known, nothing_known
from buildpacks.java import cds, jvm
from buildpacks.kinds import tomcat, war
from buildpacks.kinds.detect import BUILT_IN, detect
from buildpacks.plan import BuildPlan
from buildpacks.platforms import Platform
from buildpacks.split import apart, shared
from buildsvc.image import class_archives
from buildsvc.image.assemble import Assembled, assemble, owner
from buildsvc.image.bases import BaseCache, Choice
from buildsvc.image.class_archives import ClassArchive
from buildsvc.image.layer import LayerMaker
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage, Image
from buildsvc.model.application import Natives
from buildsvc.model.events import Analysed, ArchiveUsed, BaseChosen, Event, ImageBuilt, ServerChosen, Warned
from buildsvc.model.matching import configuration_hints
from buildsvc.model.release import BuildFacts, ImageRef
from buildsvc.usecases.build import natives, outdated

Publish = Callable[[Event], None]


@dataclass(frozen=True)
class Order:
    """What to build. `stamp` makes the time of the application's files out of the artifact's newest; `java` pins the
    release; `buildpacks` are asked whose it is; `context` is the context path of a war on Tomcat; `shared` puts large
    libraries into layers of their own; `split` names those that share one because they change; `cds` uses the CDS
    archive of its libraries, or has the instance write down what the next one is made of; `whole` checks every byte,
    where no intake has done so; `natives` says what follows where a native library cannot be loaded, `page` the size
    of a memory page in bytes on the host that will run it, where that is known.
    """

    path: Path
    filename: str
    sha256: str | None
    platform: Platform
    reference: str
    java: int | None = None
    buildpacks: Buildpacks = BUILT_IN
    context: str = "/"
    stamp: Callable[[int], int] = lambda newest: newest
    shared: bool = False
    split: Callable[[Analysis], Collection[str]] = lambda _: ()
    cds: bool = False
    whole: bool = False
    natives: Natives = "auto"
    page: int | None = None


@dataclass(frozen=True)
class Built:
    """An image in the content store, and the record of how it came about."""

    image: Image
    base: Image
    facts: BuildFacts
    analysis: Analysis
    archive: ClassArchive | None = None

    @property
    def reference(self) -> ImageRef:
        return ImageRef(
            self.image.reference, self.image.config.digest, self.image.manifest.digest, str(self.image.platform)
        )


def build(layout: Layout, bases: BaseCache, order: Order, publish: Publish, known: Known = nothing_known) -> Built:
    """Build `order` offline. Raises Refused when the artifact cannot run or no cached base image fits."""
    ahead: set[str] = set()
    analysis, plan, names = planned(order, publish, known, partial(_write_ahead, layout, bases, order, ahead))
    server = _server(bases, plan, publish)
    choice = _choose(bases, analysis, plan, order, publish, server=server)
    natives.look(analysis, choice.base, bases=bases, wish=order.natives, page=order.page, publish=publish)
    plan, key, archive = _archived(layout, plan, analysis, choice.base, publish) if order.cds else (plan, "", None)
    stamp = order.stamp(analysis.newest_mtime)
    assembled = _assemble(
        layout,
        analysis,
        plan,
        choice,
        reference=order.reference,
        stamp=stamp,
        server=server,
        ahead=ahead,
        publish=publish,
    )
    facts = replace(_facts(analysis, plan, choice, stamp), split=tuple(sorted(names)), cds=key)
    return Built(assembled.image, choice.base.image, facts, analysis, archive)


def planned(
    order: Order, publish: Publish, known: Known, meanwhile: Callable[[Analysis], object] | None = None
) -> tuple[Analysis, BuildPlan, Collection[str]]:
    """The facts, the plan with the layers that `order` asks for, and the names of the libraries that were put apart."""
    analysis, plan = _analyse(order, publish, known, meanwhile)
    return analysis, *_layered(order, analysis, plan)


def _layered(order: Order, analysis: Analysis, plan: BuildPlan) -> tuple[BuildPlan, Collection[str]]:
    names = order.split(analysis)
    return apart(shared(plan, analysis) if order.shared else plan, names), names


def _write_ahead(layout: Layout, bases: BaseCache, order: Order, written: set[str], named: Analysis) -> None:
    """Write the layers of libraries, as far as an analysis that cannot tell yet what is in them knows which they are;
    their digests go into `written`.

    The disk is busy then while the processors are. Nothing is decided: the build finds such a layer by its content, or
    does not use it, and whatever stands against it says the build, which knows everything.
    """
    own = any(one.file for one in order.buildpacks.ordered)
    if own or named.layers_index is None:
        # A site's own buildpack is asked once; without an index the libraries themselves say where they belong.
        return
    try:
        plan, _ = _layered(order, named, detect(named, order.buildpacks))
        base = bases.choose(order.java or plan.java, None, order.platform).base
        maker = LayerMaker(named, layout, owner(base, plan), named.newest_mtime)
        # The last is the application's own; it also holds the user's folders.
        made = [maker.make(planned) for planned in plan.layers[:-1] if planned.content_mtime]
        written.update(one.layer.diff_id for one in made if one.written)
    except Refused:
        return


def _archived(
    layout: Layout, plan: BuildPlan, analysis: Analysis, base: BaseImage, publish: Publish
) -> tuple[BuildPlan, str, ClassArchive | None]:
    """The plan with the CDS archive of its libraries, or one that writes down what to make it of; and its key."""
    found = cds.arrange(plan, analysis)
    if found is None or (base.java or 0) < cds.OLDEST_JAVA:
        return plan, "", None
    key = cds.key(found, analysis, base.image.config.digest)
    archive = class_archives.find(layout, key)
    if archive is None:
        return cds.recorded(plan), key, None
    found = found.without(archive.left_out)
    if archive.unusable or not cds.unpacked(layout.read(archive.names)).isdisjoint(cds.names(analysis, found.moving)):
        # A name that is new in the program and also in a library: the program's must win, so it stays in front.
        return plan, key, None
    publish(ArchiveUsed(archive.classes))
    return cds.archived(plan, found, archive.ready), key, archive


def _analyse(
    order: Order, publish: Publish, known: Known, meanwhile: Callable[[Analysis], object] | None
) -> tuple[Analysis, BuildPlan]:
    began = time.monotonic()
    analysis = analyse(
        order.path,
        order.filename,
        sha256=order.sha256,
        known=known,
        machines=(order.platform.architecture,),
        whole=order.whole,
        meanwhile=meanwhile,
    )
    plan = war.at(detect(analysis, order.buildpacks), order.context)
    seconds = time.monotonic() - began
    publish(
        Analysed(
            plan.buildpack, plan.title, plan.version, plan.java, plan.java_reason, len(analysis.libraries), seconds
        )
    )
    for warning in plan.warnings:
        publish(Warned("artifact", warning))
    return analysis, plan


def _server(bases: BaseCache, plan: BuildPlan, publish: Publish) -> BaseImage | None:
    if plan.server is None:
        return None
    server = bases.server(plan.server, plan.title)
    line = tomcat.line_of(server.release)
    oldest = f"Tomcat {line} is the oldest in the cache that can run it, because {plan.server.reason}."
    publish(ServerChosen(server.name, server.release, oldest))
    return server


def _choose(
    bases: BaseCache, analysis: Analysis, plan: BuildPlan, order: Order, publish: Publish, *, server: BaseImage | None
) -> Choice:
    needed, why = _java(plan, server)
    if order.java is not None and order.java < needed:
        raise Refused(
            "java-pinned-too-low",
            f"The component is pinned to Java {order.java}, but {order.filename} needs {needed}: {why}",
            f"Set x-buildsvc.java to {needed} or take the pin away.",
        )
    choice = bases.choose(order.java or needed, order.java or plan.newest_java_seen, order.platform)
    lower = (lambda: bases.choose(needed, None, order.platform)) if order.java is None else None
    choice, missing = outdated.settled(analysis, choice, lower)
    publish(BaseChosen(choice.base.name, choice.base.java_version, str(order.platform), choice.reason))
    java = choice.base.java or plan.java
    for warning in (choice.warning, jvm.too_new(plan, java)):
        if warning:
            publish(Warned("base", warning))
    for one in missing:
        publish(one)
    return choice


def _java(plan: BuildPlan, server: BaseImage | None) -> tuple[int, str]:
    """The Java release that the plan and the server that was chosen for it both run on, and why."""
    if server is not None:
        line = next(line for line in tomcat.lines() if line.name == tomcat.line_of(server.release))
        if line.java > plan.java:
            return line.java, f"Tomcat {line.name} needs it"
    return plan.java, plan.java_reason


def _assemble(
    layout: Layout,
    analysis: Analysis,
    plan: BuildPlan,
    choice: Choice,
    *,
    reference: str,
    stamp: int,
    server: BaseImage | None,
    ahead: Collection[str],
    publish: Publish,
) -> Assembled:
    began = time.monotonic()
    assembled = assemble(analysis, plan, choice.base, layout, reference=reference, stamp=stamp, server=server)
    image = assembled.image
    written = [one for one in assembled.layers if not one.reused or one.layer.diff_id in ahead]
    publish(
        ImageBuilt(
            image.reference,
            image.manifest.digest,
            len(image.layers),
            len(written),
            sum(one.layer.descriptor.size for one in written),
            time.monotonic() - began,
        )
    )
    return assembled


def _facts(analysis: Analysis, plan: BuildPlan, choice: Choice, stamp: int) -> BuildFacts:
    return BuildFacts(
        buildpack=plan.buildpack,
        buildpack_digest=plan.buildpack_digest,
        java=plan.java,
        java_reason=plan.java_reason,
        base=choice.base.name,
        base_digest=choice.base.image.manifest.digest,
        base_reason=choice.reason,
        title=plan.title,
        version=plan.version,
        stamp=stamp,
        launch=plan.launch,
        environment=plan.environment,
        user=choice.base.user,
        java_version=choice.base.java_version,
        keeps_sessions_in_memory=plan.keeps_sessions_in_memory,
        hints=tuple(sorted({**configuration_hints(analysis), **dict(plan.hints)}.items())),
    )
