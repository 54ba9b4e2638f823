"""Ours, as a worker does it: analyse, detect, choose, assemble, load. This process is warm after one build."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from buildsvc import wiring
from buildsvc.engines.base import Loaded
from buildsvc.image.types import Image
from buildsvc.settings.reading import read
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.build import Built
from buildsvc.usecases.build.ground import smallest_base
from buildsvc.usecases.build.order import Order
from buildsvc.usecases.site import Workshop

_COPIED = ("blobs", "bases", "index", "oci-layout", "index.json")


class Ours:
    """A site of its own in `folder`, with the bases of `cache`."""

    name = "buildsvc"

    def __init__(self, cache: Path, folder: Path) -> None:
        self._cache, self._folder = cache, folder
        self._count = 0
        self._loaded: list[Image] = []
        self.workshop = self._open()

    def _open(self) -> Workshop:
        folder = self._folder / f"site-{self._count}"
        folder.mkdir(parents=True)
        for name in _COPIED:
            # Copied by link: blobs are never changed in place.
            subprocess.run(["cp", "-al", str(self._cache / name), str(folder / name)], check=False, capture_output=True)
        given = {"BUILDSVC_DATA": str(folder), "HOME": os.environ.get("HOME", "/")}
        chosen = read(given)
        wiring.close(wiring.open_site(chosen, create=True))
        return wiring.open_workshop(chosen, name="benchmark")

    def base(self, java: int) -> Image:
        """The base image, present in the engine."""
        image = smallest_base(self.workshop.site.bases, self.workshop.engine.platform(), java).image
        self.workshop.engine.load(image)
        return image

    def build(self, jar: Path, *, first: bool) -> float:
        """Seconds from the jar on disk to the image in the engine, the jar's SHA-256 included."""
        if first:
            self._forget_everything()
            os.sync()
        began = time.perf_counter()
        built, _ = self.build_and_load(jar)
        seconds = time.perf_counter() - began
        self._loaded.append(built.image)
        # What the door does beside the build, in another process.
        self.workshop.site.ledger.remember_libraries(built.analysis.libraries)
        return seconds

    def build_and_load(self, jar: Path) -> tuple[Built, Loaded]:
        """The two calls that a worker makes."""
        site = self.workshop.site
        self._count += 1
        reference = f"buildsvc-benchmark/ours:{self._count}"
        order = Order(self.workshop.engine.platform(), reference)
        built = build_file(site.layout, site.bases, jar, order, lambda _: None, known=site.known.among)
        return built, self.workshop.engine.load(built.image, (built.base, *self._loaded[-1:]))

    def floor(self, jar: Path) -> float:
        """The least that it can take: the jar's hash, and one sparse load of a new layer."""
        former, last = self._loaded[-2:]
        self.workshop.engine.remove_image(last.reference)
        began = time.perf_counter()
        with jar.open("rb") as stream:
            hashlib.file_digest(stream, "sha256")
        self.workshop.engine.load(last, (former,))
        return time.perf_counter() - began

    def _forget_everything(self) -> None:
        self.forget()
        wiring.close(self.workshop.site)
        shutil.rmtree(self.workshop.site.settings.data)
        self._count += 1
        self.workshop = self._open()

    def forget(self) -> None:
        """Take our images out of the engine; the base stays."""
        for image in self._loaded:
            self.workshop.engine.remove_image(image.reference)
        self._loaded.clear()
