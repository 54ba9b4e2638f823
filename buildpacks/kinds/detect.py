"""The ordered list of buildpacks: which one takes an artifact, and why nothing takes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from buildpacks import paths
from buildpacks.analyse import LOADER_PACKAGE
from buildpacks.analysis import Analysis
from buildpacks.buildpack import Buildpack, Buildpacks
from buildpacks.errors import Refused
from buildpacks.kinds import distribution, doubtful, executable_jar, quarkus, spring_boot, thin_app, war
from buildpacks.plan import BuildPlan
from buildpacks.programs import starts, thin
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict, stem

BUILT_IN = Buildpacks(
    (
        Buildpack("spring-boot", spring_boot.recognise, spring_boot.plan),
        Buildpack("war", war.recognise, war.plan),
        Buildpack("quarkus", quarkus.recognise, quarkus.plan),
        Buildpack("thin-app", thin_app.recognise, thin_app.plan),
        Buildpack("distribution", distribution.recognise, distribution.plan),
        Buildpack("executable-jar", executable_jar.recognise, executable_jar.plan),
    )
)
_THIN = ("ThinJarWrapper", "ThinJarLauncher")


def detect(analysis: Analysis, buildpacks: Buildpacks = BUILT_IN) -> BuildPlan:
    """Return the plan of the first buildpack that fits. Raises Refused with the reason and a remedy where none does.

    What the door refuses no built-in one is asked about, but a site's own may take it.
    """
    refusal = _refusal(analysis)
    notes = list(dict.fromkeys(Wording("artifact.broken-buildpack", fault=one.fault) for one in buildpacks.broken))
    for one in buildpacks.ordered:
        if refusal is not None and one.file is None:
            continue
        told = one.recognise(analysis)
        if told.failed:
            notes.append(
                Wording("artifact.buildpack-failed", name=one.name, filename=analysis.filename, reason=told.reason)
            )
        if told.fits:
            notes += () if refusal else _taken_away(one, analysis, buildpacks)
            made = paths.laid(one.plan(analysis), analysis.filename)
            return replace(made, warnings=(*notes, *made.warnings))
    raise _with_notes(refusal or _nothing_fits(analysis, buildpacks), notes)


def may_lack_libraries(analysis: Analysis) -> bool:
    """Whether libraries may have to be added to run it: one jar with a Class-Path, or a folder that the list gives to
    the thin jars and that lacks some of what it names.
    """
    if analysis.folder is None:
        return thin.may_lack(analysis)
    first = next((one.name for one in BUILT_IN.ordered if one.recognise(analysis).fits), None)
    return first == thin_app.NAME and bool(thin_app.missing(analysis))


def explain(analysis: Analysis, buildpacks: Buildpacks = BUILT_IN) -> tuple[Verdict, ...]:
    """Tell what every buildpack says of it, in the order in which they are asked."""
    return tuple(one.recognise(analysis) for one in buildpacks.ordered)


def _refusal(analysis: Analysis) -> Refused | None:
    try:
        refuse_unrunnable(analysis)
    except Refused as refused:
        return refused
    return None


def _taken_away(one: Buildpack, analysis: Analysis, buildpacks: Buildpacks) -> Iterable[Wording]:
    """Said aloud: a site's own buildpack never stands in front of a built-in one in silence."""
    would = next((other.name for other in buildpacks.behind(one) if other.recognise(analysis).fits), None)
    if would is not None:
        yield Wording("artifact.taken-away", name=one.name, file=one.file, other=would)


def _nothing_fits(analysis: Analysis, buildpacks: Buildpacks) -> Refused:
    said = explain(analysis, buildpacks)
    reasons = [Wording("verdict.of", buildpack=one.buildpack, reason=one.reason) for one in said]
    return Refused("not-runnable", filename=analysis.filename, reasons=Wording("several", items=reasons))


def _with_notes(refused: Refused, notes: Sequence[Wording]) -> Refused:
    """Where a buildpack of the site is broken, this may be what it was made for."""
    if not notes:
        return refused
    return Refused(f"{refused.code}.or-buildpack", refused=refused.as_value(), notes=notes)


def refuse_unrunnable(analysis: Analysis) -> None:
    """Raise Refused where no built-in buildpack can run it, in a sentence that says what to do: the door's look."""
    name, main = analysis.filename, analysis.manifest.get("Main-Class", "")
    if main.endswith(_THIN):
        raise Refused("thin-launcher", name=name, main=main)
    if analysis.servlet is not None:
        war.refuse(analysis)
        return
    if analysis.folder is not None:
        _refuse_folder(analysis)
        return
    if analysis.main_class is None:
        war.refuse_enterprise(analysis)
        doubtful.refuse_agent(analysis)
        raise _no_main_class(analysis)
    only_launcher = analysis.main_class == main and main.startswith(LOADER_PACKAGE)
    if analysis.main_class_entry is None or only_launcher:
        raise _absent_main_class(analysis, main)
    if analysis.outside and thin.named(analysis.manifest):
        raise _thin(analysis)


def _no_main_class(analysis: Analysis) -> Refused:
    name = analysis.filename
    names = tuple(member.name for member in analysis.members)
    for kind in ("sources", "javadoc", "tests", "test-sources"):
        if stem(name).endswith(f"-{kind}"):
            return Refused(f"{kind}-jar", name=name, kind=kind)
    if any(member.endswith(".jar") and member.startswith("BOOT-INF/lib/") for member in names):
        return Refused("no-main-class.spring-boot", name=name)
    if name.endswith("-plain.jar"):
        return Refused("no-main-class.gradle-plain", name=name)
    if not any(member.endswith(".class") for member in names):
        return Refused("no-classes", name=name)
    return Refused("no-main-class.library", name=name)


def _absent_main_class(analysis: Analysis, main: str) -> Refused:
    name = analysis.filename
    if main.startswith("io.quarkus.bootstrap.runner."):
        return Refused("quarkus-fast-jar", name=name)
    wanted = analysis.main_class or main
    if main.startswith(LOADER_PACKAGE) and wanted == main:
        return Refused("no-start-class", name=name)
    if "Class-Path" in analysis.manifest:
        return _thin(analysis)
    return Refused("main-class-missing", name=name, wanted=wanted)


def _thin(analysis: Analysis) -> Refused:
    return thin.refusal(analysis.filename, thin.named(analysis.manifest))


def _refuse_folder(analysis: Analysis) -> None:
    if quarkus.recognise(analysis).fits:
        quarkus.refuse(analysis)
        return
    starts.refuse(analysis)
    if thin_app.recognise(analysis).fits:
        thin_app.refuse(analysis)
