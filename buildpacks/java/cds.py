"""CDS archives: classes of the libraries, read and checked once, so that the next version of the program starts faster.

HotSpot takes an archive only where the class path begins with the very jars that it was made of (path, size, mtime).
So it is made over the libraries that stay, and they go in front of what changes with every push. Sources: JDK tool
reference, "java", section "Application Class-Data Sharing"; JEP 310.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from buildpacks import split
from buildpacks.analysis import Analysis
from buildpacks.archives.zips import open_archive
from buildpacks.facts import boot_layers, library
from buildpacks.plan import BuildPlan, Entry, Literal, Packed, PlannedFile, PlannedLayer, Ready

ROLE = "cds"
PATH = "opt/buildsvc/classes.jsa"
"""Where the image has the archive, relative to its root."""
LIST = "/tmp/buildsvc-classes.lst"  # noqa: S108 (inside the instance, which is alone there)
"""Where an instance without an archive writes down which classes it loads."""
OLDEST_JAVA = 11
"""Before, only the JDK's own classes can be archived."""
START = "opt/buildsvc/start"
"""Where the image of an instance without an archive has the option that makes it write that down: in a file, so that a
container that is there can be given an archive for its next start.
"""
FROM_ARCHIVE = f"-XX:SharedArchiveFile=/{PATH}"
_RECORD = f"-XX:DumpLoadedClassList={LIST}"
_START = f"@/{START}"
_MOVING_ROLES = (boot_layers.SNAPSHOTS, split.CHANGING)
_RECIPE = 1
"""Part of every key: raise it when archives of before can no longer be used."""
_HARMLESS = re.compile(
    r"META-INF/(MANIFEST\.MF|INDEX\.LIST|maven/.*|[^/]*\.(SF|RSA|DSA|EC)|[^/]*spring-configuration-metadata\.json|"
    r"(LICENSE|NOTICE|DEPENDENCIES|README|AL2\.0|LGPL2\.1)[^/]*|licenses?/.*)|(META-INF/versions/\d+/)?module-info\.class",
    re.IGNORECASE,
)
"""Names that many jars have and no running program looks up by class path order."""
_NAME = 8
"""Bytes that are kept of a name's digest."""


@dataclass(frozen=True)
class Arrangement:
    """A plan's class path in two parts: `steady` jars are the same in the next build, `moving` ones are not.

    `ordered` is the class path as it was planned, `stays` the paths of the steady ones.
    """

    ordered: tuple[PlannedFile, ...]
    stays: frozenset[str]

    @property
    def steady(self) -> tuple[PlannedFile, ...]:
        return tuple(file for file in self.ordered if file.path in self.stays)

    @property
    def moving(self) -> tuple[PlannedFile, ...]:
        return tuple(file for file in self.ordered if file.path not in self.stays)

    def without(self, paths: Iterable[str]) -> Arrangement:
        """Return the same class path, with these among what moves."""
        return replace(self, stays=self.stays.difference(paths))

    @property
    def steady_path(self) -> str:
        return _joined(self.steady)


def arrange(plan: BuildPlan, analysis: Analysis) -> Arrangement | None:
    """None where an archive is of no use: a program that is started by `-jar`, a folder on the class path, no library
    that stays.
    """
    if plan.launch.target[0] != "-cp":
        return None
    libraries = {one.entry for one in analysis.libraries}
    files = {f"/{file.path}": file for layer in plan.layers for file in layer.files}
    elements = plan.launch.target[1].split(":")
    if not all(element in files and isinstance(files[element].source, Entry | Packed) for element in elements):
        return None
    ordered = tuple(files[element] for element in elements)
    stays = {file for layer in plan.layers if _stays(layer) for file in layer.files if _entry(file) in libraries}
    found = Arrangement(ordered, frozenset(file.path for file in ordered if file in stays))
    return found if found.stays else None


def doubles(found: Arrangement, analysis: Analysis) -> tuple[str, ...]:
    """Paths of the steady jars that hold a name which a moving jar holds too, or one of these jars: with them in front
    another class or resource would be found than the planned class path finds. Raises Refused as `names` does.
    """
    each = _names_in(analysis, found.steady)
    taken = names(analysis, found.moving)
    left: list[str] = []
    while clashing := [path for path, held in each.items() if not held.isdisjoint(taken)]:
        left += clashing
        taken = taken.union(*(each.pop(path) for path in clashing))
    return tuple(sorted(left))


