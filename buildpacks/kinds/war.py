"""Wars that bring no server: Tomcat from the cache below them, libraries and application as it would unpack them."""

from __future__ import annotations

import re
from dataclasses import replace

from buildpacks import verdict
from buildpacks.analyse import LIBRARY_FOLDERS
from buildpacks.analysis import Analysis, Servlet
from buildpacks.errors import Refused
from buildpacks.facts import boot_layers, servlet
from buildpacks.java import decide, frameworks, jvm
from buildpacks.kinds import tomcat
from buildpacks.plan import BuildPlan, Entry, PlannedFile, PlannedLayer, Server
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

NAME = "war"
_EJB_DESCRIPTOR = "WEB-INF/ejb-jar.xml"
_SHARED_SESSIONS = re.compile(r"/spring-session-[^/]*\.jar$")
_SPRING = re.compile(r"/spring-(?:core|web)-(\d+)\.(\d+)\.[^/]*\.jar$")
_SPRING_NEEDS_SERVLET_6_1 = (7, 0)
_SPRING_KNOWN_GOOD = {(5, 0): 10, (5, 1): 12, (5, 2): 15, (5, 3): 21}
"""Newest Java release that each line of Spring supports (Spring Framework wiki, "Versions"); 4.3 and before: 8."""


def recognise(analysis: Analysis) -> Verdict:
    """Tell whether a servlet container has something to run in it: a servlet, a web.xml, a page, or a library, which
    may be a web fragment with all of that inside.
    """
    found = analysis.servlet
    if found is None:
        return Verdict(NAME, False, Wording("verdict.no-web-inf"))
    if any(member.name == _EJB_DESCRIPTOR for member in analysis.members):
        return Verdict(NAME, False, Wording("verdict.beans", descriptor=_EJB_DESCRIPTOR))
    if not (found.own or found.libraries or found.pages or analysis.libraries or _described(analysis)):
        return Verdict(NAME, False, Wording("verdict.no-servlets"))
    return Verdict(NAME, True, Wording("verdict.war", why=servlet.leading(analysis)[1]))


def refuse(analysis: Analysis) -> None:
    """Raise Refused for a war that Tomcat cannot serve."""
    told = recognise(analysis)
    if told.fits:
        return
    if any(member.name == _EJB_DESCRIPTOR for member in analysis.members):
        raise Refused("war-with-beans", filename=analysis.filename, reason=told.reason)
    raise Refused("war-without-program", filename=analysis.filename, reason=told.reason)


def refuse_enterprise(analysis: Analysis) -> None:
    """Raise Refused for an archive without a main class that is made for a whole Jakarta EE server."""
    names = {member.name for member in analysis.members}
    if "META-INF/application.xml" in names or analysis.filename.lower().endswith(".ear"):
        raise Refused("ear", filename=analysis.filename)
    if "META-INF/ejb-jar.xml" in names:
        raise Refused("ejb-jar", filename=analysis.filename)


def plan(analysis: Analysis) -> BuildPlan:
    """Layers bottom up: Tomcat's configuration, libraries by role, then the rest, unpacked, at the context path `/`."""
    need = decide.java_need(analysis)
    server = _server(analysis)
    java, reason = need.minimum, need.reason
    oldest = next(line for line in tomcat.lines() if line.name == server.lines[0])
    if oldest.java > java:
        java, line = oldest.java, oldest.name
        reason = Wording("java-reason.tomcat", line=line, java=java, reason=need.reason)
    spring = _spring(analysis)
    shared = any(_SHARED_SESSIONS.search(library.entry) for library in analysis.libraries)
    return BuildPlan(
        buildpack=NAME,
        java=java,
        java_reason=reason,
        layers=(tomcat.configuration(), *_layers(analysis)),
        launch=tomcat.launch(frameworks.opened(analysis, analysis.manifest), java),
        title=verdict.title(analysis),
        version=verdict.version(analysis),
        revision=analysis.revision,
        keeps_sessions_in_memory=not shared,
        newest_java_seen=need.newest if need.newest and need.newest > java else None,
        warnings=_warnings(analysis.servlet or Servlet()),
        newest_java_known_good=decide.OLDEST_BASE if (0, 0) < spring < (5, 0) else _SPRING_KNOWN_GOOD.get(spring),
        environment=(*jvm.ENVIRONMENT, ("CATALINA_HOME", f"/{tomcat.HOME}"), ("CATALINA_BASE", f"/{tomcat.HOME}")),
        server=server,
        writable=tomcat.WRITABLE,
        hints=_hints("/"),
    )


