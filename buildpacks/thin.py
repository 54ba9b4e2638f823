"""The Class-Path of a manifest: which files it names beside a jar, and whether the program needs them.

Source: JAR File Specification, "Class-Path attribute".
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

from buildpacks import classfile
from buildpacks.analysis import Analysis
from buildpacks.archive import Archive

_LARGEST = 1 << 20
_OF_JAVA = ("java/", "javax/", "jdk/", "sun/", "com/sun/", "org/w3c/dom/", "org/xml/sax/", "org/ietf/jgss/", "org/omg/")
_SHOWN = 10


def named(manifest: Mapping[str, str], beside: str = "") -> tuple[str, ...]:
    """The paths of the files that the Class-Path names, relative to the archive's root; `beside` is the jar's entry.

    Folders (with a `/` at the end) are left out, as Java does not miss them; what is no relative path stays as it is.
    """
    home = posixpath.dirname(beside)
    found = []
    for item in manifest.get("Class-Path", "").split():
        if item.endswith("/"):
            continue
        parts = urlsplit(item)
        path = unquote(parts.path)
        away = parts.scheme not in {"", "file"} or path.startswith("/")
        found.append(item if away else posixpath.normpath(posixpath.join(home, path)))
    return tuple(dict.fromkeys(found))


def missing(manifest: Mapping[str, str], beside: str, present: Collection[str]) -> tuple[str, ...]:
    """Those of `named` that are not among the entries `present`."""
    return tuple(path for path in named(manifest, beside) if path not in present)


def listed(paths: Collection[str]) -> str:
    """A few of them, in words."""
    shown = ", ".join(list(paths)[:_SHOWN])
    return f"{shown} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else shown


def outside(archive: Archive, analysis: Analysis) -> tuple[str, ...]:
    """Classes that the main class names and that nobody here has: then the jars of its Class-Path are really needed.

    Many a jar that holds everything still has the Class-Path that its build wrote before it was merged.
    """
    entry = analysis.main_class_entry
    if entry is None or "!/" in entry or not named(analysis.manifest):
        return ()
    # Names below BOOT-INF and the like do not matter: a launcher's jar has no Class-Path of this kind.
    names = classfile.class_names(archive.read(entry, _LARGEST)) if archive.by_name[entry].size <= _LARGEST else ()
    return tuple(sorted(name for name in names if not name.startswith(_OF_JAVA) and f"{name}.class" not in archive))