def key(found: Arrangement, analysis: Analysis, base: str) -> str:
    """Tell what an archive is valid for, as hex: the base (its configuration's digest) and the steady jars in order."""
    digests = {one.entry: one.sha256 for one in analysis.libraries}
    jars = [[file.path, digests[_entry(file)]] for file in found.steady]
    return hashlib.sha256(json.dumps([_RECIPE, base, jars]).encode()).hexdigest()


def recorded(plan: BuildPlan, found: Arrangement) -> BuildPlan:
    """Return the plan whose instance writes down which classes it loads."""
    launch = replace(plan.launch, options=(*plan.launch.options, _START))
    layer = PlannedLayer(ROLE, (PlannedFile(START, Literal(f"{_RECORD}\n".encode())),))
    return replace(plan, layers=_above(plan, found.steady, layer), launch=launch)


def is_recorded(options: Collection[str]) -> bool:
    """Whether an instance that was started with these options writes down which classes it loads."""
    return _START in options or _RECORD in options


def is_open(options: Collection[str]) -> bool:
    """Whether a container with these options takes an archive that is laid into it, at its next start."""
    return _START in options or FROM_ARCHIVE in options


def archived(plan: BuildPlan, found: Arrangement, ready: Ready) -> BuildPlan:
    """Return the plan with an archive: its layer above the last steady one, the steady jars first on the class path."""
    layers = _above(plan, found.steady, PlannedLayer(ROLE, (), ready=ready))
    path = _joined((*found.steady, *found.moving))
    launch = replace(
        plan.launch,
        options=(*plan.launch.options, FROM_ARCHIVE),
        target=("-cp", path, *plan.launch.target[2:]),
    )
    return replace(plan, layers=layers, launch=launch)


def names(analysis: Analysis, files: Iterable[PlannedFile]) -> frozenset[bytes]:
    """Short digests of the names of all classes and resources in these jars whose order on the class path matters.

    Raises Refused where the artifact or a library in it is damaged.
    """
    return frozenset().union(*_names_in(analysis, files).values())


def _names_in(analysis: Analysis, files: Iterable[PlannedFile]) -> dict[str, frozenset[bytes]]:
    """Do the same for each jar by its path; the artifact is opened once for all of them."""

    def digests(held: Iterable[str]) -> frozenset[bytes]:
        return frozenset(_short(name) for name in held if not name.endswith("/") and not _HARMLESS.fullmatch(name))

    found: dict[str, frozenset[bytes]] = {}
    nested: dict[str, str] = {}
    for file in files:
        if isinstance(file.source, Packed):
            found[file.path] = digests(new for _, new in file.source.entries)
        else:
            nested[file.path] = _entry(file)
    if nested:
        with open_archive(Path(analysis.path), name=analysis.filename) as archive:
            for path, entry in nested.items():
                found[path] = digests(library.names(archive, archive.by_name[entry]))
    return found


def packed(digests: Collection[bytes]) -> bytes:
    """Pack what `names` gave into bytes to be kept."""
    return b"".join(sorted(digests))


def unpacked(data: bytes) -> frozenset[bytes]:
    """Return what `packed` was made of."""
    return frozenset(data[at : at + _NAME] for at in range(0, len(data), _NAME))


def class_list(recorded_by_java: bytes) -> bytes:
    """Whole lines of a class list that was taken while its program was running: the last one may be half written."""
    return recorded_by_java[: recorded_by_java.rfind(b"\n") + 1]


def dump(class_path: str, class_list_path: str, archive_path: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the argv that makes an archive of what lies on a class path; it starts nothing of the program."""
    return (
        "java",
        "-Xshare:dump",
        *options,
        f"-XX:SharedClassListFile={class_list_path}",
        f"-XX:SharedArchiveFile={archive_path}",
        "-cp",
        class_path,
    )


def _above(plan: BuildPlan, steady: Collection[PlannedFile], layer: PlannedLayer) -> tuple[PlannedLayer, ...]:
    above = 1 + max(number for number, one in enumerate(plan.layers) if set(steady).intersection(one.files))
    return (*plan.layers[:above], layer, *plan.layers[above:])


def _stays(layer: PlannedLayer) -> bool:
    return layer.content_mtime and layer.role not in _MOVING_ROLES


def _entry(file: PlannedFile) -> str:
    return file.source.name if isinstance(file.source, Entry) else ""


def _joined(files: Iterable[PlannedFile]) -> str:
    return ":".join(f"/{file.path}" for file in files)


def _short(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=_NAME).digest()
