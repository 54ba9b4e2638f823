"""Compressed files as streams."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.archives import unpacking
from tests import forge

PLAIN = bytes(range(256)) * 3000


def read(path: Path) -> bytes:
    with unpacking.opened(path) as file:
        pieces = []
        while piece := file.read(1000):
            assert len(piece) <= 1000
            pieces.append(piece)
        return b"".join(pieces)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_the_content_is_the_same_however_it_was_packed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = forge.write(tmp_path / "a", pack(PLAIN))
    assert unpacking.is_compressed(path.read_bytes()) == (pack is not bytes)
    assert read(path) == PLAIN


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_breaks_off_is_an_error(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(PLAIN)
    for keep in (len(packed) - 1, len(packed) // 2, 8):
        with pytest.raises((EOFError, OSError, lzma.LZMAError)):
            read(forge.write(tmp_path / "a", packed[:keep]))


def test_padding_behind_xz_is_none_of_its_content_and_anything_else_is_an_error(tmp_path: Path) -> None:
    packed = lzma.compress(PLAIN)
    assert read(forge.write(tmp_path / "a", packed + bytes(8))) == PLAIN
    with pytest.raises(EOFError):
        read(forge.write(tmp_path / "a", packed + b"garbage"))


def test_xz_with_the_largest_usual_dictionary_is_read(tmp_path: Path) -> None:
    assert read(forge.write(tmp_path / "a", lzma.compress(PLAIN, preset=9))) == PLAIN
