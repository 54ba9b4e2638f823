"""Read an artifact once and state the facts. Libraries that were read before are remembered by their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from buildpacks import classfile
from buildpacks.analysis import Analysis, ClassStats, Library, Member, NativeLibrary
from buildpacks.archives import beginnings, contents
from buildpacks.archives.limits import DEFAULT, Bounds
from buildpacks.archives.zips import Archive, open_archive
from buildpacks.errors import Refused
from buildpacks.facts import elf, jar_manifest, library, loads, natives, nested_jars, servlet
from buildpacks.facts.library import Maven
from buildpacks.facts.natives import PackedNative
from buildpacks.facts.nested_jars import Known, nothing_known
from buildpacks.facts.properties import parse_properties
from buildpacks.programs import folders, thin

LIBRARY_FOLDERS = ("BOOT-INF/lib/", "WEB-INF/lib/", "WEB-INF/lib-provided/")
CLASS_FOLDERS = ("BOOT-INF/classes/", "WEB-INF/classes/")
LOADER = "org/springframework/boot/loader/"
LOADER_PACKAGE = "org.springframework.boot.loader."
_LARGEST_CLASS = 1 << 20
_LARGEST_MANIFEST = 16 << 20
"""That of a signed jar has a digest for each entry."""
_LARGEST_TEXT = 1 << 20
"""Any other file of metadata; a larger one is none, and not looked at."""
_MOST_CONFIGURATION = 1 << 20
"""Bytes of all configuration files together; what is beyond is not looked at."""
_CONFIGURATION = ("application", "bootstrap")
_ENDINGS = (".yml", ".yaml", ".properties")
_REVISIONS = ("Git-Commit", "Git-Revision", "Scm-Revision", "Build-Revision", "Implementation-Build")


def analyse(
    path: Path,
    filename: str,
    *,
    sha256: str | None = None,
    known: Known = nothing_known,
    machines: Collection[str] | None = (),
    limits: Bounds = DEFAULT,
    every_byte: bool = False,
    meanwhile: Callable[[Analysis], object] | None = None,
) -> Analysis:
    """State the facts of the artifact at `path`, which its owner calls `filename`.

    With `sha256` (hex) the file is not hashed again. `known` gives the facts of libraries from an earlier analysis;
    their entries are not read again. Native libraries for `machines` are unpacked and read (None: all of them); of the
    others only the machine is stated. With `every_byte` all is checked, as a door must: every entry, and
    the entries of libraries that are not known. Where other processes read the libraries, `meanwhile` gets the analysis
    as it is without what they will say: of each library that is not known only digest and size. Raises Refused where
    the archive is broken or beyond the limits.
    """
    with open_archive(path, limits, filename) as archive, ThreadPoolExecutor(2) as aside:
        hashed = aside.submit(_digest, path) if sha256 is None else None
        told = (
            jar_manifest.parse(archive.read(jar_manifest.NAME, _LARGEST_MANIFEST))
            if jar_manifest.NAME in archive
            else {}
        )
        nested = _libraries(archive, told)
        sound = aside.submit(_check, archive, nested) if every_byte else None
        majors = _majors(archive, _own_members(archive, told))

        def stated(libraries: tuple[Library, ...]) -> Analysis:
            digest = hashed.result() if hashed is not None else str(sha256)
            return _stated(path, archive, told, majors, libraries, machines=machines, sha256=digest)

        tally = contents.Tally(filename, limits, len(archive.data)) if every_byte else None
        tell = (lambda named: meanwhile(stated(named))) if meanwhile is not None else None
        libraries = nested_jars.read(archive, nested, known, tally, machines=machines, meanwhile=tell)
        analysis = _completed(archive, stated(libraries))
        if sound is not None:
            sound.result()
        if folders.is_folder(archive.members):
            return folders.complete(archive, analysis)
        return replace(analysis, outside=thin.outside(archive, analysis))


def _stated(
    path: Path,
    archive: Archive,
    told: dict[str, str],
    majors: Mapping[str, int],
    libraries: tuple[Library, ...],
    *,
    machines: Collection[str] | None,
    sha256: str,
) -> Analysis:
    """Return all that follows from the archive's own entries and from what its libraries say of themselves."""
    main_class = started_class(told)
    entry, major = _main_class(archive, main_class, majors, libraries)
    return Analysis(
        path=str(path),
        filename=archive.name,
        sha256=sha256,
        size=len(archive.data),
        members=archive.members,
        manifest=told,
        classes=ClassStats(len(majors), max(majors.values(), default=None)),
        main_class_major=major,
        libraries=libraries,
        natives=(*_natives(archive, machines), *_nested_natives(libraries)),
        configuration=_configuration(archive),
        maven=_maven(archive),
        layers_index=_index(archive, "layers.idx"),
        classpath_index=_index(archive, "classpath.idx"),
        newest_mtime=max(member.mtime for member in archive.members),
        main_class=main_class,
        main_class_entry=entry,
        revision=_revision(archive, told),
        state=archive.state,
    )


