"""The Class-Path of a manifest: which files it names beside a jar, and whether the program needs them.

Source: JAR File Specification, "Class-Path attribute".
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

from buildpacks import classfile
from buildpacks.analysis import Analysis
from buildpacks.archives.zips import Archive
from buildpacks.errors import Refused
from buildpacks.sentences.wording import Wording

_LARGEST = 1 << 20
_OF_JAVA = ("java/", "javax/", "jdk/", "sun/", "com/sun/", "org/w3c/dom/", "org/xml/sax/", "org/ietf/jgss/", "org/omg/")
_STARTERS = ("io.quarkus.bootstrap.runner.", "org.springframework.boot.loader.")
"""What starts from these finds its libraries by another way, or is the same in every build."""
_SHOWN = 10
_MOST_LOOKED = 50


def named(manifest: Mapping[str, str], beside: str = "") -> tuple[str, ...]:
    """Return the paths of the files that the Class-Path names, relative to the archive's root; `beside` is the jar's
    entry.

    Folders (that end with `/`, `.` or `..`) are left out, as Java does not miss them; what is no relative path stays as
    it is.
    """
    home = posixpath.dirname(beside)
    found = []
    for item in manifest.get("Class-Path", "").split():
        if item.rpartition("/")[2] in {"", ".", ".."}:
            continue
        parts = urlsplit(item)
        path = unquote(parts.path)
        away = parts.scheme not in {"", "file"} or path.startswith("/")
        found.append(item if away else posixpath.normpath(posixpath.join(home, path)))
    return tuple(dict.fromkeys(found))


def missing(manifest: Mapping[str, str], beside: str, present: Collection[str]) -> tuple[str, ...]:
    """Return those of `named` that are not among the entries `present`."""
    return tuple(path for path in named(manifest, beside) if path not in present)


def listed(paths: Collection[str]) -> str:
    """Name a few of them, in words."""
    return Wording("some", names=list(paths)[:_SHOWN], more=max(0, len(paths) - _SHOWN))


def refusal(filename: str, paths: Collection[str]) -> Refused:
    """Return the refusal that names what is missing, and the ways to bring it."""
    return Refused("class-path-missing.thin", filename=filename, paths=listed(paths))


def outside(archive: Archive, analysis: Analysis) -> tuple[str, ...]:
    """Classes that the main class names and that nobody here has: then it needs other jars beside it.

    Only of a jar that has its classes in its root and no libraries inside. The classes within the main class count as
    it does: Scala and Kotlin put the program there.
    """
    entry = analysis.main_class_entry
    if entry is None or analysis.libraries or entry != _file(analysis.manifest.get("Main-Class", "")):
        return ()
    within = f"{entry.removesuffix('.class')}$"
    looked = [m for m in archive.members if m.name == entry or (m.name.startswith(within) and classfile.counts(m.name))]
    names = {
        name
        for member in looked[:_MOST_LOOKED]
        if member.size <= _LARGEST
        for name in classfile.class_names(archive.read(member.name, _LARGEST))
    }
    return tuple(sorted(name for name in names if not name.startswith(_OF_JAVA) and f"{name}.class" not in archive))


def may_lack(analysis: Analysis) -> bool:
    """Whether this one jar may be a thin one: it is started by a class, and its Class-Path names files beside it."""
    main = analysis.manifest.get("Main-Class", "")
    alone = analysis.folder is None and analysis.servlet is None
    return bool(alone and main and not main.startswith(_STARTERS) and named(analysis.manifest))


def lacks(analysis: Analysis) -> bool:
    """Whether it certainly cannot start without them."""
    return may_lack(analysis) and (analysis.main_class_entry is None or bool(analysis.outside))


def _file(name: str) -> str:
    return name.replace(".", "/") + ".class"
