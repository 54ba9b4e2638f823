"""Small artifacts of every kind, honest ones and nasty ones, made in code: what the fuzzing starts from.

Honest ones are (file name, bytes): each has a plan. Nasty ones are (file name, bytes, the code that refuses them; empty
where they are taken). All of them together are some hundred KB, so that ten thousand mutants are made in seconds.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from tests import forge

NESTED = forge.library("a.B", "a.C", extra={"lib/x.so": forge.elf(), "a.txt": b"text " * 40}, maven=("g", "n", "1"))
WHOLE_LAYERS = {"dependencies": ["BOOT-INF/lib/"], "application": ["BOOT-INF/classes/"]}
ALONE = forge.archive({
    "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "demo.Main"}), "demo/Main.class": forge.main_class(11),
})  # fmt: skip
SCRIPT = b"#!/bin/sh\nexec java -cp 'lib/*' demo.Main\n"
PROGRAM = forge.archive({
    "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "demo.Main", "Class-Path": "lib/n-1.jar"}),
    "demo/Main.class": forge.main_class(11, names=("a/B",)),
})  # fmt: skip
_RUNNER = forge.archive({
    "META-INF/MANIFEST.MF": forge.manifest({
        "Main-Class": "io.quarkus.bootstrap.runner.QuarkusEntryPoint", "Class-Path": "lib/boot/n-1.jar",
    }),
    "io/quarkus/bootstrap/runner/QuarkusEntryPoint.class": forge.main_class(11),
})  # fmt: skip


def tar(files: Mapping[str, bytes], mode: str = "w:gz", *more: tarfile.TarInfo) -> bytes:
    """A tar with these files, then `more` headers without content; the same bytes every time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode.partition(":")[0]) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    packed = {"": bytes, "gz": lambda raw: gzip.compress(raw, mtime=0), "bz2": bz2.compress, "xz": lzma.compress}
    return packed[mode.partition(":")[2]](out.getvalue())


def described(entries: Mapping[str, bytes]) -> bytes:
    """A jar as a stream writes it, Java's own way: sizes follow the data, and the headers in front have none."""
    out = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object, /) -> int:
            return out.write(data)  # type: ignore[arg-type]

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name, forge.MTIME), data)
    return out.getvalue()


def old_name(data: bytes, name: str, raw: bytes) -> bytes:
    """Rename an entry to bytes that are no UTF-8, and take the mark away that they were: how old tools wrote names."""
    changed = bytearray(data.replace(name.encode(), raw))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = changed.find(mark)
        while position >= 0:
            changed[position + at + 1] &= ~0x08
            position = changed.find(mark, position + 4)
    return bytes(changed)


