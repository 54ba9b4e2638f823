"""Reading takes no more memory than a constant and a multiple of the file: the kernel holds the reader to it."""

from __future__ import annotations

import functools
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.archives.limits import DEFAULT
from scripts.published import ZIPKIN, fetch
from tests import corpus, forge

CONSTANT, MULTIPLE = 64 << 20, 8
MEGABYTE = 1 << 20
CHILD = """
import resource, sys, threading
from pathlib import Path
from buildpacks.analyse import analyse
from buildpacks.archives.tars import as_zip
from buildpacks.errors import Refused
from buildpacks.kinds.detect import detect

def look(path):
    try:
        with as_zip(path, path.name) as archive:
            detect(analyse(archive, path.name, every_byte=True))
    except Refused as refused:
        return refused.code
    return "taken"

threading.stack_size(1 << 18)
look(Path(sys.argv[1]))
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
most = int(status["VmData"].split()[0]) * 1024 + int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
print(look(Path(sys.argv[2])))
"""


def look(folder: Path, data: bytes | Path, *, allowed: int | None = None) -> str:
    """The door's answer from a process that may not have more private memory than the promise says."""
    path = data if isinstance(data, Path) else forge.write(folder / "app.jar", data)
    small = forge.write(folder / "small.jar", forge.boot_jar())
    most = allowed if allowed is not None else CONSTANT + MULTIPLE * path.stat().st_size
    command = [sys.executable, "-c", CHILD, str(small), str(path), str(most)]
    # With one heap for all threads none is set aside for a thread that hardly uses it.
    told = os.environ | {"MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=told)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


@functools.cache
def many_entries() -> bytes:
    """Half as many as are taken, each as small as can be: what the file is then is mostly memory."""
    return forge.archive({f"{number:05x}": b"" for number in range(DEFAULT.entries // 2)}, stored=True)


def zipped(entries: dict[str, bytes], padding: int = 0) -> bytes:
    """Compressed entries, with so many bytes beside them that nothing is called a bomb."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("META-INF/MANIFEST.MF", forge.manifest({"Main-Class": "a.B"}))
        for name, data in entries.items():
            archive.writestr(name, data)
        archive.writestr(zipfile.ZipInfo("padding"), os.urandom(padding))
    return out.getvalue()


def large_libraries() -> bytes:
    nested = forge.archive({"zeros": bytes(190 * MEGABYTE), "random": os.urandom(MEGABYTE)}, stored=True)
    return zipped({f"WEB-INF/lib/{number}.jar": nested for number in range(3)}, 2 * MEGABYTE)


def large_texts() -> bytes:
    texts = {f"application-{number}.yml": b"a: 1\n" * 200_000 for number in range(150)}
    texts["BOOT-INF/layers.idx"] = b'- "a":\n' + b"".join(b'  - "%d"\n' % number for number in range(200_000))
    texts["META-INF/maven/a/b/pom.properties"] = b"a=1\n" * 250_000
    return zipped(texts, MEGABYTE)


CASES: dict[str, Callable[[], bytes]] = {
    "very many entries": many_entries,
    "large compressed libraries": large_libraries,
    "large texts": large_texts,
    "one entry of 500 MB": lambda: zipped({"zeros": bytes(500 * MEGABYTE)}, MEGABYTE),
    "a library with many entries": lambda: forge.archive({"BOOT-INF/lib/a.jar": many_entries()}, stored=True),
    "a tar that is a bomb": lambda: corpus.tar({"a": bytes(100 * MEGABYTE)}),
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process' private memory")
@pytest.mark.parametrize("what", CASES)
def test_what_claims_to_be_large_is_read_within_the_promise(tmp_path: Path, what: str) -> None:
    refusals = {"archive-bomb", "no-classes", "no-main-class", "main-class-missing"}
    # A war of libraries only is one: its program may lie in a web fragment.
    expected = {"taken"} if what == "large compressed libraries" else refusals
    assert look(tmp_path, CASES[what]()) in expected


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process' private memory")
def test_a_real_jar_of_130_mb_needs_less_than_100(tmp_path: Path, cache: Path) -> None:
    assert look(tmp_path, fetch(ZIPKIN[1], cache), allowed=100 << 20) == "taken"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process' private memory")
def test_the_bound_bites(tmp_path: Path) -> None:
    assert look(tmp_path, many_entries(), allowed=16 << 20) == "MemoryError"