def at(plan: BuildPlan, context: str) -> BuildPlan:
    """Return the same plan at another context path (`/shop`). Raises Refused `bad-context`, or where it is no war's
    plan.
    """
    if context == "/":
        return plan
    if plan.server is None:
        raise Refused("context-without-war", context=context, title=plan.title)
    if not tomcat.CONTEXT.fullmatch(context):
        raise Refused("bad-context", context=context)
    old, new = tomcat.folder("/"), tomcat.folder(context)
    layers = tuple(replace(layer, files=tuple(_moved(file, old, new) for file in layer.files)) for layer in plan.layers)
    return replace(plan, layers=layers, hints=_hints(context))


def _moved(file: PlannedFile, old: str, new: str) -> PlannedFile:
    return replace(file, path=new + file.path[len(old) :]) if file.path.startswith(old) else file


def _hints(context: str) -> tuple[tuple[str, str], ...]:
    # What its own configuration says of ports and paths is for an embedded server; it has no effect in a container.
    path = "" if context == "/" else context
    return (
        ("server.port", str(tomcat.PORT)),
        ("management.server.port", ""),
        ("management.port", ""),
        ("server.servlet.context-path", path),
        ("server.context-path", path),
    )


def _described(analysis: Analysis) -> bool:
    return any(member.name == servlet.DESCRIPTOR for member in analysis.members)


def _spring(analysis: Analysis) -> tuple[int, int]:
    """Major and minor of the newest Spring among its libraries, by file name; zeros without one."""
    found = (_SPRING.search(library.entry) for library in analysis.libraries)
    return max(((int(one[1]), int(one[2])) for one in found if one), default=(0, 0))


def _server(analysis: Analysis) -> Server:
    found = analysis.servlet or Servlet()
    namespace, reason = servlet.leading(analysis)
    wanted = found.version if found.namespace == namespace else None
    spring = _spring(analysis)
    if spring >= _SPRING_NEEDS_SERVLET_6_1:
        namespace, wanted = servlet.JAKARTA, max(wanted or (0, 0), (6, 1))
        reason = Wording("servlet-reason.spring", spring=spring[0])
    usable = [line for line in tomcat.lines() if namespace in {None, line.namespace}]
    enough = [line for line in usable if wanted is None or line.servlet >= wanted] or usable[-1:]
    return Server(tomcat.KIND, tuple(line.name for line in enough), reason)


def _layers(analysis: Analysis) -> tuple[PlannedLayer, ...]:
    root = tomcat.folder("/")
    libraries = {library.entry for library in analysis.libraries}
    rest = tuple(
        PlannedFile(root + member.name, Entry(member.name))
        for member in analysis.members
        if not member.is_dir and member.name not in libraries and not member.name.startswith(LIBRARY_FOLDERS[2:])
    )
    found = []
    for role, items in boot_layers.roles(analysis):
        files = tuple(
            PlannedFile(root + item.entry, Entry(item.entry))
            for item in items
            if item.entry.startswith(servlet.LIBRARIES)
        )
        if role == boot_layers.APPLICATION:
            files = (*rest, *files)
        if files:
            found.append(PlannedLayer(role, files, content_mtime=role != boot_layers.APPLICATION))
    return tuple(found)


def _warnings(found: Servlet) -> tuple[str, ...]:
    warnings = []
    if len(found.own) > 1:
        counted = [Wording("servlet-reason.mixed", count=count, namespace=name) for name, count in found.own]
        warnings.append(Wording("artifact.mixed-servlets", counted=counted))
    if found.ejb:
        warnings.append(Wording("artifact.uses-beans"))
    return tuple(warnings)