def _completed(archive: Archive, analysis: Analysis) -> Analysis:
    """With what is looked for only where something else was found: of wars, and of native libraries."""
    told, entry = analysis.manifest, analysis.main_class_entry
    if servlet.is_war(archive.members, archive.name) and not starts_itself(analysis.main_class, entry, told):
        asked, libraries = servlet.read(archive, analysis.libraries)
        analysis = replace(analysis, servlet=asked, libraries=libraries)
    return replace(analysis, loads=_loads(archive, entry)) if analysis.natives else analysis


def started_class(told: Mapping[str, str]) -> str | None:
    """Return the class that is started in the end, from the manifest; None for a library."""
    main = told.get("Main-Class") or None
    if main and main.startswith(LOADER_PACKAGE):
        return told.get("Start-Class") or told.get("Loader-Main") or main
    return main


def starts_itself(main_class: str | None, entry: str | None, told: Mapping[str, str]) -> bool:
    """Whether `java -jar` finds what the manifest names: the root of the archive, or a launcher that knows the rest."""
    if told.get("Main-Class", "").startswith(LOADER_PACKAGE):
        return True
    return main_class is not None and entry == main_class.replace(".", "/") + ".class"


def own_prefix(members: Iterable[Member]) -> str:
    """Where the application's own classes begin: BOOT-INF/classes/, WEB-INF/classes/, or the root (empty)."""
    names = tuple(member.name for member in members)
    return next((folder for folder in CLASS_FOLDERS if any(name.startswith(folder) for name in names)), "")


