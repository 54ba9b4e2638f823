"""Spring Boot jars and executable wars, 1.x to 4.x: libraries as files, the application as one jar before them.

That starts faster than `java -jar`, and a rebuild changes only the top layer. Source: Spring Boot reference, "The
Executable Jar Format".
"""

from __future__ import annotations

import re

from buildpacks import verdict
from buildpacks.analyse import LIBRARY_FOLDERS, LOADER, LOADER_PACKAGE, library_folders, own_prefix
from buildpacks.analysis import Analysis, Library, Member
from buildpacks.facts import boot_layers
from buildpacks.java import decide, jvm
from buildpacks.kinds import executable_jar, spring
from buildpacks.plan import BuildPlan, Entry, Launch, Packed, PlannedFile, PlannedLayer
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

NAME = "spring-boot"
_MANIFEST = "META-INF/MANIFEST.MF"
_SIGNATURE = re.compile(r"META-INF/[^/]+\.(SF|RSA|DSA|EC)|META-INF/INDEX\.LIST", re.IGNORECASE)
_LONGEST_CLASS_PATH = 120_000
"""Linux takes 131,072 bytes in one argument."""


def recognise(analysis: Analysis) -> Verdict:
    """Tell whether the Main-Class is Spring Boot's launcher and the class that it starts is inside."""
    main = analysis.manifest.get("Main-Class", "")
    if not main.startswith(LOADER_PACKAGE) or main.endswith(("ThinJarWrapper", "ThinJarLauncher")):
        return Verdict(NAME, False, Wording("verdict.no-boot-launcher", main=main))
    if analysis.main_class in {None, main} or analysis.main_class_entry is None:
        return Verdict(NAME, False, Wording("verdict.not-inside", main=main))
    version = spring.boot_version(analysis)
    named = f"{version[0]}.{version[1]}" if version else ""
    launcher = main.rpartition(".")[2]
    return Verdict(NAME, True, Wording("verdict.boot", version=named, launcher=launcher, main=analysis.main_class))


def plan(analysis: Analysis) -> BuildPlan:
    """Layers bottom up: libraries by role, then the application."""
    need = decide.java_need(analysis)
    traits = spring.traits(analysis)
    why_closed = _must_stay_closed(analysis)
    if why_closed:
        inside = executable_jar.plan(analysis)
        layers, launch = inside.layers, inside.launch
    else:
        layers = _layers(analysis)
        options = (*jvm.OPTIONS, *jvm.module_options(traits.opened, need.minimum))
        launch = Launch(options, ("-cp", _class_path(analysis), analysis.main_class or ""))
    return BuildPlan(
        buildpack=NAME,
        java=need.minimum,
        java_reason=need.reason,
        layers=layers,
        launch=launch,
        title=verdict.title(analysis),
        version=verdict.version(analysis),
        revision=analysis.revision,
        keeps_sessions_in_memory=traits.keeps_sessions_in_memory,
        web=traits.web,
        newest_java_seen=need.newest,
        warnings=_warnings(analysis, why_closed),
        newest_java_known_good=traits.newest_java_known_good,
        environment=(*jvm.ENVIRONMENT, *traits.environment),
    )


def _layers(analysis: Analysis) -> tuple[PlannedLayer, ...]:
    found = []
    home = _home(analysis)
    for role, libraries in boot_layers.roles(analysis):
        files = tuple(PlannedFile(_path(home, item), Entry(item.entry)) for item in libraries)
        if role == boot_layers.APPLICATION:
            files = (*_static(analysis), *files, PlannedFile(f"{home}app.jar", Packed(_packed(analysis))))
        if files:
            found.append(PlannedLayer(role, files, content_mtime=role != boot_layers.APPLICATION))
    return tuple(found)


def _is_war(analysis: Analysis) -> bool:
    return own_prefix(analysis.members) == "WEB-INF/classes/" or "WEB-INF/lib/" in library_folders(
        analysis.members, analysis.manifest
    )


