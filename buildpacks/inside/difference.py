"""What changes from one artifact to another: classes, libraries, configuration files, resources, the manifest.

Files are compared by CRC-32 and size, as the central directories state them; only what differs is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from buildpacks.analyse import CLASS_FOLDERS
from buildpacks.inside.libraries_changed import LibraryChange, libraries
from buildpacks.inside.library_names import name_and_version
from buildpacks.inside.outline import MANIFEST, Outline

_YAML_OR_PROPERTIES = re.compile(r"(?:(?:.*/)?(?:config|conf|cfg|etc)/(?:.*/)?)?[^/]+\.(?:ya?ml|properties)")
_NO_CONFIGURATION = re.compile(
    r"git\.properties|(?:.*[Mm]essages.*|.*_[a-z]{2}(?:_[A-Z]{2})?)\.properties|pom\.properties"
)
"""What a build writes about itself, and texts for people."""
_SILENT = re.compile(r"META-INF/(?:maven/|MANIFEST\.MF$)|(?:BOOT|WEB)-INF/(?:classpath|layers)\.idx$")
"""Follows from what is shown elsewhere."""
_NOISE = frozenset({
    "Manifest-Version", "Archiver-Version", "Created-By", "Built-By", "Tool", "Build-Jdk", "Bnd-LastModified",
    "Build-Time", "Build-Date", "Build-Timestamp", "Build-Number", "Build-Id", "Build-OS",
    "Implementation-Build-Date", "Ant-Version", "X-Compile-Source-JDK", "Originally-Created-By", "Class-Path",
    "Implementation-Build", "Git-Commit", "Build-Jdk-Spec",
})  # fmt: skip
"""Attributes that differ with every build, or say what is shown elsewhere."""


@dataclass(frozen=True)
class Names:
    """Sorted names of what was added, removed and changed."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)

    def __add__(self, other: Names) -> Names:
        return Names(
            tuple(sorted((*self.added, *other.added))),
            tuple(sorted((*self.removed, *other.removed))),
            tuple(sorted((*self.changed, *other.changed))),
        )


@dataclass(frozen=True)
class FileChange:
    """A configuration file that differs; None where it is not there, or too large to be read."""

    name: str
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True)
class Difference:
    """Everything that differs. `manifest` holds triples of attribute, old and new value; None where it is absent."""

    classes: Names = Names()
    libraries: tuple[LibraryChange, ...] = ()
    configuration: tuple[FileChange, ...] = ()
    resources: Names = Names()
    manifest: tuple[tuple[str, str | None, str | None], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.classes or self.libraries or self.configuration or self.resources or self.manifest)


def compare(old: Outline, new: Outline, own: Collection[str] = ()) -> Difference:
    """Tell what changes when `new` takes the place of `old`.

    `own` are the names (without version) of jars that hold the application's own classes: of those not only the
    version is told, but what changes in them.
    """
    found = _files(old, new)
    changes = libraries(old, new)
    for change in changes:
        if change.name in own and change.old_entry and change.new_entry:
            one, two = old.inside(change.old_entry), new.inside(change.new_entry)
            if one is not None and two is not None:
                found = _joined(found, _files(one, two), f"{change.name}.jar!/")
    return replace(found, libraries=changes)


def own_jars(*entries: str | None) -> frozenset[str]:
    """Return the names for `compare` of the jars at these entries; None is left out."""
    return frozenset(name_and_version(entry)[0] for entry in entries if entry)


def _files(old: Outline, new: Outline) -> Difference:
    prefixes = (_prefix(old), _prefix(new))
    names = _names(old, new, lambda name: not name.lower().endswith(".jar") and not _SILENT.match(name))
    classes = _picked(names, lambda name: name.endswith(".class") and name.startswith(prefixes))
    settings = _picked(names, lambda name: _is_configuration(name, prefixes))
    other = _without(_without(names, classes), settings)
    return Difference(
        classes=Names(*(tuple(_class_name(name) for name in part) for part in _parts(classes))),
        configuration=tuple(
            FileChange(name, old.read(name), new.read(name)) for name in sorted(set().union(*_parts(settings)))
        ),
        resources=other,
        manifest=_manifest(old.manifest(), new.manifest()) if MANIFEST in old.files or MANIFEST in new.files else (),
    )


def _names(old: Outline, new: Outline, counts: Callable[[str], bool]) -> Names:
    before, after = old.files, new.files
    # Ten thousand classes are usual in a shaded jar: no call for what is the same.
    differ = [
        name
        for name, now in after.items()
        if (was := before.get(name)) is not None and (was.crc, was.size) != (now.crc, now.size)
    ]
    return Names(
        tuple(sorted(filter(counts, after.keys() - before.keys()))),
        tuple(sorted(filter(counts, before.keys() - after.keys()))),
        tuple(sorted(filter(counts, differ))),
    )


def _parts(names: Names) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return names.added, names.removed, names.changed


def _picked(names: Names, wanted: Callable[[str], bool]) -> Names:
    return Names(*(tuple(filter(wanted, part)) for part in _parts(names)))


def _without(names: Names, gone: Names) -> Names:
    known = frozenset().union(*_parts(gone))
    return _picked(names, lambda name: name not in known)


def _joined(outer: Difference, part: Difference, where: str) -> Difference:
    def placed(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(where + name for name in names)

    return Difference(
        classes=outer.classes + part.classes,
        configuration=(*outer.configuration, *(replace(one, name=where + one.name) for one in part.configuration)),
        resources=outer.resources + Names(*map(placed, _parts(part.resources))),
        manifest=outer.manifest or part.manifest,
    )


def _prefix(outline: Outline) -> str:
    """Where its own classes lie; the root where it is neither a Spring Boot jar nor a war."""
    found = next((name for name in outline.files if name.startswith(CLASS_FOLDERS)), "")
    return next((home for home in CLASS_FOLDERS if found.startswith(home)), "")


def _class_name(entry: str) -> str:
    inside = next((entry.removeprefix(home) for home in CLASS_FOLDERS if entry.startswith(home)), entry)
    return inside.removesuffix(".class").replace("/", ".")


def _is_configuration(name: str, prefixes: Iterable[str]) -> bool:
    inside = next((name.removeprefix(one) for one in sorted(prefixes, key=len)[::-1] if name.startswith(one)), None)
    if inside is None or inside.startswith("META-INF/") or _NO_CONFIGURATION.fullmatch(name.rpartition("/")[2]):
        return False
    return _YAML_OR_PROPERTIES.fullmatch(inside) is not None


def _manifest(old: dict[str, str], new: dict[str, str]) -> tuple[tuple[str, str | None, str | None], ...]:
    names = sorted((old.keys() | new.keys()) - _NOISE)
    return tuple((name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))
