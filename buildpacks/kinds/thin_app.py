"""Thin jars with their libraries beside them, in one zip: the manifest's Class-Path says which, and all are there."""

from __future__ import annotations

from buildpacks.analysis import Analysis
from buildpacks.kinds import unpacked
from buildpacks.plan import BuildPlan, Launch
from buildpacks.programs import starts, thin
from buildpacks.programs.starts import Start
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

NAME = "thin-app"


def recognise(analysis: Analysis) -> Verdict:
    """Tell whether the jar that is started names its libraries in its Class-Path."""
    found = starts.decide(analysis)
    if analysis.folder is None or not isinstance(found, Start):
        return Verdict(NAME, False, Wording("verdict.no-one-jar"))
    if found.program is None or not thin.named(found.program.manifest, found.jar):
        return Verdict(NAME, False, Wording("verdict.no-class-path", jar=found.jar))
    count = len(thin.named(found.program.manifest, found.jar))
    said = Wording("verdict.thin-app", jar=found.jar, main=found.main_class, count=count)
    return Verdict(NAME, True, said)


def plan(analysis: Analysis) -> BuildPlan:
    """Java itself reads the Class-Path; folders with configuration go in front of it."""
    start = starts.decide(analysis)
    assert isinstance(start, Start)
    path = ":".join((*unpacked.configuration(analysis), f"/{unpacked.path(analysis, start.jar)}"))
    options = start.script.options if start.script else ()
    return unpacked.plan(analysis, start, NAME, Launch(options, ("-cp", path, start.main_class)))


def missing(analysis: Analysis) -> tuple[str, ...]:
    """Return the files of the Class-Path that are not there."""
    start = starts.decide(analysis)
    assert isinstance(start, Start)
    assert start.program is not None
    return thin.missing(start.program.manifest, start.jar, {member.name for member in analysis.members})


def refuse(analysis: Analysis) -> None:
    """Raise Refused where files of the Class-Path are missing."""
    absent = missing(analysis)
    if absent:
        raise thin.refusal(analysis.filename, absent)
