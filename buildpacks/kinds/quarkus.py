"""Quarkus fast-jars: the folder `quarkus-app`, started by its runner, libraries apart from the application.

Source: Quarkus guide "Building my first application", fast-jar; the runner's manifest names what boots it.
"""

from __future__ import annotations

from dataclasses import replace

from buildpacks.analysis import Analysis, Program
from buildpacks.errors import Refused
from buildpacks.kinds import unpacked
from buildpacks.plan import BuildPlan, Launch
from buildpacks.programs import folders, starts, thin
from buildpacks.programs.starts import Start
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

NAME = "quarkus"
_LOG_MANAGER = "org.jboss.logmanager."
_PARTS = ("app/", "lib/main/", "quarkus/")
"""Folders beside the runner that it reads without naming them in its manifest."""


def recognise(analysis: Analysis) -> Verdict:
    """Tell whether a jar of the folder is Quarkus' runner."""
    if analysis.folder is None:
        return Verdict(NAME, False, Wording("verdict.no-quarkus-folder"))
    runner = starts.quarkus(analysis.folder)
    if runner is None:
        return Verdict(NAME, False, Wording("verdict.no-quarkus-runner"))
    return Verdict(NAME, True, Wording("verdict.quarkus", jar=runner.entry, main=runner.manifest["Main-Class"]))


def plan(analysis: Analysis) -> BuildPlan:
    """Plan what lies below `lib/` as the dependencies, and the application's own jars, what Quarkus generated and the
    runner as the topmost layer.
    """
    runner = _runner(analysis)
    root = runner.entry.rpartition("/")[0]
    inside = f"{root}/" if root else ""
    own = (f"{inside}app/", f"{inside}quarkus/")
    launch = Launch(_options(analysis), ("-jar", f"/{unpacked.path(analysis, runner.entry)}"))
    # The application's own classes decide about Java; the runner's are older.
    jar = folders.application_jar(analysis) or runner.entry
    start = Start(jar, runner.manifest["Main-Class"], program=runner)
    made = unpacked.plan(analysis, start, NAME, launch, _warnings(analysis, runner))
    return replace(made, layers=unpacked.layers(analysis, runner.entry, own), web=True)


def refuse(analysis: Analysis) -> None:
    """Raise Refused where files are missing that the runner boots with."""
    runner = _runner(analysis)
    root = runner.entry.rpartition("/")[0]
    names = {member.name for member in analysis.members}
    absent = [*thin.missing(runner.manifest, runner.entry, names)]
    for part in _PARTS:
        inside = f"{root}/{part}" if root else part
        if not any(name.startswith(inside) and name != inside for name in names):
            absent.append(inside)
    if absent:
        raise Refused("class-path-missing.quarkus", filename=analysis.filename, paths=thin.listed(absent))


def _runner(analysis: Analysis) -> Program:
    runner = starts.quarkus(analysis.folder) if analysis.folder else None
    assert runner is not None
    return runner


def _warnings(analysis: Analysis, runner: Program) -> tuple[str, ...]:
    """Warn of a start script of its own: some applications put one in front of the runner, and it may set what they
    need.
    """
    jar = runner.entry.rpartition("/")[2]
    scripts = analysis.folder.scripts if analysis.folder else ()
    return tuple(unpacked.unread(script) for script in scripts if jar in script.jars and script.more_options)


def _options(analysis: Analysis) -> tuple[str, ...]:
    names = (item.entry.rpartition("/")[2] for item in analysis.libraries)
    logs = any(_LOG_MANAGER in name or name.startswith("jboss-logmanager") for name in names)
    return ("-Djava.util.logging.manager=org.jboss.logmanager.LogManager",) if logs else ()
