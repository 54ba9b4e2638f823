"""What a war asks of a servlet container: which namespace its classes use, what its web.xml says, its pages.

Java EE 8 and before have `javax.servlet`, Jakarta EE 9 and after `jakarta.servlet`; a class names the one that it was
compiled with. All text of a class file lies in its constant pool (Java Virtual Machine Specification, section 4.4), so
a search of its bytes is one of that pool.
"""

from __future__ import annotations

import re
import zlib
from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from buildpacks import classfile
from buildpacks.analysis import Analysis, Library, Member, Servlet
from buildpacks.archives.zips import Archive
from buildpacks.facts import library
from buildpacks.facts.forked import spread
from buildpacks.sentences.wording import Wording

JAVAX, JAKARTA = "javax", "jakarta"
DESCRIPTOR = "WEB-INF/web.xml"
CLASSES = "WEB-INF/classes/"
LIBRARIES = "WEB-INF/lib/"
_PAGES = (".jsp", ".jspx", ".jspf", ".tag", ".tagx")
_IN_CLASS = re.compile(rb"(javax|jakarta)/servlet/")
_IN_PAGE = re.compile(rb"\b(javax|jakarta)\.servlet\.(?!jsp\.jstl)")
_EJB = re.compile(rb"L(?:javax|jakarta)/ejb/(?:Stateless|Stateful|Singleton|MessageDriven|EJB);")
_ROOT = re.compile(r"<(?:\w+:)?web-app\b([^<>]*)>")
_VERSION = re.compile(r"""\bversion\s*=\s*["'](\d{1,3})\.(\d{1,3})["']""")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+web-app\b")
_LARGEST = 1 << 20
"""Bytes of one class, page or web.xml that are looked at; real ones are smaller."""
_AT_MOST = 64 << 20
"""Bytes that are unpacked of the application itself, and of one library; what is beyond is not looked at."""
_JAVAX_ENDS = (5, 0)
"""Servlet 5.0, the first in jakarta.servlet."""


def is_war(members: Iterable[Member], filename: str) -> bool:
    """Whether it has a war's layout: WEB-INF, or pages and a war's name: one of pages alone needs no WEB-INF."""
    names = tuple(member.name for member in members)
    if any(name.startswith("BOOT-INF/") for name in names):
        return False
    if any(name.startswith("WEB-INF/") for name in names):
        return True
    return filename.lower().endswith(".war") and any(name.endswith(_PAGES) for name in names)


def read(archive: Archive, libraries: tuple[Library, ...]) -> tuple[Servlet, tuple[Library, ...]]:
    """Read the facts of a war, and its libraries: with their namespace where nothing of the application itself decides.

    Raises Refused where an entry or a library is damaged.
    """
    own, ejb, pages = _own(archive)
    version, namespace = _descriptor(archive)
    if _leading(own) is None and namespace != JAKARTA:
        libraries = _all_looked_at(archive, libraries)
    # One that knows both adapts itself to either, so it decides nothing.
    theirs = Counter(item.servlet[0] for item in libraries if item.servlet and len(item.servlet) == 1)
    return Servlet(_pairs(own), _pairs(theirs), version, namespace, pages, ejb), libraries


def leading(analysis: Analysis) -> tuple[str | None, str]:
    """Return the namespace that the application uses and the reason; None where nothing in it says. Its own classes and
    pages go first, then a jakarta web.xml, then its libraries, then any other web.xml: those were often left as they
    were.
    """
    found = analysis.servlet or Servlet()
    named = Wording("servlet-reason.web-xml", version=".".join(map(str, found.version or ())))
    counted = _leading(dict(found.own))
    if counted is not None:
        return counted, Wording("servlet-reason.own", count=dict(found.own)[counted], namespace=counted)
    if found.namespace == JAKARTA:
        return JAKARTA, named
    counted = _leading(dict(found.libraries))
    if counted is not None:
        return counted, Wording("servlet-reason.libraries", count=dict(found.libraries)[counted], namespace=counted)
    return (found.namespace, named) if found.namespace else (None, Wording("servlet-reason.nothing"))


def _leading(counts: Mapping[str, int]) -> str | None:
    javax, jakarta = counts.get(JAVAX, 0), counts.get(JAKARTA, 0)
    return None if javax == jakarta else JAVAX if javax > jakarta else JAKARTA


def _own(archive: Archive) -> tuple[Counter[str], bool, int]:
    """How many own classes and pages use which namespace, whether a class is an EJB, and how many pages there are."""
    uses: Counter[str] = Counter()
    ejb, pages, left = False, 0, _AT_MOST
    for member in archive.members:
        page = member.name.endswith(_PAGES)
        pages += page
        own = member.name.startswith(CLASSES) and classfile.counts(member.name[len(CLASSES) :])
        if not (page or own) or member.size > min(left, _LARGEST):
            continue
        left -= member.size
        data = archive.read(member.name, _LARGEST)
        uses.update(_namespaces(data, _IN_PAGE if page else _IN_CLASS))
        ejb = ejb or (own and _EJB.search(data) is not None)
    return uses, ejb, pages


def _namespaces(data: bytes, pattern: re.Pattern[bytes]) -> set[str]:
    return {found.decode() for found in pattern.findall(data)}


def _all_looked_at(archive: Archive, libraries: tuple[Library, ...]) -> tuple[Library, ...]:
    def some(share: Sequence[Library]) -> dict[str, Library]:
        return {item.entry: _looked_at(archive, item) for item in share}

    new = [item for item in libraries if item.servlet is None]
    found = ChainMap(*spread(some, new, lambda item: item.size))
    return tuple(found.get(item.entry, item) for item in libraries)


def _looked_at(archive: Archive, item: Library) -> Library:
    uses: set[str] = set()
    left = _AT_MOST
    for packed, stored in library.classes(archive, archive.by_name[item.entry], _LARGEST):
        data = packed if stored else _inflated(packed)
        uses |= _namespaces(data, _IN_CLASS)
        left -= len(data)
        if len(uses) == 2 or left < 0:  # noqa: PLR2004 (there are two)
            break
    return replace(item, servlet=tuple(sorted(uses)))


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _LARGEST)
    except zlib.error:
        return b""


def _descriptor(archive: Archive) -> tuple[tuple[int, int] | None, str | None]:
    if DESCRIPTOR not in archive or archive.by_name[DESCRIPTOR].size > _LARGEST:
        return None, None
    return version_of(archive.read(DESCRIPTOR, _LARGEST))


def version_of(data: bytes) -> tuple[tuple[int, int] | None, str | None]:
    """Version and namespace out of web.xml's root element. Source: Servlet 6.0, chapter 14 "Deployment Descriptor"."""
    text = _without_comments(data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "replace"))
    root = _ROOT.search(text)
    found = _VERSION.search(root[1]) if root else None
    if found is None:
        return None, JAVAX if _DOCTYPE.search(text) else None
    version = int(found[1]), int(found[2])
    return version, JAKARTA if version >= _JAVAX_ENDS else JAVAX


def _without_comments(text: str) -> str:
    """One that does not end hides nothing. A regular expression would look for each end anew."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[at:start])
        at = end + len("-->")
    return "".join((*kept, text[at:]))


def _pairs(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items()))
