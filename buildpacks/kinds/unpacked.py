"""The layers and the plan of a program that lies unpacked in a folder: libraries by role, then everything else."""

from __future__ import annotations

from dataclasses import replace

from buildpacks import verdict
from buildpacks.analysis import Analysis, Library, StartScript
from buildpacks.facts import boot_layers
from buildpacks.java import decide, jvm
from buildpacks.kinds import spring
from buildpacks.plan import BuildPlan, Entry, Launch, PlannedFile, PlannedLayer
from buildpacks.programs import folders
from buildpacks.programs.starts import Start
from buildpacks.sentences.wording import Wording

HOME = "app"
_CONFIGURATION = ("conf", "config", "etc", "cfg")
_OWN_CONFIGURATION = ("application", "bootstrap")
_LOADER = "org.springframework.boot.loader."


def plan(analysis: Analysis, start: Start, name: str, launch: Launch, warnings: tuple[str, ...] = ()) -> BuildPlan:
    """Return the plan of one start, with every file of the folder below /app, where it was below the top folder."""
    told = start.program.manifest if start.program else {}
    own = folders.with_start(analysis, start.jar, start.main_class, told)
    need = decide.java_need(own)
    traits = spring.traits(own)
    as_jar = "-jar" in launch.target
    opened = jvm.library_options(own, need.minimum) if as_jar else jvm.module_options(traits.opened, need.minimum)
    return BuildPlan(
        buildpack=name,
        java=need.minimum,
        java_reason=need.reason,
        layers=layers(own, start.jar),
        launch=replace(launch, options=(*jvm.OPTIONS, *opened, *launch.options)),
        title=verdict.title(own),
        version=verdict.version(own),
        revision=analysis.revision,
        keeps_sessions_in_memory=traits.keeps_sessions_in_memory,
        web=traits.web,
        newest_java_seen=need.newest,
        warnings=warnings,
        newest_java_known_good=traits.newest_java_known_good,
        environment=(*jvm.ENVIRONMENT, *traits.environment, *_additional_configuration(analysis, start)),
    )


def layers(analysis: Analysis, jar: str, own: tuple[str, ...] = ()) -> tuple[PlannedLayer, ...]:
    """Libraries by role, bottom up; then the started `jar`, libraries below the `own` folders, and all other files."""
    libraries = {item.entry for item in analysis.libraries}
    mine = {jar, *(entry for entry in libraries if own and entry.startswith(own))}
    found = []
    for role, items in boot_layers.roles(analysis):
        if role != boot_layers.APPLICATION:
            files = tuple(_file(analysis, item.entry) for item in items if item.entry not in mine)
            found.append(PlannedLayer(role, files))
            continue
        mine |= {item.entry for item in items}
        names = (m.name for m in analysis.members if not m.is_dir and (m.name in mine or m.name not in libraries))
        found.append(PlannedLayer(role, tuple(_file(analysis, name) for name in names), content_mtime=False))
    return tuple(layer for layer in found if layer.files)


def path(analysis: Analysis, entry: str) -> str:
    """Where an entry lies in the image, without a leading slash."""
    root = analysis.folder.root if analysis.folder else ""
    # A colon would end a path on the class path.
    return f"{HOME}/{entry.removeprefix(root).replace(':', '_')}"


def configuration(analysis: Analysis) -> tuple[str, ...]:
    """Return the folders with configuration, absolute in the image: they go in front of the class path."""
    root = analysis.folder.root if analysis.folder else ""
    files = [m.name.removeprefix(root) for m in analysis.members if not m.is_dir and not m.name.endswith(".jar")]
    return tuple(f"/{HOME}/{name}" for name in _CONFIGURATION if any(file.startswith(f"{name}/") for file in files))


def class_path(analysis: Analysis, jar: str) -> tuple[Library, ...]:
    """Return the started jar, then the others by name."""
    return tuple(sorted(analysis.libraries, key=lambda item: (item.entry != jar, item.entry)))


def is_boot(start: Start) -> bool:
    """Whether the jar starts by Spring Boot's launcher: then its class path is inside, and nothing goes in front."""
    return start.program is not None and start.main_class.startswith(_LOADER)


def unread(script: StartScript) -> str:
    """Warn that options of a start script have no effect."""
    return Wording("artifact.script-not-run", script=script.entry)


def _additional_configuration(analysis: Analysis, start: Start) -> tuple[tuple[str, str], ...]:
    # Spring Boot looks into ./config by itself; what its start script would name, it is told here.
    if not is_boot(start) or analysis.folder is None:
        return ()
    root = analysis.folder.root
    homes = [
        f"/{HOME}/{name}/"
        for name in _CONFIGURATION
        if name != "config"
        and any(m.name.startswith(tuple(f"{root}{name}/{own}" for own in _OWN_CONFIGURATION)) for m in analysis.members)
    ]
    return (("SPRING_CONFIG_ADDITIONAL_LOCATION", ",".join(homes)),) if homes else ()


def _file(analysis: Analysis, entry: str) -> PlannedFile:
    root = analysis.folder.root if analysis.folder else ""
    mode = 0o755 if entry.startswith(f"{root}bin/") else 0o644
    return PlannedFile(path(analysis, entry), Entry(entry), mode)
