"""What a TOML buildpack says of an artifact, and the plan that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from buildpacks import verdict
from buildpacks.analysis import Analysis, Member
from buildpacks.buildpack import Buildpack
from buildpacks.errors import Refused
from buildpacks.java import decide, jvm
from buildpacks.kinds import spring
from buildpacks.own import globs, plan_check
from buildpacks.own.declared import Declared, DeclaredLayer, DeclaredMatch
from buildpacks.plan import BuildPlan, Entry, Launch, PlannedFile, PlannedLayer, Whole
from buildpacks.programs import folders
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

_OF_JARS = ("META-INF/", "BOOT-INF/", "WEB-INF/")
_NAMED = 5
"""Entries that a warning names."""


def buildpack(declared: Declared) -> Buildpack:
    """Return it as the same thing that a built-in one is."""
    return Buildpack(
        name=declared.name,
        recognises=declared.description,
        recognise=lambda analysis: recognise(declared, analysis),
        plan=lambda analysis: plan(declared, analysis),
        file=declared.file,
        before=declared.before,
    )


def top_folder(members: Iterable[Member]) -> str:
    """Return the one folder that holds all (`shop-1.0/`), in front of which no pattern begins; empty in a jar."""
    tops = {member.name.partition("/")[0] + "/" * ("/" in member.name) for member in members}
    only = next(iter(tops)) if len(tops) == 1 else ""
    return only if only.endswith("/") and only not in _OF_JARS else ""


def recognise(declared: Declared, analysis: Analysis) -> Verdict:
    """Tell whether everything in `[match]` holds; the first thing that does not is the reason."""
    reasons: list[Wording] = []
    for holds, said in _conditions(declared.match, analysis):
        if not holds:
            return Verdict(declared.name, False, said)
        reasons.append(said)
    return Verdict(declared.name, True, Wording("verdict.declared", reasons=reasons))


def _conditions(match: DeclaredMatch, analysis: Analysis) -> Iterator[tuple[bool, Wording]]:
    """Whether each holds, and the sentence that says so."""
    names = tuple(_names(match, analysis).values())
    for pattern in match.entries:
        has = any(globs.matches(pattern, name) for name in names)
        yield has, Wording("declared.has" if has else "declared.no-entry", name=pattern)
    for pattern in match.absent:
        one = next((name for name in names if globs.matches(pattern, name)), None)
        yield one is None, Wording("declared.has-no" if one is None else "declared.must-be-absent", name=one or pattern)
    said = [(name, analysis.manifest.get(name), pattern) for name, pattern in match.manifest]
    if match.main_class is not None:
        said.append(("", analysis.main_class, match.main_class))
    for what, value, wanted in said:
        holds = value is not None and wanted.fullmatch(value) is not None
        key = "declared.manifest" if what else "declared.main-class"
        yield holds, Wording(key, name=what, value=value or "", wanted="" if holds else wanted.pattern)
    if match.filename is not None:
        holds = globs.matches(match.filename, analysis.filename)
        wanted_name = "" if holds else match.filename
        yield holds, Wording("declared.called", filename=analysis.filename, wanted=wanted_name)


def plan(declared: Declared, analysis: Analysis) -> BuildPlan:
    """Plan the layers in the file's order, bottom up. Raises Refused where nothing can be started from them."""
    layers, left = _layers(declared, analysis)
    placed = {f"/{file.path}": file for layer in layers for file in layer.files}
    target, jar, main_class = _target(declared, analysis, placed)
    own = _seen_from(analysis, jar, main_class)
    need, traits = decide.java_need(own), spring.traits(own)
    keeps = declared.keeps_sessions_in_memory
    made = BuildPlan(
        buildpack=declared.name,
        java=declared.java or need.minimum,
        java_reason=Wording("java-reason.declared", file=declared.file) if declared.java else need.reason,
        layers=layers,
        launch=Launch((*jvm.OPTIONS, *declared.start.options), target, declared.start.arguments),
        title=verdict.title(own),
        version=verdict.version(own),
        revision=analysis.revision,
        working_dir=f"/{declared.working_dir}",
        keeps_sessions_in_memory=traits.keeps_sessions_in_memory if keeps is None else keeps,
        web=traits.web if declared.web is None else declared.web,
        newest_java_seen=None if declared.java else need.newest,
        warnings=_warnings(declared, left),
        newest_java_known_good=traits.newest_java_known_good,
        environment=(*jvm.ENVIRONMENT, *traits.environment, *declared.environment),
        writable=declared.writable,
        hints=(("server.port", str(declared.port)),) if declared.port else (),
    )
    plan_check.check(made, analysis, declared.file)
    return made


