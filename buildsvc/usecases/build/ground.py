"""What a program stands on: its server, where it brings none, and the base image with the Java that is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildpacks.analysis import Analysis
from buildpacks.java.decide import JavaDecision, decide, smallest
from buildpacks.kinds import tomcat
from buildpacks.plan import BuildPlan
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording, said_of
from buildsvc.image.bases import BaseCache
from buildsvc.image.types import BaseImage
from buildsvc.model.events import BaseChosen, Event, ServerChosen
from buildsvc.model.raised import warned
from buildsvc.usecases.build import natives
from buildsvc.usecases.build.order import Order


@dataclass(frozen=True)
class Ground:
    """`reason` says in a sentence why it is this base; `server` is None where the program needs none."""

    base: BaseImage
    reason: str
    server: BaseImage | None


def chosen(
    bases: BaseCache, analysis: Analysis, plan: BuildPlan, order: Order, publish: Callable[[Event], None]
) -> Ground:
    """Choose for `plan` out of the cache, and tell; what its native libraries lack there, too. Raises Refused where
    nothing in it fits, or they cannot be loaded.
    """
    server = _server(bases, plan, publish)
    needs = tomcat.java_of(server.release) if server else None
    decision = decide(analysis, plan, bases.with_java(), order.platform, pin=order.java, server=needs)
    base = bases.get(decision.base.name)
    _tell(base, order.platform, decision, publish)
    natives.look(analysis, base, bases=bases, wish=order.natives, page=order.page, publish=publish)
    return Ground(base, decision.reason, server)


def smallest_base(bases: BaseCache, platform: Platform, java: int) -> BaseImage:
    """Choose the base that fits a Java release best, whatever is to run on it. Raises Refused `no-base-image`."""
    return bases.get(smallest(bases.with_java(), platform, java).base.name)


def _server(bases: BaseCache, plan: BuildPlan, publish: Callable[[Event], None]) -> BaseImage | None:
    if plan.server is None:
        return None
    server = bases.server(plan.server, plan.title)
    line = tomcat.line_of(server.release)
    oldest = Wording("server-reason.oldest", line=line, reason=plan.server.reason)
    publish(ServerChosen(server.name, server.release, str(oldest), reason_said=said_of(oldest)))
    return server


def _tell(base: BaseImage, platform: Platform, decision: JavaDecision, publish: Callable[[Event], None]) -> None:
    reason = decision.reason
    publish(BaseChosen(base.name, base.java_version, str(platform), str(reason), reason_said=said_of(reason)))
    for caution in decision.cautions:
        publish(warned(caution.key, **caution.values))