def library_folders(members: Sequence[Member], told: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folders whose jars are libraries. `lib/` counts only under a Spring Boot launcher up to 1.3; in a zip
    that is no jar itself all count (empty).
    """
    names = tuple(member.name for member in members)
    if folders.is_folder(members):
        return ("",)
    found = tuple(home for home in LIBRARY_FOLDERS if any(name.startswith(home) for name in names))
    if not found and not own_prefix(members) and told.get("Main-Class", "").startswith(LOADER_PACKAGE):
        return ("lib/",)
    return found


def _libraries(archive: Archive, told: Mapping[str, str]) -> list[Member]:
    homes = library_folders(archive.members, told)
    return [m for m in archive.members if m.name.startswith(homes) and m.name.lower().endswith(".jar")]


def _check(archive: Archive, nested: list[Member]) -> None:
    """Read every byte of the archive itself, compressed libraries excepted: those are checked while they are read."""
    contents.check(archive, {member.name for member in nested if not member.stored})
    if folders.is_folder(archive.members):
        return
    if archive.not_for_java:
        raise Refused("not-for-java", archive=archive.name, not_for_java=archive.not_for_java)
    if jar_manifest.NAME in archive:
        fault = jar_manifest.fault(archive.read(jar_manifest.NAME, _LARGEST_MANIFEST))
        if fault:
            raise Refused("manifest-damaged", archive=archive.name, fault=fault)


def _own_members(archive: Archive, told: Mapping[str, str]) -> list[Member]:
    prefix = own_prefix(archive.members)
    launched = told.get("Main-Class", "").startswith(LOADER_PACKAGE)
    return [
        member
        for member in archive.members
        if member.name.startswith(prefix)
        and classfile.counts(member.name[len(prefix) :])
        and not (launched and not prefix and member.name.startswith(LOADER))
    ]


def _majors(archive: Archive, members: Iterable[Member]) -> dict[str, int]:
    found: dict[str, int] = {}
    for member in members:
        major = classfile.major(
            beginnings.first_bytes(archive.data, member.offset, member.compressed_size, member.stored)
        )
        if major is not None:
            found[member.name] = major
    return found


def _main_class(
    archive: Archive, name: str | None, majors: Mapping[str, int], libraries: tuple[Library, ...]
) -> tuple[str | None, int | None]:
    if name is None:
        return None, None
    file = name.replace(".", "/") + ".class"
    for entry in (own_prefix(archive.members) + file, file):
        if entry in archive:
            member = archive.by_name[entry]
            start = beginnings.first_bytes(archive.data, member.offset, member.compressed_size, member.stored)
            return entry, majors.get(entry, classfile.major(start))
    for nested in libraries:
        found = library.find_class(archive, archive.by_name[nested.entry], file)
        if found is not None:
            return f"{nested.entry}!/{file}", found
    return None, None


def _natives(archive: Archive, machines: Collection[str] | None) -> Iterable[NativeLibrary]:
    entries = (
        PackedNative(member.name, member.offset, member.compressed_size, member.stored)
        for member in archive.members
        if elf.looks_native(member.name)
    )
    return natives.read(archive.data, entries, machines)


def _loads(archive: Archive, entry: str | None) -> tuple[str, ...]:
    """Return the classes that the class of this entry surely loads; it may lie in a nested jar."""
    outer, _, inner = (entry or "").partition("!/")
    if outer not in archive or (archive.by_name[outer].size > _LARGEST_CLASS and not inner):
        return ()
    if inner:
        return loads.certain(library.pick(archive, archive.by_name[outer], (inner,)).get(inner, b""))
    return loads.certain(archive.read(outer, _LARGEST_CLASS))


def _nested_natives(libraries: tuple[Library, ...]) -> Iterable[NativeLibrary]:
    for nested in libraries:
        for found in nested.natives:
            yield replace(found, path=f"{nested.entry}!/{found.path}")


def _configuration(archive: Archive) -> dict[str, bytes]:
    found = {}
    left = _MOST_CONFIGURATION
    for member in archive.members:
        folder, _, last = member.name.rpartition("/")
        at_home = folder in {"", "config", "BOOT-INF/classes", "BOOT-INF/classes/config"} or folder in {
            "WEB-INF/classes",
            "WEB-INF/classes/config",
        }
        if at_home and last.startswith(_CONFIGURATION) and last.endswith(_ENDINGS) and member.size <= left:
            found[member.name] = archive.read(member.name, left)
            left -= member.size
    return found


def _maven(archive: Archive) -> Maven | None:
    for home in ("META-INF/maven/", *(f"{folder}META-INF/maven/" for folder in CLASS_FOLDERS)):
        names = [m.name for m in archive.members if m.name.startswith(home) and m.name.endswith("/pom.properties")]
        if len(names) == 1:
            return library.maven_of(_text(archive, names[0]) or b"")
    return None


def _index(archive: Archive, name: str) -> bytes | None:
    for folder in ("BOOT-INF/", "WEB-INF/"):
        found = _text(archive, folder + name)
        if found is not None:
            return found
    return None


def _text(archive: Archive, name: str) -> bytes | None:
    if name not in archive or archive.by_name[name].size > _LARGEST_TEXT:
        return None
    return archive.read(name, _LARGEST_TEXT)


def _revision(archive: Archive, told: Mapping[str, str]) -> str | None:
    for folder in (*CLASS_FOLDERS, ""):
        found = parse_properties(_text(archive, f"{folder}git.properties") or b"")
        revision = found.get("git.commit.id") or found.get("git.commit.id.full") or found.get("git.commit.id.abbrev")
        if revision:
            return revision
    return next((told[name] for name in _REVISIONS if told.get(name)), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