def _names(match: DeclaredMatch, analysis: Analysis) -> dict[str, str]:
    """Entries, folders left out, and their names without the top folder; with it, if they are meant only so."""
    top = top_folder(analysis.members)
    at_root = {member.name: member.name for member in analysis.members if not member.is_dir}
    below = {name: name.removeprefix(top) for name in at_root}
    if top and match.entries and not _has_all(match.entries, below) and _has_all(match.entries, at_root):
        return at_root
    return below


def _has_all(patterns: Iterable[str], names: dict[str, str]) -> bool:
    return all(any(globs.matches(pattern, name) for name in names.values()) for pattern in patterns)


def _layers(declared: Declared, analysis: Analysis) -> tuple[tuple[PlannedLayer, ...], list[str]]:
    """Put each entry into the first layer that means it. Returns the layers, and the names that none means."""
    waiting = _names(declared.match, analysis)
    found = []
    for layer in declared.layers:
        files: tuple[PlannedFile, ...] = (PlannedFile(layer.whole, Whole()),) if layer.whole else ()
        taken = [entry for entry, name in waiting.items() if globs.first(layer.entries, name) is not None]
        files += tuple(_file(layer, entry, waiting.pop(entry)) for entry in taken)
        if files:
            found.append(PlannedLayer(layer.role, files, layer.content_mtime))
    takes_all = any(layer.whole for layer in declared.layers)
    left = [] if takes_all else [name for name in waiting.values() if globs.first(declared.leave_out, name) is None]
    return tuple(found), left


def _file(layer: DeclaredLayer, entry: str, name: str) -> PlannedFile:
    # A colon would end a path on the class path.
    inner = name.removeprefix(layer.strip).replace(":", "_")
    return PlannedFile(f"{layer.to}/{inner}", Entry(entry), 0o755 if layer.executable else 0o644)


def _target(
    declared: Declared, analysis: Analysis, placed: dict[str, PlannedFile]
) -> tuple[tuple[str, ...], str | None, str | None]:
    """Return the arguments, the entry of the jar that is started, and the class, as far as they are known."""
    start = declared.start
    if start.target:
        return start.target, None, None
    if start.jar:
        found = [path for path in placed if globs.matches(start.jar, path)]
        if len(found) != 1:
            raise _unstartable(declared, analysis, Wording("unstartable.jar", jar=start.jar, found=found[:_NAMED]))
        return ("-jar", found[0]), _entry(placed[found[0]]), None
    main_class = start.main_class or analysis.main_class
    if main_class is None:
        raise _unstartable(declared, analysis, Wording("unstartable.no-class"))
    paths: list[str] = []
    for item in start.class_path:
        folder = item.endswith("/")
        paths += [item.rstrip("/")] if folder and any(path.startswith(item) for path in placed) else []
        paths += [] if folder else [path for path in placed if globs.matches(item, path)]
    if not paths:
        raise _unstartable(declared, analysis, Wording("unstartable.nothing-there"))
    home = analysis.folder.homes.get(main_class) if analysis.folder else None
    return ("-cp", ":".join(dict.fromkeys(paths)), main_class), home[0] if home else None, main_class


def _entry(file: PlannedFile) -> str | None:
    return file.source.name if isinstance(file.source, Entry) else None


def _unstartable(declared: Declared, analysis: Analysis, why: Wording) -> Refused:
    return Refused(
        "bad-plan.declared", buildpack=declared.name, filename=analysis.filename, why=why, file=declared.file
    )


def _seen_from(analysis: Analysis, jar: str | None, main_class: str | None) -> Analysis:
    """Of a folder, what the jar that is started says of itself."""
    if analysis.folder is None or jar is None:
        return analysis
    program = next((one for one in analysis.folder.programs if one.entry == jar), None)
    main = main_class or (program.manifest["Main-Class"] if program else None)
    if main is None:
        return analysis
    return folders.with_start(analysis, jar, main, program.manifest if program else {})


def _warnings(declared: Declared, left: list[str]) -> tuple[str, ...]:
    if not left:
        return ()
    more, names = len(left) > _NAMED, left[:_NAMED]
    return (
        Wording(
            "artifact.files-left",
            count=len(left),
            buildpack=declared.name,
            names=names,
            more=more,
            layer="[[layer]]",
            file=declared.file,
        ),
    )
