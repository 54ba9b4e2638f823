"""What a bundle costs: its size beside what changed, its way out and in, the disk and the memory that an import takes.

The sites are real but for their engine, a stand-in: no component has to start. Beside: a plain copy of the same
bytes, the same images by `docker save` and `docker load`, and a bundle that is unpacked before it is taken in.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import stand_ins
from benchmarks.jars import with_one_class_changed
from benchmarks.watching import most
from buildpacks.archives.split_files import SplitFile
from buildsvc import wiring
from buildsvc.image import tar
from buildsvc.image.digest import Descriptor
from buildsvc.image.layer import LAYER_TYPE
from buildsvc.image.layout import Layout
from buildsvc.image.types import Layer
from buildsvc.model.bundle import Bundle
from buildsvc.settings.reading import read
from buildsvc.store.bundle.opening import opened, places, take_in
from buildsvc.usecases.site import Site
from buildsvc.usecases.tend import keeping
from buildsvc.usecases.versions import importing
from tests import small_images
from tests.workshops import Bench

APPLICATION, IMAGE = "bench", "bundleproof-data:1"
COMPOSE = f"""name: {APPLICATION}
services:
  order: {{x-buildsvc: {{}}, expose: ["8080"]}}
  data: {{image: "{IMAGE}"}}
"""
MIB, LAYERS = 1 << 20, 8
LOOKS = 0.02
"""Seconds between two looks at a folder's size."""


@dataclass(frozen=True)
class Written:
    """A bundle's file; seconds of the export alone (images, bills, the list), and of writing the file."""

    path: Path
    bundle: Bundle
    exporting: float
    writing: float


@dataclass(frozen=True)
class Taken:
    """An import in a process of its own: seconds; bytes of memory that it added, of disk at its peak and at its end."""

    seconds: float
    memory: int
    peak: int
    after: int


class Maker:
    """The site that exports: a real jar, and an image of `megabytes` that cannot be compressed."""

    def __init__(self, cache: Path, folder: Path, megabytes: int) -> None:
        self.bench = Bench(folder, java=None)
        stand_ins.with_bases(cache, self.bench)
        site = self.bench.site
        layers = [_noise(site.layout, f"data/{number}", megabytes // LAYERS) for number in range(LAYERS)]
        site.images.put(small_images.image(site.layout, layers, reference=IMAGE))
        self.bench.engine.images.add(IMAGE)
        self.bench.apply(COMPOSE)

    def version(self, name: str, jar: Path) -> None:
        """Push the jar and keep what runs as a version."""
        stand_ins.push(self.bench, APPLICATION, "order", jar)
        stand_ins.keep(self.bench, APPLICATION, name)

    def written(self, name: str, path: Path, have: tuple[str, ...] = ()) -> Written:
        """Export a version into a file, which is on the disk afterwards."""
        began = time.perf_counter()
        document = stand_ins.exported(self.bench, APPLICATION, name, have)
        exported = time.perf_counter()
        made = stand_ins.write(self.bench, document, path)
        return Written(path, made, exported - began, time.perf_counter() - exported)


def taken(bundle: Path, data: Path) -> Taken:
    """Import it on a site at `data`, in a process of its own whose disk is looked at meanwhile."""
    command = [sys.executable, "-m", "benchmarks.carrying", str(bundle), str(data)]
    before = _size(data)
    with most(partial(_size, data), LOOKS) as peak:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return Taken(told["seconds"], told["memory"], peak[0] - before, _size(data) - before)


def copied(bundle: Path, target: Path) -> float:
    """Seconds of a plain copy that is on the disk afterwards: the raw disk."""
    began = time.perf_counter()
    with bundle.open("rb") as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, MIB)
        file.flush()
        os.fsync(file.fileno())
    took = time.perf_counter() - began
    target.unlink()
    return took


def unpacked_twice(bundle: Path, folder: Path) -> Taken:
    """Unpack it, then copy every blob to its place, as importers do that cannot read a tar."""
    (folder / "unpacked").mkdir(parents=True)
    (folder / "store").mkdir()
    began = time.perf_counter()
    with most(partial(_size, folder), LOOKS) as peak:
        subprocess.run(["tar", "-xf", str(bundle), "-C", str(folder / "unpacked")], check=True)
        blobs = folder / "unpacked" / "blobs" / "sha256"
        subprocess.run(["sh", "-c", f"cp {blobs}/* {folder / 'store'}/ && sync -f {folder}"], check=True)
        took = time.perf_counter() - began
    shutil.rmtree(folder)
    return Taken(took, 0, peak[0], 0)


def new_bytes(before: Bundle, after: Bundle) -> int:
    """Bytes of the layers that the later version has and the earlier one has not: what changed, as files unpacked."""
    known = {layer for image in before.images for layer in image.layers}
    sizes = {blob.digest: blob.size for blob in after.blobs}
    layers = {layer for image in after.images for layer in image.layers} - known
    return sum(sizes[layer] for layer in layers)


def changed(jar: Path, folder: Path, number: int) -> Path:
    """The jar with one class changed."""
    return with_one_class_changed(jar, folder / f"{jar.stem}-{number}.jar", number)


def offered(data: Path) -> tuple[str, ...]:
    """The have-list of a site."""
    with _site(data) as site:
        return keeping.offered(site)


@contextmanager
def _site(data: Path) -> Iterator[Site]:
    site = wiring.open_site(read({"BUILDSVC_DATA": str(data), "HOME": "/"}), create=True)
    try:
        yield site
    finally:
        wiring.close(site)


def _import(bundle: Path, data: Path) -> dict[str, float]:
    """Take it in as a worker does with a file of this server: looked at, begun, streamed, written down."""
    with _site(data) as site, SplitFile(bundle) as file:
        before = _resident()
        began = time.perf_counter()
        found = opened(file)
        for _ in places(file, found):
            pass
        begun = importing.begin(site, found.document, found.signatures)
        take_in(file, found, site.layout)
        importing.finish(site, begun.id, actor="bench")
        importing.forget(site, begun.id)
        took = time.perf_counter() - began
    return {"seconds": took, "memory": _most_resident() - before}


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _most_resident() -> int:
    """Since the program began: getrusage would count what its parent had when it was started."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) * 1024


def _noise(layout: Layout, path: str, megabytes: int) -> Layer:
    with layout.writer() as blob:
        blob.write(tar.header(tar.TarEntry(path, size=megabytes * MIB)))
        for _ in range(megabytes):
            blob.write(os.urandom(MIB))
        blob.write(tar.END)
    return Layer(Descriptor(LAYER_TYPE, blob.digest, blob.size), blob.digest, "data")


def _size(folder: Path) -> int:
    """Bytes on the disk of all files below it."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name), follow_symlinks=False).st_blocks * 512  # noqa: PTH116, PTH118
            except FileNotFoundError:
                continue
    return total


if __name__ == "__main__":
    print(json.dumps(_import(Path(sys.argv[1]), Path(sys.argv[2]))))
