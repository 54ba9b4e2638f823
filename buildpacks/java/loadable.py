"""Whether an artifact's native libraries can be loaded where it is to run, judged by families.

A family is one library in its builds for several platforms (`linux/x86-64/libfoo.so` beside `aarch64/libfoo.so`): its
program picks one at run time, so one that can be loaded is enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from buildpacks.analysis import NativeLibrary
from buildpacks.sentences.values import sentence
from buildpacks.sentences.wording import Wording

SHOWN = 6
"""Libraries that one sentence names."""
_KB = 1024
_LARGE_PAGE = 64 * _KB
"""What Kylin and older distributions for servers with arm64 are compiled with; x86-64 has 4 KB everywhere."""
_LINUX = frozenset({"glibc", "musl", "none", "unknown"})
_WORDS = re.compile(
    r"(?<![a-z0-9])(?:linux(?:32|64)?|gnu|glibc|musl|android|(?:free|open|net)?bsd|sunos|solaris|aix|x86[-_]64|x86[-_]32"
    r"|x86|x64|x32|amd64|i[3-6]86|aarch[-_]?64|arm64|arm(?:v[5-8][a-z]*|hf|el)?|eabi(?:hf)?|ppc(?:le)?[-_]?(?:64)?(?:le|el)?"
    r"|s390x?(?:[-_]64)?|riscv[-_]?64|loong(?:arch)?[-_]?64|mips(?:64)?(?:el|le)?|sparc(?:v9|64)?|(?:32|64)(?:bit)?)(?![a-z0-9])"
)
"""Words for platforms in file names."""
_CXX = re.compile(r"libstdc\+\+\.so\.6\.0\.(\d+)")
"""The file libstdc++.so.6.0.N has the symbols up to GLIBCXX_3.4.N (libstdc++ manual, "ABI Policy and Guidelines")."""


class _Kind(IntEnum):
    """What can be wrong, the slightest first."""

    MAYBE_PAGE = 0
    PAGE = 1
    LIBRARY = 2
    GLIBC = 3
    LIBC = 4
    MISSING = 5


_UNSURE = frozenset({_Kind.MAYBE_PAGE, _Kind.LIBRARY})
"""What can turn out well: the host's pages may be small, and a mount or a folder that we do not know may hold it."""


@dataclass(frozen=True)
class Host:
    """Where they are to be loaded: `machine` in OCI words; `libc` the base's (`2.36` of glibc, `musl`, empty where it
    is unknown); `libraries` the shared libraries in the base by file name (empty: unknown); `page` the size of a memory
    page in bytes, None where the host is not known.
    """

    machine: str
    libc: str = ""
    libraries: frozenset[str] = frozenset()
    page: int | None = None


@dataclass(frozen=True)
class Unloadable:
    """What is `said` of some libraries, and what to do. `certain`: the program surely loads one of them, so it cannot
    start. `glibc`: the version that a base needs for all of them, empty where that is not the matter.
    """

    said: Wording
    certain: bool = False
    glibc: str = ""


@dataclass(frozen=True)
class _Fault:
    """What keeps one library from being loaded; `detail` goes behind its name."""

    kind: _Kind
    native: NativeLibrary
    detail: dict[str, Any] | None = None


def findings(natives: Collection[NativeLibrary], host: Host, loads: Collection[str] = ()) -> tuple[Unloadable, ...]:
    """Return what is to be said of the natives on that host, the worst first; one finding a kind. `loads` are the file
    names of libraries that the program surely loads.
    """
    usable = [native for native in natives if (native.libc or "unknown") in _LINUX]
    theirs = {_file(native) for native in usable if native.machine == host.machine}
    families: dict[str, list[NativeLibrary]] = {}
    for native in usable:
        families.setdefault(family(_file(native)), []).append(native)
    faults: dict[_Kind, list[_Fault]] = {}
    surely: set[_Kind] = set()
    for members in families.values():
        fault = _fault_of(members, host, theirs)
        if fault is not None:
            faults.setdefault(fault.kind, []).append(fault)
            if fault.kind not in _UNSURE and any(_file(native) in loads for native in members):
                surely.add(fault.kind)
    return tuple(_finding(kind, faults[kind], host, certain=kind in surely) for kind in sorted(faults, reverse=True))


