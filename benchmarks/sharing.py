"""What sharing layers saves on a system of five services: bytes stored and carried, by the component's `layers:`.

Another machine prints the same figures: they are sizes, not times.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import PAGE, ROOT, make_bases, write
from benchmarks.figures import table
from buildpacks.platforms import Platform
from buildsvc import wiring
from buildsvc.image.types import Image, Layer
from buildsvc.settings.reading import read
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.order import Order
from scripts.maven import built_once

SOURCES = Path(__file__).parent / "system"
SERVICES = ("gateway", "user", "order", "stock", "pay")
BEGIN, END = "<!-- sharing -->", "<!-- end of sharing -->"
_PLATFORM = Platform.parse("linux/amd64")


def main() -> int:
    parser = argparse.ArgumentParser(description="Count what five services have in common, layer by layer.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    chosen = parser.parse_args()
    cache = ROOT / ".cache" / "benchmarks"
    make_bases(cache)
    jars = compile_services(ROOT / ".cache")
    folder = Path(tempfile.mkdtemp(prefix="sharing-", dir=ROOT / ".cache"))
    try:
        text = measure(jars, cache, folder)
    finally:
        shutil.rmtree(folder)
    print(text)
    if chosen.write:
        write(text, BEGIN, END)
        print(f"written into {PAGE}")
    return 0


def compile_services(cache: Path) -> tuple[Path, ...]:
    """The five jars, made once by Maven below `cache`."""
    folder = built_once(SOURCES, cache, "system")
    return tuple(folder / f"{name}-1.0.jar" for name in SERVICES)


def measure(jars: tuple[Path, ...], cache: Path, folder: Path) -> str:
    """The table: what five images hold above their base, and what is left where equal layers count once; in an engine
    only with equal layers below them.
    """
    rows: list[tuple[str, ...]] = [
        ("`layers:`", "five images, MB", "content store, MB", "saved", "engine, MB", "saved", "most layers")
    ]
    for mode in ("artifact", "shared"):
        images = [_built(jar, cache, folder / mode, shared=mode == "shared") for jar in jars]
        every = sum(layer.descriptor.size for image in images for layer in _own(image))
        store = sum({layer.diff_id: layer.descriptor.size for image in images for layer in _own(image)}.values())
        engine = sum({chain: size for image in images for chain, size in _chains(image)}.values())
        saved = [text for count in (store, engine) for text in (f"{count / 1e6:.0f}", f"{1 - count / every:.0%}")]
        rows.append((mode, f"{every / 1e6:.0f}", *saved, str(max(len(_own(image)) for image in images))))
    total = sum(jar.stat().st_size for jar in jars) / 1e6
    about = (
        f"Five Spring Cloud services ({', '.join(SERVICES)}), {total:.0f} MB of jars, made from `benchmarks/system`."
    )
    return f"{about}\n\n{table(rows)}"


def _own(image: Image) -> tuple[Layer, ...]:
    return tuple(layer for layer in image.layers if layer.role != "base")


def _chains(image: Image) -> Iterator[tuple[tuple[str, ...], int]]:
    """What an engine keeps one of: a layer together with all below it, and its bytes."""
    own = _own(image)
    for count, layer in enumerate(own, start=1):
        yield tuple(below.diff_id for below in own[:count]), layer.descriptor.size


def _built(jar: Path, cache: Path, folder: Path, *, shared: bool) -> Image:
    if not folder.exists():
        # Copied by link: blobs are never changed in place.
        subprocess.run(["cp", "-al", str(cache), str(folder)], check=True)
    site = wiring.open_site(read({"BUILDSVC_DATA": str(folder), "HOME": "/"}), create=True)
    order = Order(_PLATFORM, f"benchmark/{jar.stem}:1", shared=shared)
    try:
        return build_file(site.layout, site.bases, jar, order, lambda _: None).image
    finally:
        wiring.close(site)


if __name__ == "__main__":
    sys.exit(main())
