"""What is wrong is told wholly in the reader's language: no Chinese sentence has an English half."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.archives import tars
from buildpacks.errors import Failure
from buildpacks.kinds import executable_jar
from buildpacks.own import plan_check, scripted
from buildpacks.plan import Launch
from tests import forge

QUOTED = re.compile(r"“[^”]*”|`[^`]*`")
ENGLISH = re.compile(r"[A-Za-z][a-z'-]*(?:,? [A-Za-z][a-z'-]*){2,}")
"""Three words of ASCII one after the other."""


def truncated_zip(folder: Path) -> None:
    analyse(forge.write(folder / "order.jar", forge.truncated(forge.boot_jar())), "order.jar")


def damaged_library(folder: Path) -> None:
    library = forge.library("a.A").replace(b"PK\x03\x04", b"PK\x03\x05")
    jar = forge.boot_jar(libraries={"broken.jar": library})
    analyse(forge.write(folder / "order.jar", jar), "order.jar", every_byte=True)


def bad_manifest(folder: Path) -> None:
    jar = forge.archive({"META-INF/MANIFEST.MF": b"Main-Class: demo.Main\nwhat\n", "demo/Main.class": b""})
    analyse(forge.write(folder / "order.jar", jar), "order.jar", every_byte=True)


def damaged_tar(folder: Path) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name in ("bin/run", "lib/a.jar"):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    damaged = bytearray(written.getvalue())
    damaged[1024 + 150] ^= 0x40
    tars.check(forge.write(folder / "app.tar", bytes(damaged)), "app.tar")


def cut_gzip(folder: Path) -> None:
    tars.check(forge.write(folder / "app.tar.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc"), "app.tar.gz")


def bad_plan(folder: Path) -> None:
    found = analyse(forge.write(folder / "order.jar", forge.jar()), "order.jar")
    plan_check.check(replace(executable_jar.plan(found), launch=Launch((), ("-cp", "/app/*"))), found, "/site/acme.py")


def failing_plan(folder: Path) -> None:
    code = b"NAME = 'acme'\ndef recognise(analysis): ...\ndef plan(analysis): raise ValueError('it is too late now')\n"
    found = analyse(forge.write(folder / "order.jar", forge.jar()), "order.jar")
    scripted.load("/site/acme.py", code).plan(found)


WRONG: tuple[Callable[[Path], None], ...] = (
    truncated_zip,
    damaged_library,
    bad_manifest,
    damaged_tar,
    cut_gzip,
    bad_plan,
    failing_plan,
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_what_is_wrong_is_told_wholly_in_chinese(wrong: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        wrong(tmp_path)
    told = caught.value.told("zh")
    assert not ENGLISH.search(QUOTED.sub("", f"{told.message} {told.hint}")), told