def family(file: str) -> str:
    """Return the name of a library without the words for platforms in it: `libepoll_x86_64.so` is `libepoll.so`."""
    return re.sub(r"[-_.]+", ".", _WORDS.sub("", file.lower()))


def _fault_of(members: list[NativeLibrary], host: Host, theirs: Collection[str]) -> _Fault | None:
    """Return the slightest fault of those for this machine; None where one of them can be loaded."""
    mine = [native for native in members if native.machine == host.machine]
    if not mine:
        machines = sorted({native.machine for native in members})
        return _Fault(
            _Kind.MISSING, min(members, key=lambda one: len(one.path)), sentence("native-detail.for", names=machines)
        )
    faults = [_fault(native, host, theirs) for native in mine]
    found = [fault for fault in faults if fault is not None]
    return min(found, key=lambda fault: fault.kind) if len(found) == len(faults) else None


def _fault(native: NativeLibrary, host: Host, theirs: Collection[str]) -> _Fault | None:
    if host.libc and native.libc in {"glibc", "musl"} and (native.libc == "musl") != (host.libc == "musl"):
        return _Fault(_Kind.LIBC, native)
    if native.libc == "glibc" and host.libc and _numbers(native.glibc) > _numbers(host.libc):
        return _Fault(_Kind.GLIBC, native, sentence("native-detail.needs", glibc=native.glibc))
    lacking = _lacking(native, host, theirs)
    if lacking:
        return _Fault(_Kind.LIBRARY, native, sentence("native-detail.for", names=lacking))
    aligned = sentence("native-detail.aligned", kb=native.align // _KB)
    if native.align and native.align < (host.page or 0):
        return _Fault(_Kind.PAGE, native, aligned)
    if host.page is None and host.machine == "arm64" and 0 < native.align < _LARGE_PAGE:
        return _Fault(_Kind.MAYBE_PAGE, native, aligned)
    return None


def _lacking(native: NativeLibrary, host: Host, theirs: Collection[str]) -> list[str]:
    """Shared libraries that neither the base nor the artifact has."""
    if not host.libraries:
        return []
    lacking = [
        name
        for name in native.needed
        if name not in host.libraries and name not in theirs and not name.startswith(("ld-", "ld.", "ld64."))
    ]
    have = max((int(found[1]) for name in host.libraries if (found := _CXX.fullmatch(name))), default=None)
    wanted = _numbers(native.glibcxx)
    if have is not None and wanted > (3, 4, have):
        lacking.append(f"GLIBCXX_{native.glibcxx}")
    return lacking


def _finding(kind: _Kind, faults: list[_Fault], host: Host, *, certain: bool) -> Unloadable:
    named, more = [_named(fault) for fault in faults[:SHOWN]], max(0, len(faults) - SHOWN)
    base = host.libc if host.libc == "musl" else f"glibc {host.libc}"
    glibc = ""
    values: dict[str, Any] = {}
    match kind:
        case _Kind.MISSING:
            values = {"machine": host.machine}
        case _Kind.LIBC:
            other = "glibc" if host.libc == "musl" else "musl"
            values = {"other": other, "base": base, "wanted": base.partition(" ")[0]}
        case _Kind.GLIBC:
            glibc = ".".join(map(str, max(_numbers(fault.native.glibc) for fault in faults)))
            values = {"base": base, "glibc": glibc}
        case _Kind.PAGE:
            values = {"page": (host.page or 0) // _KB}
    variant = ".maybe" if kind is _Kind.MAYBE_PAGE else ""
    said = Wording(f"natives-{kind.name.rpartition('_')[2].lower()}{variant}", named=named, more=more, **values)
    return Unloadable(said, certain, glibc)


def _named(fault: _Fault) -> dict[str, Any]:
    home = fault.native.path.rpartition("!/")[0].rpartition("/")[2]
    return sentence("native-named", file=_file(fault.native), home=home, detail=fault.detail)


def _file(native: NativeLibrary) -> str:
    return native.path.rpartition("/")[2]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