def _home(analysis: Analysis) -> str:
    # Below WEB-INF, so that Spring Boot takes app/war as the web root, and nothing of it is served as a file.
    return "app/war/WEB-INF/" if _is_war(analysis) else "app/"


def _path(home: str, library: Library) -> str:
    folder = next(f for f in (*LIBRARY_FOLDERS, "lib/") if library.entry.startswith(f))
    below = "lib-provided/" if folder == "WEB-INF/lib-provided/" else "lib/"
    # A colon would end the path of this library on the class path.
    return home + below + library.entry[len(folder) :].replace(":", "_")


def _class_path(analysis: Analysis) -> str:
    home = _home(analysis)
    names = [f"{home}app.jar", *(_path(home, item) for item in boot_layers.class_path(analysis))]
    joined = ":".join(f"/{name}" for name in names)
    if len(joined) > _LONGEST_CLASS_PATH:
        folders = dict.fromkeys(name.rpartition("/")[0] for name in names[1:])
        return ":".join((f"/{names[0]}", *(f"/{folder}/*" for folder in folders)))
    return joined


def _packed(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Move the application's classes to the root, with what lay in the outer jar's root; the application's files win.

    The root belongs to the class path under Boot's launcher too, except a war's, which is its web root.
    """
    prefix = own_prefix(analysis.members)
    libraries = {library.entry for library in analysis.libraries}
    files = [m for m in analysis.members if not m.is_dir and m.name not in libraries and not _of_loader(m)]
    inside = ("BOOT-INF/", "WEB-INF/") if prefix else ()
    outer = [(m.name, m.name) for m in files if not m.name.startswith(inside)]
    if _is_war(analysis):
        outer = [pair for pair in outer if pair[0].startswith("META-INF/")]
    own = [(m.name, m.name[len(prefix) :]) for m in files if prefix and m.name.startswith(prefix)]
    by_target = {target: source for source, target in (*outer, *own)}
    if _MANIFEST in {source for source, _ in outer}:
        # Package versions of the application's classes come from the outer manifest under Boot's launcher as well.
        by_target[_MANIFEST] = _MANIFEST
    ordered = sorted(by_target, key=lambda target: target != _MANIFEST)
    return tuple((by_target[target], target) for target in ordered)


def _of_loader(member: Member) -> bool:
    # The launcher registers a file system for nested jars: without its classes every look-up of one would fail. A
    # signature names entries by the places they no longer have.
    return (
        member.name.startswith(LOADER)
        or member.name == "META-INF/services/java.nio.file.spi.FileSystemProvider"
        or bool(_SIGNATURE.fullmatch(member.name))
    )


def _static(analysis: Analysis) -> tuple[PlannedFile, ...]:
    if not _is_war(analysis):
        return ()
    left_out = ("WEB-INF/classes/", *LIBRARY_FOLDERS, "META-INF/", LOADER, "BOOT-INF/")
    return tuple(
        PlannedFile(f"app/war/{member.name}", Entry(member.name))
        for member in analysis.members
        if not member.is_dir and not member.name.startswith(left_out)
    )


def _must_stay_closed(analysis: Analysis) -> Wording | None:
    names = {member.name for member in analysis.members}
    if "Launcher-Agent-Class" in analysis.manifest:
        return Wording("stays-closed.agent")
    if analysis.manifest["Main-Class"].endswith(".PropertiesLauncher"):
        if "Loader-Path" in analysis.manifest:
            return Wording("stays-closed.loader-path", path=analysis.manifest["Loader-Path"])
        for name in (f"{own_prefix(analysis.members)}loader.properties", "loader.properties"):
            if name in names:
                return Wording("stays-closed.configured", name=name)
    return None


def _warnings(analysis: Analysis, why_closed: Wording | None) -> tuple[str, ...]:
    found = []
    if why_closed:
        found.append(Wording("artifact.started-whole", why=why_closed))
    elif analysis.manifest["Main-Class"].endswith(".PropertiesLauncher"):
        found.append(Wording("artifact.no-loader-path"))
    return tuple(found)