def honest() -> dict[str, tuple[str, bytes]]:
    """Every kind that is taken."""
    boot = forge.boot_jar(layers=WHOLE_LAYERS, libraries={"n-1.jar": NESTED})
    plain = forge.jar({"demo.B": 8}, extra={"data.bin": bytes(range(256)) * 8, "empty/": b"", "a/b/c.txt": b"x" * 300})
    main = {"META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "demo.Main"}), "demo/Main.class": forge.main_class(8)}
    signed = {"META-INF/A.SF": b"Signature-Version: 1.0\r\n\r\n", "META-INF/A.RSA": b"\x30\x82" + bytes(60)}
    versions = {"META-INF/versions/17/demo/B.class": forge.class_file(17), "module-info.class": forge.class_file(17)}
    folder = {"app-1.0/bin/run": SCRIPT, "app-1.0/lib/n-1.jar": NESTED, "app-1.0/lib/app.jar": ALONE,
              "app-1.0/conf/application.yml": b"server: {port: 81}\n"}  # fmt: skip
    quarkus = {"quarkus-app/quarkus-run.jar": _RUNNER, "quarkus-app/lib/boot/n-1.jar": NESTED,
               "quarkus-app/app/shop-1.jar": forge.library("shop.Main", maven=("g", "shop", "1")),
               "quarkus-app/lib/main/m-1.jar": forge.library("m.M"),
               "quarkus-app/quarkus/generated-bytecode.jar": forge.library("g.G")}  # fmt: skip
    jars = {
        "boot": boot,
        "boot without index": forge.boot_jar(classpath_index=False, libraries={"n-1-SNAPSHOT.jar": NESTED}),
        "boot, compressed libraries": forge.boot_jar(libraries={"n-1.jar": NESTED}, nested_stored=False),
        "boot with a script": forge.SCRIPT + boot,
        "boot with a script, its offsets moved": forge.with_script(boot),
        "boot, zip64": forge.zip64(boot),
        "boot war": forge.boot_jar(root="WEB-INF", launcher=forge.WAR_LAUNCHER, libraries={"n-1.jar": NESTED}),
        "plain": plain,
        "plain, stored": forge.jar({"demo.B": 8}, extra={"a.txt": b"x" * 300}, stored=True),
        "plain, zip64 and a script": forge.zip64(forge.with_script(plain)),
        "with a comment": forge.jar({"demo.B": 8}, comment=b"built by hand"),
        "with descriptors": described(main | {"a.txt": b"alpha " * 60}),
        "signed": forge.archive(main | signed),
        "multi-release": forge.jar({"demo.B": 8}, attributes={"Multi-Release": "true"}, extra=versions),
        "names in Chinese": forge.jar(extra={"资源/说明.txt": b"x", "ü.txt": b"y"}),
    }
    wars = {
        "war": forge.war("jakarta", version="6.0", libraries={"n-1.jar": NESTED}, extra={"index.jsp": b"<%= 1 %>"}),
        "old war": forge.war("javax", libraries={"s.jar": forge.servlet_library("javax")}, version="3.1"),
    }
    zips = {
        "distribution": forge.archive(folder),
        "thin": forge.archive({"shop.jar": PROGRAM, "lib/n-1.jar": NESTED}, stored=(".jar",)),
        "quarkus": forge.archive(quarkus),
        "distribution, old names": old_name(forge.archive(folder | {"app-1.0/xyz.txt": b"1"}), "xyz", b"\x81\xff\xfe"),
    }
    tars = {
        "tar": tar(folder, "w"),
        "tar.gz": tar(folder),
        "tar.bz2": tar(folder, "w:bz2"),
        "tar.xz": tar(folder, "w:xz"),
    }
    named = {**dict.fromkeys(jars, "app-1.0.jar"), **dict.fromkeys(wars, "app-1.0.war"),
             **dict.fromkeys(zips, "app-1.0.zip"), **dict.fromkeys(tars, "app-1.0.tar.gz")}  # fmt: skip
    return {kind: (named[kind], data) for kind, data in (jars | wars | zips | tars).items()}


def zip_of(entries: list[tuple[bytes, bytes]], **how: object) -> bytes:
    """A stored zip written by hand, so that it may lie: names twice, and what `how` says of `lies`."""
    body, directory = bytearray(), bytearray()
    for name, data in entries:
        size = int(str(how.get("size", len(data))))
        crc = zlib.crc32(data)
        extra = how.get("extra", b"")
        assert isinstance(extra, bytes)
        local = how.get("local", name)
        assert isinstance(local, bytes)
        common = struct.pack("<HHHHHIII", 20, 0x800, 0, 0, 0x58B1, crc, len(data), size)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HH", len(name), len(extra))
        directory += struct.pack("<HHHII", 0, 0, 0, 0, int(str(how.get("offset", len(body))))) + name + extra
        body += b"PK\x03\x04" + common + struct.pack("<HH", len(local), 0) + local + data
    count = int(str(how.get("count", len(entries))))
    start = int(str(how.get("start", len(body))))
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return bytes(body + directory + end)


def quoted_bomb(files: int = 60, kernel: int = 1 << 20) -> bytes:
    """Each entry's data quotes the next local header as a stored block and ends in the same compressed kernel: every
    entry is whole by itself and all of them share the kernel (the construction of Fifield, WOOT 2019).
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed, size, content_crc = packer.compress(bytes(kernel)) + packer.flush(), kernel, zlib.crc32(bytes(kernel))
    body, directory = packed, []
    content = bytes(kernel)
    for number in reversed(range(files)):
        name = f"{number:04}".encode()
        common = struct.pack("<HHHHHIII", 20, 0x800, 8, 0, 0x58B1, content_crc, len(body), size)
        header = b"PK\x03\x04" + common + struct.pack("<HH", len(name), 0) + name
        directory.append((name, common, len(body) + len(header)))
        quoted = b"\x00" + struct.pack("<HH", len(header), 0xFFFF ^ len(header)) + header
        content = header + content
        size, content_crc = len(content), zlib.crc32(content)
        body = quoted + body if number else header + body
    total = len(body)
    out = body
    for name, common, behind in reversed(directory):
        # Where it begins is counted from the end: what was put in front later moved it.
        out += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0,
                                                                            total - behind) + name  # fmt: skip
    return out + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, files, files, len(out) - total, total, 0)


def _header(name: str, kind: bytes, **how: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in how.items():
        setattr(info, key, value)
    return info


def _raw_tar(*pieces: bytes) -> bytes:
    return b"".join(piece + bytes(-len(piece) % 512) for piece in pieces) + bytes(1024)


def _pax(records: bytes) -> bytes:
    info = _header("x", tarfile.XHDTYPE, size=len(records))
    return _raw_tar(info.tobuf(tarfile.USTAR_FORMAT), records, _header("a", tarfile.REGTYPE).tobuf())


def _damaged_header() -> bytes:
    """Everything up to it makes a program."""
    data = tar({"lib/app.jar": PROGRAM, "lib/more.jar": NESTED}, "w")
    return data.replace(b"lib/more.jar", b"lib/mare.jar", 1)


def nasty() -> Iterator[tuple[str, str, bytes, str]]:
    """(what it is, its file name, bytes, the code that refuses it at the door)."""
    plain = forge.jar()
    one = [(b"a", b"1234")]
    file, link = (struct.pack("<I", mode << 16) for mode in (0o100644, 0o120777))
    yield "entries that overlap", "x.jar", zip_of([(b"a", b"1234"), (b"a", b"1234")], offset=0), "entries-overlap"
    yield "a quoted-overlap bomb", "x.jar", quoted_bomb(), "entries-overlap"
    yield "an offset beyond the end", "x.jar", zip_of(one, offset=4000), "archive-truncated"
    yield "an offset of -1", "x.jar", zip_of(one, offset=0xFFFFFFFE), "archive-truncated"
    yield "a directory before the beginning", "x.jar", zip_of(one, start=0xFFFFFFF0), "archive-truncated"
    yield "other sizes than its data", "x.jar", zip_of(one, size=3), "archive-truncated"
    yield "more entries stated than there are", "x.jar", zip_of(one, count=2), "archive-truncated"
    yield "fewer entries stated than there are", "x.jar", zip_of([*one, (b"b", b"")], count=1), "archive-truncated"
    yield "another name in its local header", "x.jar", zip_of(one, local=b"b"), "archive-truncated"
    yield (
        "an extra field of 60,000 bytes",
        "x.jar",
        zip_of(one, extra=struct.pack("<HH", 9, 59996) + bytes(59996)),
        "no-classes",
    )
    yield (
        "a zip64 field that breaks off",
        "x.jar",
        zip_of(one, extra=struct.pack("<HH", 1, 8) + bytes(3)),
        "not-for-java",
    )
    yield "an end record in its comment", "x.jar", forge.jar(comment=b"PK\x05\x06" + bytes(18)), "archive-empty"
    yield "two end records", "x.jar", plain + plain[plain.rindex(b"PK\x05\x06") :], "archive-truncated"
    yield "two archives one behind the other", "x.jar", plain + forge.jar(), "archive-truncated"
    yield "a directory inside a nested jar", "x.jar", _cut_at_nested(), "archive-truncated"
    yield "a symbolic link", "x.jar", plain.replace(file, link), "entry-is-link"
    yield "a name of nothing", "x.jar", zip_of([(b"", b"")]), "entry-outside"
    yield "a name with NUL", "x.jar", zip_of([(b"a\0b", b"")]), "entry-name"
    yield "a name that moves the cursor", "x.jar", zip_of([(b"a\x1b[2Jb", b"")]), "entry-name"
    yield "a name with a C1 control", "x.jar", zip_of([("a\x9b2J".encode(), b"")]), "entry-name"
    yield "a name upwards", "x.jar", zip_of([(b"a/../../b", b"")]), "entry-outside"
    yield "an absolute name", "x.jar", zip_of([(b"/etc/passwd", b"")]), "entry-outside"
    yield "a name of a drive", "x.jar", zip_of([(b"C:\\b", b"")]), "entry-outside"
    yield "a name of 1,025 bytes", "x.jar", zip_of([(b"a" * 1025, b"")]), "entry-too-large"
    yield "a name in 101 folders", "x.jar", zip_of([(b"a/" * 101 + b"b", b"")]), "entry-too-deep"
    yield "a manifest without end", "x.jar", _told(b"Main-Class: demo.Main"), "manifest-damaged"
    yield "a manifest that is none", "x.jar", _told(b"Main-Class: demo.Main\nwhat\n"), "manifest-damaged"
    yield "a name that is another in front of the content", "x.jar", _two_names(plain, b"demo/"), "archive-truncated"
    named = forge.boot_jar(libraries={"two-names.jar": _two_names(NESTED, b"a/B")})
    yield "a library with a name that is another in front of the content", "x.jar", named, "library-damaged"
    yield "a library with a damaged class", "x.jar", _damaged_library(), "library-damaged"
    yield "a file that is a folder too", "x.zip", forge.archive(
        {"a/lib/n.jar": NESTED, "a/app.jar": ALONE, "a/x": b"1", "a/x/y": b"2"}), "entry-twice"  # fmt: skip
    yield (
        "a name that is no UTF-8",
        "x.jar",
        old_name(forge.jar(extra={"xyz": b""}), "xyz", b"\x81\xff\xfe"),
        "not-for-java",
    )
    yield "a zip64 record where Java does not look", "x.jar", forge.SCRIPT + forge.zip64(plain), "not-for-java"
    yield from nasty_tars()


def nasty_tars() -> Iterator[tuple[str, str, bytes, str]]:
    """Tars that lie, leave their place, or are more than they seem."""
    jar = {"lib/app.jar": PROGRAM}
    for what, kind in (("a device", tarfile.CHRTYPE), ("a pipe", tarfile.FIFOTYPE), ("a hard link", tarfile.LNKTYPE)):
        yield f"a tar with {what}", "x.tar", tar(jar, "w", _header("x", kind, linkname="/etc/passwd")), "entry-is-link"
    yield "a tar that leaves its place", "x.tar.gz", tar({"../../etc/x": b"1"}), "entry-outside"
    yield "a tar with an absolute name", "x.tar.gz", tar({"/etc/x": b"1"}), "entry-outside"
    yield "a tar with a control character", "x.tar.gz", tar({"a\x1bb": b"1"}), "entry-name"
    sparse = _header("a", tarfile.GNUTYPE_SPARSE, size=0).tobuf(tarfile.GNU_FORMAT)
    yield "a sparse tar", "x.tar", _raw_tar(sparse), "tar-header"
    yield "a pax header with NUL", "x.tar", _pax(b"12 path=a\0b\n"), "tar-header"
    lies = {
        "a length that lies": b"99999999999 path=a\n",
        "60,000 digits": b"1" * 60_000,
        "a record of no length": b"0 path=a\n",
        "no number": b"13 size=many\n",
        "a negative size": b"11 size=-5\n",
        "a time without end": b"5013 mtime=" + b"9" * 5001 + b"\n",
        "a sparse file": b"22 GNU.sparse.major=1\n",
    }
    yield from ((f"a pax header with {what}", "x.tar", _pax(records), "tar-header") for what, records in lies.items())
    digits = _pax(b"60014 comment=" + b"1" * 59_999 + b"\n")
    yield "a pax header with a remark of 60,000 digits", "x.tar", digits, "no-classes"
    many = _header("x", tarfile.XGLTYPE).tobuf(tarfile.USTAR_FORMAT) * 900
    yield "a tar with 900 headers in front of one file", "x.tar", many + tar(jar, "w"), "tar-header"
    yield "a tar whose second header is damaged", "x.tar", _damaged_header(), "archive-truncated"
    huge = _header("x", tarfile.XHDTYPE, size=3 << 20).tobuf(tarfile.USTAR_FORMAT)
    yield "a pax header of 3 MB", "x.tar.gz", gzip.compress(_raw_tar(huge, bytes(3 << 20)), mtime=0), "tar-header"
    yield "a gzip bomb", "x.tar.gz", gzip.compress(tar({"a": b"1"}, "w") + bytes(80 << 20), mtime=0), "archive-bomb"
    yield "a gzip with garbage behind", "x.tar.gz", tar(jar) + b"garbage", "archive-truncated"
    yield "an xz that asks for 4 GB", "x.tar.xz", _xz_with_dictionary(), "archive-truncated"


def _told(manifest: bytes) -> bytes:
    return forge.archive({"META-INF/MANIFEST.MF": manifest, "demo/Main.class": forge.main_class(8)})


def _cut_at_nested() -> bytes:
    data = forge.boot_jar(libraries={"n.jar": NESTED})
    return data[: data.index(NESTED) + len(NESTED)]


def _two_names(data: bytes, name: bytes) -> bytes:
    """The same archive with one bit of a name turned in front of the content; its directory stays."""
    changed = bytearray(data)
    changed[data.index(name)] ^= 1
    return bytes(changed)


def _damaged_library() -> bytes:
    nested = bytearray(forge.archive({"a/B.class": forge.class_file(8)}, stored=True))
    nested[nested.index(b"\xca\xfe\xba\xbe") + 12] ^= 1
    return forge.boot_jar(libraries={"bad.jar": bytes(nested)})


def _xz_with_dictionary() -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
    data = bytearray(lzma.compress(tar({"a": b"1"}, "w"), filters=filters))
    at = data.index(bytes([0x21, 1, 16]))
    data[at + 2] = 40
    size = (data[12] + 1) * 4
    struct.pack_into("<I", data, 12 + size - 4, zlib.crc32(bytes(data[12 : 12 + size - 4])))
    return bytes(data)
