"""Jars whose manifest shows that they are meant for other programs: agents, and libraries that happen to have a
Main-Class. What others are meant to use says so: by exported packages, a module's name, or services for Java's own
interfaces; and it holds nothing but its own project.
"""

from __future__ import annotations

from collections import Counter

from buildpacks import classfile
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.programs import thin
from buildpacks.sentences.wording import Wording

_AGENT = ("Premain-Class", "Agent-Class")
_OFFERS = {"Export-Package": "packages", "Automatic-Module-Name": "module"}
_SERVICES = ("META-INF/services/java.", "META-INF/services/javax.", "META-INF/services/jakarta.")
_DOMAINS = ("cn", "com", "de", "edu", "io", "net", "org")
_OF_ONE_PROJECT = 0.95
"""Share of the classes that one project's packages hold in a jar that nothing was merged into."""


def refuse_agent(analysis: Analysis) -> None:
    """Raise Refused for an agent without a program; a jar without a Main-Class is at hand."""
    key = next((key for key in _AGENT if key in analysis.manifest), None)
    if key is None:
        return
    raise Refused("agent", filename=analysis.filename, key=key, value=analysis.manifest[key])


def warnings(analysis: Analysis) -> tuple[str, ...]:
    """Where a jar with a Main-Class looks like something else, or incomplete: why, and what to push then."""
    return (*_of_others(analysis), *_lacking_classes(analysis))


def _lacking_classes(analysis: Analysis) -> tuple[str, ...]:
    if not analysis.outside:
        return ()
    names = tuple(name.replace("/", ".") for name in analysis.outside)
    return (Wording("artifact.lacks-classes", main=analysis.main_class, names=thin.listed(names)),)


def _of_others(analysis: Analysis) -> tuple[str, ...]:
    main = analysis.manifest.get("Main-Class", "")
    agent = next((key for key in _AGENT if key in analysis.manifest), None)
    offer = _offer(analysis)
    # A library may have an agent beside its own main class; where both are one class, the agent is what it is.
    is_agent = agent is not None and analysis.manifest[agent] == main
    if offer is not None and _is_one_project(analysis) and not is_agent:
        return (Wording("artifact.looks-like-a-library", main=main, offer=offer),)
    if agent is None:
        return ()
    return (Wording("artifact.is-an-agent", key=agent, value=analysis.manifest[agent], main=main),)


def _offer(analysis: Analysis) -> Wording | None:
    for key, what in _OFFERS.items():
        if analysis.manifest.get(key):
            return Wording(f"offers.{what}", key=key)
    service = next((member.name for member in analysis.members if member.name.startswith(_SERVICES)), None)
    return Wording("offers.service", name=service.rpartition("/")[2]) if service else None


def _is_one_project(analysis: Analysis) -> bool:
    names = [member.name for member in analysis.members if classfile.counts(member.name)]
    projects = Counter(_project(name) for name in names)
    return bool(names) and max(projects.values()) >= len(names) * _OF_ONE_PROJECT


def _project(name: str) -> str:
    parts = name.split("/")
    return "/".join(parts[: 2 if parts[0] in _DOMAINS else 1])
