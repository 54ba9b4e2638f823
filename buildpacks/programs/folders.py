"""A zip that is no jar itself but a folder with a program: which jars can be started, and what its scripts say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from buildpacks import classfile
from buildpacks.analysis import Analysis, ClassStats, Folder, Library, Member, Program, StartScript
from buildpacks.archives.zips import Archive
from buildpacks.facts import jar_manifest, library
from buildpacks.programs import start_script, starts

MANIFEST = "META-INF/MANIFEST.MF"
_NOT_ONE = (MANIFEST, "META-INF/application.xml")
_NOT_BELOW = ("BOOT-INF/", "WEB-INF/")
_LARGEST_SCRIPT = 256 << 10
_MOST_SCRIPTS = 40
_CONFIGURATION = tuple(
    f"{name}.{ending}" for name in ("application", "bootstrap") for ending in ("yml", "yaml", "properties")
)
_HOMES_IN_JAR = ("", "config/", "BOOT-INF/classes/", "BOOT-INF/classes/config/")
_HOMES_BESIDE = ("", "config/", "conf/")
_MOST_NAMES = 400
"""Class names of all scripts that are looked for."""


def is_folder(members: Iterable[Member]) -> bool:
    """Whether it holds jars and is neither a jar nor a war: one that Java itself would not open as a program."""
    names = tuple(member.name for member in members)
    if any(name in _NOT_ONE or name.startswith(_NOT_BELOW) for name in names):
        return False
    return any(name.lower().endswith(".jar") for name in names)


def complete(archive: Archive, analysis: Analysis) -> Analysis:
    """Complete the analysis of a folder with what only a folder has. Raises Refused where a jar in it is damaged."""
    root = _root(analysis.members)
    said = _scripts(archive, root)
    names = tuple(dict.fromkeys(name for one in said.values() for name in one.classes))[:_MOST_NAMES]
    programs: list[Program] = []
    homes: dict[str, tuple[str, int]] = {}
    for item in analysis.libraries:
        programs += _look(archive, item, names, homes)
    _look_elsewhere(archive, analysis.libraries, programs, homes)
    scripts = tuple(
        StartScript(
            entry=entry,
            main_classes=tuple(name for name in one.classes if name in homes),
            jars=one.jars,
            options=one.options,
            more_options=one.more_options,
            module=one.module,
            module_path=one.module_path,
        )
        for entry, one in said.items()
    )
    found = replace(analysis, folder=Folder(root, tuple(programs), scripts, homes))
    return _with_identity(archive, found)


def with_start(analysis: Analysis, jar: str, main_class: str, told: dict[str, str]) -> Analysis:
    """Return the analysis as seen from the jar that is started: its Maven name, its classes, its manifest, its main
    class.
    """
    own = next((item for item in analysis.libraries if item.entry == jar), None)
    home, major = analysis.folder.homes.get(main_class, (jar, None)) if analysis.folder else (jar, None)
    return replace(
        analysis,
        manifest=told,
        maven=own.maven if own else None,
        classes=own.classes if own else ClassStats(0, None),
        main_class=main_class,
        main_class_entry=f"{home}!/{_file(main_class)}",
        main_class_major=major,
    )


def application_jar(analysis: Analysis) -> str | None:
    """Return the jar with the application's own classes: Quarkus keeps it apart from what starts it. None where
    undecided.
    """
    assert analysis.folder is not None
    runner = starts.quarkus(analysis.folder)
    if runner is not None:
        home = runner.entry.rpartition("/")[0]
        inside = f"{home}/app/" if home else "app/"
        return next((item.entry for item in analysis.libraries if item.entry.startswith(inside)), None)
    found = starts.decide(analysis)
    return found.jar if isinstance(found, starts.Start) else None


def _with_identity(archive: Archive, analysis: Analysis) -> Analysis:
    """With the Maven name and the configuration of the application that the folder holds."""
    entry = application_jar(analysis)
    own = next((item for item in analysis.libraries if item.entry == entry), None)
    if own is None or analysis.folder is None:
        return analysis
    names = {home + file for home in _HOMES_IN_JAR for file in _CONFIGURATION}
    inside = library.pick(archive, archive.by_name[own.entry], names)
    beside = {analysis.folder.root + home + file for home in _HOMES_BESIDE for file in _CONFIGURATION}
    found = {name: archive.read(name, _LARGEST_SCRIPT) for name in beside if _is_small(archive, name)}
    found.update({f"{own.entry}!/{name}": data for name, data in inside.items()})
    return replace(analysis, maven=own.maven, configuration=found)


def _is_small(archive: Archive, name: str) -> bool:
    return name in archive and archive.by_name[name].size <= _LARGEST_SCRIPT


def _root(members: Iterable[Member]) -> str:
    tops = {member.name.partition("/")[0] + "/" * ("/" in member.name) for member in members}
    only = next(iter(tops)) if len(tops) == 1 else ""
    return only if only.endswith("/") else ""


def _scripts(archive: Archive, root: str) -> dict[str, start_script.ScriptStart]:
    found: dict[str, start_script.ScriptStart] = {}
    for member in archive.members:
        folder, _, name = member.name.removeprefix(root).rpartition("/")
        if folder not in {"", "bin"} or member.is_dir or "." in name.removesuffix(".sh") or len(found) == _MOST_SCRIPTS:
            continue
        if member.size <= _LARGEST_SCRIPT:
            said = start_script.parse(archive.read(member.name, _LARGEST_SCRIPT))
            if said is not None:
                found[member.name] = said
    return found


def _look(
    archive: Archive, item: Library, names: tuple[str, ...], homes: dict[str, tuple[str, int]]
) -> Iterable[Program]:
    """Return the jar as a program, if it is one; the main classes that it holds go into `homes`."""
    member = archive.by_name[item.entry]
    found = library.pick(archive, member, {MANIFEST, *(_file(name) for name in names if name not in homes)})
    told = jar_manifest.parse(found.pop(MANIFEST, b""))
    main = told.get("Main-Class")
    if main:
        found |= library.pick(archive, member, {_file(main)})
    for file, data in found.items():
        major = classfile.major(data)
        if major is not None and (classfile.has_main(data) or file == _file(main or "")):
            homes.setdefault(file.removesuffix(".class").replace("/", "."), (item.entry, major))
    return (Program(item.entry, told),) if main else ()


def _look_elsewhere(
    archive: Archive, libraries: Iterable[Library], programs: Iterable[Program], homes: dict[str, tuple[str, int]]
) -> None:
    """Find main classes that lie in another jar than the one whose manifest names them."""
    wanted = {_file(one.manifest["Main-Class"]): one.manifest["Main-Class"] for one in programs}
    for item in libraries:
        left = {file for file, name in wanted.items() if name not in homes}
        if not left:
            return
        for file, data in library.pick(archive, archive.by_name[item.entry], left).items():
            major = classfile.major(data)
            if major is not None:
                homes[wanted[file]] = (item.entry, major)


def _file(name: str) -> str:
    return name.replace(".", "/") + ".class"
