"""Who loads a program: read from ELF files, and taken from libraries that name one."""

import struct
from pathlib import Path

from buildsvc.image.kit.interpreters import erase, interpreter, interpreters

LOADER = b"/lib64/ld-linux-x86-64.so.2\0"


def elf_file(path: Path, *, loader: bytes = LOADER, kinds: tuple[int, ...] = (1, 3)) -> Path:
    """The least that has a program header: 64 bytes of ELF header, its entries, and the loader's name."""
    start = 64 + 56 * len(kinds)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(kinds), 0, 0, 0)
    entries = b"".join(struct.pack("<IIQQQQQQ", kind, 4, start, 0, 0, len(loader), len(loader), 1) for kind in kinds)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + entries + loader)
    return path


def test_a_program_names_its_loader(tmp_path: Path) -> None:
    found = interpreter(elf_file(tmp_path / "program"))
    assert found is not None
    assert found.path == "/lib64/ld-linux-x86-64.so.2"


def test_a_static_program_a_script_and_a_cut_file_name_none(tmp_path: Path) -> None:
    assert interpreter(elf_file(tmp_path / "static", kinds=(1,))) is None
    for name, content in (("script", b"#!/bin/sh\n"), ("empty", b""), ("cut", b"\x7fELF\x02\x01")):
        (tmp_path / name).write_bytes(content)
        assert interpreter(tmp_path / name) is None
    whole = elf_file(tmp_path / "program").read_bytes()
    (tmp_path / "program").write_bytes(whole[:100])
    assert interpreter(tmp_path / "program") is None


def test_an_erased_one_is_gone_and_nothing_else_changes(tmp_path: Path) -> None:
    library = elf_file(tmp_path / "libc.so.6")
    before = library.read_bytes()
    found = interpreter(library)
    assert found is not None
    erase(library, found)
    assert interpreter(library) is None
    after = library.read_bytes()
    assert [at for at in range(len(before)) if before[at] != after[at]] == [found.at]


def test_links_are_not_followed(tmp_path: Path) -> None:
    real = elf_file(tmp_path / "usr" / "bin" / "real")
    (tmp_path / "usr" / "bin" / "link").symlink_to("real")
    assert [path for path, _ in interpreters(tmp_path)] == [real]
