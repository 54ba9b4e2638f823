"""The ordered list of buildpacks: which one takes an artifact, and why nothing takes it."""

from __future__ import annotations

from collections.abc import Callable

from buildpacks import distribution, executable_jar, quarkus, spring_boot, starts, thin, thin_app, war
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.plan import BuildPlan
from buildpacks.reading import LOADER_PACKAGE
from buildpacks.verdict import Verdict, stem

BUILDPACKS: tuple[tuple[Callable[[Analysis], Verdict], Callable[[Analysis], BuildPlan]], ...] = (
    (spring_boot.recognise, spring_boot.plan),
    (war.recognise, war.plan),
    (quarkus.recognise, quarkus.plan),
    (thin_app.recognise, thin_app.plan),
    (distribution.recognise, distribution.plan),
    (executable_jar.recognise, executable_jar.plan),
)
_THIN = "ThinJarWrapper"


def detect(analysis: Analysis) -> BuildPlan:
    """The plan of the first buildpack that fits. Raises Refused with the reason and a remedy where none does."""
    refuse_unrunnable(analysis)
    for recognise, plan in BUILDPACKS:
        if recognise(analysis).fits:
            return plan(analysis)
    reasons = "; ".join(f"{verdict.buildpack}: {verdict.reason}" for verdict in explain(analysis))
    raise Refused("not-runnable", f"Nothing here can run {analysis.filename} ({reasons}).", "Push an executable jar.")


def explain(analysis: Analysis) -> tuple[Verdict, ...]:
    """What every buildpack says of it, in the order in which they are asked."""
    return tuple(recognise(analysis) for recognise, _ in BUILDPACKS)


def refuse_unrunnable(analysis: Analysis) -> None:
    """The door's look: raises Refused where no buildpack can ever run it, in a sentence that says what to do."""
    name, main = analysis.filename, analysis.manifest.get("Main-Class", "")
    if main.endswith(_THIN):
        raise Refused(
            "thin-launcher",
            f"{name} downloads its libraries when it starts ({main}), and there is no network.",
            "Build it with spring-boot-maven-plugin's repackage or Gradle's bootJar, without the thin layout.",
        )
    if analysis.servlet is not None:
        war.refuse(analysis)
        return
    if analysis.folder is not None:
        _refuse_folder(analysis)
        return
    if analysis.main_class is None:
        war.refuse_enterprise(analysis)
        raise _no_main_class(analysis)
    only_launcher = analysis.main_class == main and main.startswith(LOADER_PACKAGE)
    if analysis.main_class_entry is None or only_launcher:
        raise _absent_main_class(analysis, main)
    if analysis.outside:
        raise _thin(analysis)


def _no_main_class(analysis: Analysis) -> Refused:
    name = analysis.filename
    names = tuple(member.name for member in analysis.members)
    for kind in ("sources", "javadoc", "tests", "test-sources"):
        if stem(name).endswith(f"-{kind}"):
            return Refused(f"{kind}-jar", f"{name} holds {kind}, not a program.",
                           f"Push the jar beside it, without '-{kind}' in its name.")  # fmt: skip
    if any(member.endswith(".jar") and member.startswith("BOOT-INF/lib/") for member in names):
        return Refused("no-main-class", f"{name} has Spring Boot's layout, but its manifest has no Main-Class.",
                       "Build it with spring-boot-maven-plugin's repackage or Gradle's bootJar.")  # fmt: skip
    if name.endswith("-plain.jar"):
        return Refused("no-main-class", f"{name} is Gradle's plain jar: no Main-Class and no libraries.",
                       "Push the bootJar beside it, without '-plain' in its name.")  # fmt: skip
    if not any(member.endswith(".class") for member in names):
        return Refused("no-classes", f"{name} holds no classes and no Main-Class: it is not a Java program.",
                       "Push the executable jar that your build makes (target/ or build/libs/).")  # fmt: skip
    return Refused(
        "no-main-class",
        f"{name} is a library: its manifest has no Main-Class.",
        "Push the executable jar: Spring Boot's repackage, Gradle's bootJar, or a shaded jar with Main-Class.",
    )


def _absent_main_class(analysis: Analysis, main: str) -> Refused:
    name = analysis.filename
    if main.startswith("io.quarkus.bootstrap.runner."):
        return Refused("quarkus-fast-jar", f"{name} is only the starter of a Quarkus application.",
                       "Push the whole folder as one file: (cd target && zip -r app.zip quarkus-app).")  # fmt: skip
    wanted = analysis.main_class or main
    if main.startswith(LOADER_PACKAGE) and wanted == main:
        return Refused("no-start-class", f"{name} has Spring Boot's launcher, but its manifest names no Start-Class.",
                       "Set mainClass of the Spring Boot plugin and build it again.")  # fmt: skip
    if "Class-Path" in analysis.manifest:
        return _thin(analysis)
    return Refused("main-class-missing", f"{name} names the main class {wanted}, which is not inside.",
                   "Check mainClass in the build and build it clean.")  # fmt: skip


def _thin(analysis: Analysis) -> Refused:
    return Refused(
        "class-path-missing",
        f"{analysis.filename} is started with jars beside it, and they are not in the file: "
        f"{thin.listed(thin.named(analysis.manifest))}.",
        "Push one zip or tar.gz of the jar and its libraries, in the places that its Class-Path names.",
    )


def _refuse_folder(analysis: Analysis) -> None:
    if quarkus.recognise(analysis).fits:
        quarkus.refuse(analysis)
        return
    starts.refuse(analysis)
    if thin_app.recognise(analysis).fits:
        thin_app.refuse(analysis)
