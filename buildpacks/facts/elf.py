"""Native libraries read as ELF: the machine, the C library and its version, what they ask for, their page alignment.

Sources: System V ABI (gABI), chapters "ELF Header", "Program Header" and "Dynamic Section"; Linux Standard Base Core
5.0, section 10.7 "Symbol Versioning" (`DT_VERNEED`); for Android and the BSDs the notes by which their loaders know
their own. Sections are not read: the loader does not need them and they may be stripped. Every number in the file may
be a lie: tables are bounded, and what lies outside of the file counts as damage.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from buildpacks.analysis import NativeLibrary
from buildpacks.archives.directory import Buffer

MAGIC = b"\x7fELF"
HEADER = 20
"""Bytes needed for the machine: e_ident, e_type, e_machine."""
_BIG_ENDIAN, _WIDE = 2, 2
_LINUX = frozenset({0, 3, 97})
"""EI_OSABI of Linux: none, GNU, and that of 32-bit ARM."""
_MACHINES = {
    3: "386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 43: "sparc64", 62: "amd64", 183: "arm64",
    243: "riscv64", 258: "loong64",
}  # fmt: skip
_BOTH_ORDERS = ("mips", "mips64", "ppc64")
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_NOTE = 1, 2, 3, 4
_NULL, _NEEDED, _STRTAB, _VERNEED, _VERNEEDNUM = 0, 1, 5, 0x6FFFFFFE, 0x6FFFFFFF
_WEAK = 2
"""vna_flags: a version that may be missing."""
_SEGMENTS, _TAGS, _NAMES, _VERSIONS = 256, 4096, 256, 4096
"""What is looked at of each table; real libraries have about 10, 40, 10 and 20."""
_LONGEST = 256
_NOTE = 256
_ALSO = {"GLIBC_ABI_DT_RELR": "GLIBC_2.36"}
"""Names without a number, and since when glibc has them."""
_GLIBC = re.compile(r"GLIBC_(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?")
_GLIBCXX = re.compile(r"GLIBCXX_(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?")
_OF_GLIBC = frozenset({"libc.so.6", "libc.so.6.1", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"})
_FOREIGN = re.compile(r"lib(?:c|m|dl|pthread)\.so\.\d+(?:\.\d+)?")
"""The same of others: libc.so.1 is that of Solaris, .7 of FreeBSD, .8 of DragonFly, .12 of NetBSD, .97.0 of OpenBSD."""
_NATIVE = re.compile(r"\.so(?![a-z0-9])|\.jnilib$")
_ANDROID = frozenset({"liblog.so", "libdl.so", "libm.so", "libandroid.so", "libstdc++.so"})


def machine(start: bytes) -> str | None:
    """Read the architecture in OCI words, `em-N` for others; None where these bytes are no ELF header."""
    if len(start) < HEADER or start[:4] != MAGIC:
        return None
    big, wide = start[5] == _BIG_ENDIAN, start[4] == _WIDE
    number = int.from_bytes(start[18:20], "big" if big else "little")
    name = _MACHINES.get(number, f"em-{number}")
    if name == "mips" and wide:
        name = "mips64"
    if name == "amd64" and not wide:
        # The x32 ABI: 32-bit pointers on the same processor, which no 64-bit process loads.
        return "amd64p32"
    return f"{name}le" if name in _BOTH_ORDERS and not big else name


@dataclass(frozen=True)
class Interpreter:
    """What one file asks to be loaded by; `at` is where its entry in the program header lies, in bytes."""

    path: str
    at: int


def interpreter(data: Buffer) -> Interpreter | None:
    """Read which loader the whole ELF file `data` names; None where it names none (a library, a static program), where
    it is no ELF file or damaged. Never raises.
    """
    if machine(bytes(data[:HEADER])) is None:
        return None
    try:
        return _Elf(data).interpreter()
    except (struct.error, OverflowError, _DamagedError):
        return None


def glance(path: str, start: Buffer) -> NativeLibrary | None:
    """Tell what the first bytes of a file say: its machine, and in `libc` whether it is for another system than Linux
    (None where that is not said). None where it is no ELF file. Never raises.
    """
    found = machine(bytes(start[:HEADER]))
    if found is None:
        return None
    try:
        foreign = "other" if start[7] not in _LINUX else _Elf(start).system()
    except (struct.error, OverflowError, _DamagedError):
        foreign = ""
    return NativeLibrary(path, found, foreign or None)


def looks_native(name: str) -> bool:
    """Whether an entry's name is worth a look: `.so`, with a version or a platform behind it, and JNI files of macOS'
    ending, which some builds give to all.
    """
    # Tens of thousands of names are asked about: most end here.
    if ".so" not in name and not name.endswith(".jnilib"):
        return False
    return _NATIVE.search(name.rpartition("/")[2]) is not None


def read(path: str, data: Buffer) -> NativeLibrary | None:
    """Read the facts of the ELF file whose beginning or whole is `data`; None where it is none.

    What is damaged, or lies behind the end of `data`, leaves `libc` at `unknown`. Never raises.
    """
    seen = glance(path, data)
    if seen is None or seen.libc is not None:
        return seen
    library = replace(seen, libc="unknown")
    try:
        return _Elf(data).facts(library)
    except (struct.error, OverflowError, _DamagedError):
        return library


class _DamagedError(Exception):
    """A number in the file leads nowhere."""


@dataclass(frozen=True)
class _Segment:
    at: int
    kind: int
    offset: int
    address: int
    size: int
    align: int


class _Elf:
    """One file: reads numbers in its own byte order and width."""

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self._wide = data[4] == _WIDE
        self._order = ">" if data[5] == _BIG_ENDIAN else "<"
        self._segments = tuple(self._program_header())

    def facts(self, library: NativeLibrary) -> NativeLibrary:
        aligns = [one.align for one in self._segments if one.kind == _PT_LOAD and one.align > 1]
        known = replace(library, align=min(aligns, default=0))
        names: list[int] = []
        told: dict[int, int] = {}
        for tag, value in self._dynamic():
            if tag == _NEEDED and len(names) < _NAMES:
                names.append(value)
            told[tag] = value
        if _STRTAB not in told:
            return replace(known, libc="unknown" if names else "none")
        strings = self._offset(told[_STRTAB])
        needed = tuple(self._text(strings + name) for name in names)
        versions = self._versions(told, strings) if _VERNEED in told else ()
        libc = _libc(needed)
        return replace(
            known,
            libc=libc,
            needed=needed,
            # The compiler's own library has versions of the same name with musl too.
            glibc=_newest(_GLIBC, versions) if libc == "glibc" else "",
            glibcxx=_newest(_GLIBCXX, versions),
        )

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        if at < 0:
            raise _DamagedError
        return struct.unpack_from(self._order + form, self._data, at)

    def _program_header(self) -> Iterator[_Segment]:
        start, size, count = self._wide_or_narrow(("32xQ14xHH", "28xI10xHH"), 0)
        for number in range(min(count, _SEGMENTS)):
            at = start + size * number
            if self._wide:
                kind, offset, address, stored, align = self._unpack("I4xQQ8xQ8xQ", at)
            else:
                kind, offset, address, stored, align = self._unpack("III4xI8xI", at)
            yield _Segment(at, kind, offset, address, stored, align)

    def _wide_or_narrow(self, forms: tuple[str, str], at: int) -> tuple[int, ...]:
        return self._unpack(forms[0] if self._wide else forms[1], at)

    def _dynamic(self) -> Iterator[tuple[int, int]]:
        """Pairs of tag and value up to DT_NULL."""
        entry = 16 if self._wide else 8
        for segment in self._segments:
            if segment.kind != _PT_DYNAMIC:
                continue
            for number in range(min(segment.size // entry, _TAGS)):
                tag, value = self._wide_or_narrow(("QQ", "II"), segment.offset + number * entry)
                if tag == _NULL:
                    return
                yield tag, value
            return

    def _versions(self, told: dict[int, int], strings: int) -> tuple[str, ...]:
        """Return the symbol versions that must be there, of whatever library."""
        found: list[str] = []
        at = self._offset(told[_VERNEED])
        for _ in range(min(told.get(_VERNEEDNUM, 0), _NAMES)):
            count, first, following = self._unpack("2xH4xII", at)
            aux = at + first
            for _ in range(count):
                if len(found) == _VERSIONS:
                    return tuple(found)
                flags, name, step = self._unpack("4xH2xII", aux)
                found += [] if flags & _WEAK else [self._text(strings + name)]
                aux += step
                if not step:
                    break
            at += following
            if not following:
                break
        return tuple(found)

    def system(self) -> str:
        """Return the system other than Linux that this is for (`bionic` is Android's C library); empty for Linux."""
        for segment in self._segments:
            if segment.kind == _PT_NOTE:
                note = bytes(self._data[segment.offset : segment.offset + min(segment.size, _NOTE)])
                if b"Android\0" in note:
                    return "bionic"
                if b"FreeBSD\0" in note or b"OpenBSD\0" in note or b"NetBSD\0" in note:
                    return "other"
        return ""

    def interpreter(self) -> Interpreter | None:
        found = next((one for one in self._segments if one.kind == _PT_INTERP), None)
        return None if found is None else Interpreter(self._text(found.offset), found.at)

    def _offset(self, address: int) -> int:
        for one in self._segments:
            if one.kind == _PT_LOAD and one.address <= address < one.address + one.size:
                return one.offset + address - one.address
        raise _DamagedError

    def _text(self, at: int) -> str:
        if not 0 <= at < len(self._data):
            raise _DamagedError
        text, end, _ = bytes(self._data[at : at + _LONGEST]).partition(b"\0")
        if not end:
            raise _DamagedError
        return text.decode("utf-8", "replace")


def _libc(needed: tuple[str, ...]) -> str:
    if any(name in _OF_GLIBC or name.startswith("ld-linux") for name in needed):
        return "glibc"
    if any(name.startswith(("libc.musl-", "ld-musl-")) for name in needed):
        return "musl"
    if any(_FOREIGN.fullmatch(name) for name in needed):
        return "other"
    if "libc.so" in needed:
        # Both Android and cross compilers for musl call it so; with musl the other parts are in it.
        return "bionic" if _ANDROID.intersection(needed) else "musl"
    return "none"


def _newest(pattern: re.Pattern[str], versions: tuple[str, ...]) -> str:
    found = [pattern.fullmatch(_ALSO.get(one, one)) for one in versions]
    numbers = max((tuple(int(part) for part in one.groups() if part) for one in found if one), default=())
    return ".".join(map(str, numbers))
