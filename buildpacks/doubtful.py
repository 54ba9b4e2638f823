"""Jars that may be no program: agents, libraries that happen to name a Main-Class, programs without libraries.

Sources: java.lang.instrument (package description, "Manifest Attributes"); OSGi Core, "Export-Package".
"""

from __future__ import annotations

from buildpacks import thin
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused

_AGENT = ("Premain-Class", "Agent-Class")
_EXPORTS = "Export-Package"
_REMEDY = "mount it and name it in JAVA_OPTS of the component that it shall watch (-javaagent:/path/agent.jar)"


def refuse_agent(analysis: Analysis) -> None:
    """Raises Refused `agent-jar` for a Java agent that names no Main-Class."""
    if analysis.main_class is None and _agent(analysis):
        raise Refused(
            "agent-jar",
            f"{analysis.filename} is a Java agent ({_agent(analysis)} in its manifest), not a program.",
            f"An agent is not pushed: {_REMEDY}.",
        )


def warnings(analysis: Analysis) -> tuple[str, ...]:
    """Of one that can be started and is built, though it may be meant for something else."""
    return (*_of_manifest(analysis), *_of_classes(analysis))


def _of_manifest(analysis: Analysis) -> tuple[str, ...]:
    manifest = analysis.manifest
    if _EXPORTS in manifest:
        found = f"It looks like a library that happens to have a Main-Class (its manifest has {_EXPORTS})"
        return (f"{found}: what is started may be no more than a tool. If a program uses it, push that program.",)
    if _agent(analysis):
        return (f"It is a Java agent too (its manifest has {_agent(analysis)}): if it is meant as one, {_REMEDY}.",)
    return ()


def _of_classes(analysis: Analysis) -> tuple[str, ...]:
    if not analysis.outside:
        return ()
    names = tuple(name.replace("/", ".") for name in analysis.outside)
    found = f"{analysis.main_class} uses classes that are not in the jar ({thin.listed(names)})"
    return (f"{found}. If it needs them it will not start: then push one zip of the jar and its libraries.",)


def _agent(analysis: Analysis) -> str:
    return next((name for name in _AGENT if name in analysis.manifest), "")
