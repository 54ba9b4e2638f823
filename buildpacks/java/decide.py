"""The whole Java rule: which release an artifact needs, which of the bases that are there it gets, and what to say.

By bytecode: the smallest release at or above the newest class of the application itself; its libraries' newer classes
are served where a base allows it. A pin and a server's own need come before that. What newer releases lack
(`java/removed.toml`) makes a library's wish give way. A plan states the first half, `java_need`; `decide` the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from buildpacks import classfile
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.java import removed
from buildpacks.plan import BuildPlan
from buildpacks.platforms import Platform
from buildpacks.sentences.values import sentence
from buildpacks.sentences.wording import Wording

OLDEST_BASE = 8
"""No base image is older; classes of Java 1 to 7 run on it."""


@dataclass(frozen=True)
class JavaNeed:
    """`minimum` is the hard need of the application itself; `newest` the need of its newest library, where above."""

    minimum: int
    newest: int | None
    reason: str


@dataclass(frozen=True)
class JavaBase:
    """A base image with Java, as far as the decision is concerned: `kind` is jre or jdk, `java` its release."""

    name: str
    kind: str
    java: int
    platform: Platform


@dataclass(frozen=True)
class JavaDecision:
    """The base that an artifact gets, the sentence that says why, and what to be aware of, with what to do about it."""

    base: JavaBase
    reason: str
    cautions: tuple[Wording, ...] = ()


def java_need(analysis: Analysis) -> JavaNeed:
    """Return the smallest Java releases by bytecode. An artifact without classes of its own needs what its libraries
    need.
    """
    own = max(filter(None, (analysis.classes.newest_major, analysis.main_class_major)), default=None)
    dated = tuple(item for item in analysis.libraries if item.classes.newest_major)
    newest = max(dated, key=lambda item: item.classes.newest_major or 0, default=None)
    theirs = newest.classes.newest_major if newest else None
    major = own or theirs
    if major is None:
        return JavaNeed(OLDEST_BASE, None, Wording("java-reason.no-classes", java=OLDEST_BASE))
    minimum = max(OLDEST_BASE, classfile.java_release(major))
    last = newest.entry.rpartition("/")[2] if newest else ""
    said = {"java": classfile.java_release(major), "major": major}
    reason = Wording("java-reason.own", **said) if own else Wording("java-reason.library", library=last, **said)
    if newest is None or theirs is None or classfile.java_release(theirs) <= minimum:
        return JavaNeed(minimum, None, reason)
    wanted = classfile.java_release(theirs)
    return JavaNeed(minimum, wanted, Wording("java-reason.newer-library", reason=reason, library=last, java=wanted))


def decide(
    analysis: Analysis,
    plan: BuildPlan,
    there: Sequence[JavaBase],
    platform: Platform,
    *,
    pin: int | None = None,
    server: tuple[int, str] | None = None,
) -> JavaDecision:
    """Decide which base runs `plan` on `platform`. `there` are all bases with Java, of one release the newest last;
    `pin` is the release that the component asks for, `server` what its server needs and why.

    Raises Refused `java-pinned-too-low`, `no-base-image`; and where an entry that is looked at is damaged.
    """
    needed, why = max((plan.java, plan.java_reason), server or (0, ""), key=lambda one: one[0])
    if pin is not None and pin < needed:
        raise Refused("java-pinned-too-low", java=pin, filename=analysis.filename, needed=needed, why=why)
    choice = smallest(there, platform, pin or needed, pin or plan.newest_java_seen)
    lacks = removed.lacking(analysis, choice.base.java)
    if lacks and pin is None:
        other = smallest(there, platform, needed)
        if other.base.java != choice.base.java and not removed.lacking(analysis, other.base.java):
            choice, lacks = _given_way(other, choice.base.java, lacks[0]), ()
    java = choice.base.java
    told = tuple(lack.tell(java) for lack in lacks)
    return JavaDecision(choice.base, choice.reason, (*choice.cautions, *_too_new(plan, java), *told))


def smallest(there: Sequence[JavaBase], platform: Platform, java: int, preferred: int | None = None) -> JavaDecision:
    """Choose the smallest release at or above `preferred` (what libraries ask for too), otherwise the newest at or
    above `java` with a caution. A JRE before a JDK of the same release. Raises Refused `no-base-image`.
    """
    wanted = max(java, preferred or java)
    newest_first = [base for base in reversed(there) if base.java >= java and base.platform == platform]
    usable = sorted(newest_first, key=lambda base: (base.java, base.kind != "jre"))
    if not usable:
        raise _nothing(there, platform, java, wanted)
    enough = [base for base in usable if base.java >= wanted]
    if enough:
        reason = Wording("base-reason.smallest", java=enough[0].java, wanted=wanted, platform=platform)
        return JavaDecision(enough[0], reason)
    newest = usable[-1].java
    return JavaDecision(
        next(base for base in usable if base.java == newest),
        Wording("base-reason.newest", newest=newest, java=java, platform=platform),
        (Wording("base.older-than-a-library", wanted=wanted, newest=newest, platform=platform),),
    )


def outlook(analysis: Analysis) -> tuple[str, ...]:
    """Tell what it would miss on some release that exists, as sentences, for who has not chosen one yet.

    Raises Refused where an entry is damaged.
    """
    found = removed.lacking(analysis, removed.LONG_TERM[-1])
    told = (lack.tell(lack.removed.since) for lack in found)
    return tuple(Wording("with-hint", said=one) for one in told)


def _given_way(lower: JavaDecision, newer: int, lack: removed.Lack) -> JavaDecision:
    """Where only a library asks for a newer release, and that lacks what the application itself needs."""
    reason = Wording("base-reason.given-way", reason=lower.reason, newer=newer, lacks=lack.removed.name)
    return JavaDecision(lower.base, reason, (Wording("base.below-a-library", java=lower.base.java),))


def _too_new(plan: BuildPlan, java: int) -> tuple[Wording, ...]:
    """Where the release is beyond what the framework is known to run on."""
    if plan.newest_java_known_good is None or java <= plan.newest_java_known_good:
        return ()
    older = max(OLDEST_BASE, plan.java)
    known = plan.newest_java_known_good
    return (Wording("base.newer-than-known", title=plan.title, known=known, java=java, older=older),)


def _nothing(there: Sequence[JavaBase], platform: Platform, java: int, wanted: int) -> Refused:
    have = [sentence("java-base", java=base.java, platform=base.platform) for base in there]
    # Recipes exist for the releases with long-term support.
    offered = next((release for release in removed.LONG_TERM if release >= wanted), wanted)
    return Refused("no-base-image.java", java=java, platform=platform, there=have, offered=offered)
