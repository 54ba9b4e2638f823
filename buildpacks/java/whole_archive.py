"""Archives over everything that a program loads, its own classes too: for the next start of the very same image.

HotSpot takes one only where every jar of the class path is the same by path, size and mtime. An image is never changed,
so there that holds, and the order on the class path stays as it was. It is made of names: of the classes that an
instance has listed, and of those in the program's own jars; nothing of the program is started, as it would be for an
archive that java writes when it ends. Sources: as `cds` names; JEP 483 for `AOTClassLinking`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from buildpacks.java import cds
from buildpacks.plan import Launch, Packed

LINKED_SINCE = 24
"""From this Java on its classes are linked beforehand, as those of an AOT cache are, without a run for practice."""
_RECIPE = 1
_CLASS = re.compile(r"(?!META-INF/)(?P<name>.+)\.class")
_OTHERWISE = re.compile(
    r"-(javaagent|agentlib|agentpath)|--(add|patch|limit|upgrade|module|enable)|"
    r"-XX:\+Use(Z|Shenandoah|Epsilon)|-Xshare|-Xbootclasspath|-XX:(SharedArchiveFile|AOT)"
)
"""Options with which a Java may refuse what is linked, or that choose an archive themselves."""
_READ_BY_JAVA = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


def key(manifest: str) -> str:
    """Tell what it is valid for, as hex: the image (its manifest's digest) whose program it was made of."""
    return hashlib.sha256(json.dumps(["whole", _RECIPE, manifest]).encode()).hexdigest()


def class_list(listed: bytes, found: cds.Arrangement) -> bytes:
    """Return a class list of all that was listed, and of every class in the jars that are the program's own."""
    packed = (file.source for file in found.moving if isinstance(file.source, Packed))
    matches = (_CLASS.fullmatch(new) for one in packed for _, new in one.entries)
    own = sorted({match["name"] for match in matches if match and not match["name"].endswith("module-info")})
    known = {line.split(b" ", 1)[0] for line in listed.splitlines()}
    return listed + b"".join(b"%b\n" % name for one in own if (name := one.encode()) not in known)


def dump(launch: Launch, java: int, class_list_path: str, archive_path: str) -> tuple[str, ...]:
    """Return the argv that makes the archive; it starts nothing of the program."""
    linked = ("-XX:+UseG1GC", "-XX:+AOTClassLinking") if java >= LINKED_SINCE else ()
    return cds.dump(launch.target[1], class_list_path, archive_path, linked)


def fits(command: Iterable[str], environment: Mapping[str, str]) -> bool:
    """Whether a program that is started so may be started from one: not with an agent, nor with options that java
    refuses the archive for.
    """
    told = (word for name in _READ_BY_JAVA for word in environment.get(name, "").split())
    return not any(_OTHERWISE.match(word) for word in (*command, *told) if word != cds.FROM_ARCHIVE)


def started_from(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same command line, from the archive: it no longer writes down which classes it loads."""
    java, *rest = command
    return (
        java,
        cds.FROM_ARCHIVE,
        *(word for word in rest if word != cds.FROM_ARCHIVE and not cds.is_recorded((word,))),
    )
