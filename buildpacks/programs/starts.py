"""Which program of a folder is started: by its start scripts, otherwise by the one jar that names a Main-Class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from buildpacks.analysis import Analysis, Folder, Program, StartScript
from buildpacks.errors import Refused
from buildpacks.programs import thin

_RUNNER = "io.quarkus.bootstrap.runner."
_USUAL = ("start", "startup", "run", "server", "boot")


@dataclass(frozen=True)
class Start:
    """The jar and the class that are started. `script` is the one that said so; `program` the jar's manifest, where it
    names that class.
    """

    jar: str
    main_class: str
    script: StartScript | None = None
    program: Program | None = None


@dataclass(frozen=True)
class Undecided:
    """Why nothing is started: `candidates` are the starts between which nothing decides, or none at all."""

    candidates: tuple[str, ...] = ()


def quarkus(folder: Folder) -> Program | None:
    """Return the runner of a Quarkus fast-jar."""
    found = [one for one in folder.programs if one.manifest["Main-Class"].startswith(_RUNNER)]
    return found[0] if len(found) == 1 else None


def decide(analysis: Analysis) -> Start | Undecided:
    """Decide the one start of a folder. Scripts that name the same class agree; among others a usual name decides."""
    folder = analysis.folder
    if folder is None:
        return Undecided()
    scripted = {script.entry: start for script in folder.scripts if (start := _of_script(folder, script)) is not None}
    if scripted:
        return _one_of(scripted, folder.root)
    return _of_manifests(folder)


def _of_script(folder: Folder, script: StartScript) -> Start | None:
    if len(script.main_classes) == 1:
        main = script.main_classes[0]
        jar = folder.homes[main][0]
        own = next((one for one in folder.programs if one.entry == jar and one.manifest["Main-Class"] == main), None)
        return Start(jar, main, script, own)
    named = [one for one in folder.programs if one.entry.rpartition("/")[2] in script.jars]
    if not script.main_classes and len(named) == 1:
        return Start(named[0].entry, named[0].manifest["Main-Class"], script, named[0])
    return None


def _one_of(found: dict[str, Start], root: str) -> Start | Undecided:
    starts = {start.main_class: start for start in reversed(found.values())}
    if len(starts) == 1:
        return next(iter(starts.values()))
    for wanted in (_is_named_as(root), _is_usual):
        chosen = {start.main_class: start for entry, start in found.items() if wanted(_stem(entry))}
        if len(chosen) == 1:
            return next(iter(chosen.values()))
    return Undecided(tuple(f"{entry} ({start.main_class})" for entry, start in found.items()))


def _of_manifests(folder: Folder) -> Start | Undecided:
    startable = [one for one in folder.programs if one.manifest["Main-Class"] in folder.homes]
    # A library with a Main-Class is named by the program's Class-Path, and lies among the libraries.
    libraries = {path for one in startable for path in thin.named(one.manifest, one.entry) if path != one.entry}
    programs = [one for one in startable if one.entry not in libraries]
    for chosen in (startable, programs, [one for one in startable if "/" not in one.entry.removeprefix(folder.root)]):
        if len(chosen) == 1:
            return Start(chosen[0].entry, chosen[0].manifest["Main-Class"], program=chosen[0])
    return Undecided(tuple(f"{one.entry} ({one.manifest['Main-Class']})" for one in startable))


def refuse(analysis: Analysis) -> None:
    """Raise Refused where a folder holds no program, or several between which nothing decides."""
    found = decide(analysis)
    if isinstance(found, Start):
        return
    if found.candidates:
        raise Refused("several-programs", filename=analysis.filename, candidates=found.candidates[:10])
    raise Refused("no-program", filename=analysis.filename, count=len(analysis.libraries))


def _is_named_as(root: str) -> Callable[[str], bool]:
    return lambda stem: bool(stem) and (root.rstrip("/") == stem or root.startswith(f"{stem}-"))


def _is_usual(stem: str) -> bool:
    return stem in _USUAL


def _stem(entry: str) -> str:
    return entry.rpartition("/")[2].removesuffix(".sh")
