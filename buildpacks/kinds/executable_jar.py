"""Plain executable jars, with or without a shell script in front: started whole, by `java -jar`."""

from __future__ import annotations

from buildpacks import verdict
from buildpacks.analysis import Analysis
from buildpacks.java import decide, jvm
from buildpacks.kinds import doubtful
from buildpacks.plan import BuildPlan, Launch, PlannedFile, PlannedLayer, Whole
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

NAME = "executable-jar"
PATH = "app/app.jar"


def recognise(analysis: Analysis) -> Verdict:
    """Tell whether the manifest names a main class that the jar has."""
    if analysis.main_class is None:
        return Verdict(NAME, False, Wording("verdict.no-main-class"))
    if analysis.main_class_entry is None:
        return Verdict(NAME, False, Wording("verdict.main-class-not-inside", main=analysis.main_class))
    return Verdict(NAME, True, Wording("verdict.executable-jar", main=analysis.manifest["Main-Class"]))


def plan(analysis: Analysis) -> BuildPlan:
    """One layer with the whole file."""
    need = decide.java_need(analysis)
    return BuildPlan(
        buildpack=NAME,
        java=need.minimum,
        java_reason=need.reason,
        layers=(PlannedLayer("application", (PlannedFile(PATH, Whole()),), content_mtime=False),),
        launch=Launch((*jvm.OPTIONS, *jvm.library_options(analysis, need.minimum)), ("-jar", f"/{PATH}")),
        title=verdict.title(analysis),
        version=verdict.version(analysis),
        revision=analysis.revision,
        newest_java_seen=need.newest,
        warnings=doubtful.warnings(analysis),
        environment=jvm.ENVIRONMENT,
    )
