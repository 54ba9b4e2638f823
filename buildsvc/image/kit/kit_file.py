"""One file for a bare server: a script for `sh`, and behind it, at a fixed place, a tar with everything."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from buildpacks.errors import Failure, Refused
from buildpacks.platforms import Platform
from buildpacks.sentences.wording import Wording
from buildsvc.image.appearing import appearing
from buildsvc.image.bases import BaseCache, blobs
from buildsvc.image.kit.engine_folder import EngineFile, unpack_engine
from buildsvc.image.kit.payload import Payload, Summing
from buildsvc.image.kit.program_folder import MACHINES, make_program, version_of
from buildsvc.image.layout import Layout
from buildsvc.image.making.apt import Tell
from buildsvc.image.types import BaseImage

HOME = PurePosixPath("/opt/buildsvc")
"""Where everything lies on the server, each version in a folder of its own."""
KIND = "kit"
SCRIPT = 64 * 1024
"""Bytes before the payload: the script, filled up with empty lines."""
_PARTS = ("begin", "checks", "extract", "units", "install", "exchange", "remove", "main")
_PLACE = re.compile(r"@([A-Z_0-9]+)@")
_STRANGE = re.compile(r"[^A-Za-z0-9.+_-]")


@dataclass(frozen=True)
class CarriedBundle:
    """A bundle that goes along: its file, and `app@version`."""

    file: Path
    title: str


@dataclass(frozen=True)
class KitOrder:
    """What a kit shall be. `bases` are names out of the cache; None takes the newest of each Java release and kind."""

    platform: Platform
    wheels: Path
    bases: tuple[str, ...] | None
    engine: EngineFile | None
    bundles: tuple[CarriedBundle, ...]
    made: datetime


@dataclass(frozen=True)
class Kit:
    """What was written. Sizes in bytes: of the file, and of what it takes on the server."""

    path: Path
    version: str
    platform: Platform
    size: int
    unpacked: int
    sha256: str
    bases: tuple[str, ...]


def write_kit(order: KitOrder, layout: Layout, cache: BaseCache, target: Path, tell: Tell = lambda _: None) -> Kit:
    """Write the file, whole or not at all. Raises Refused `kit-platform`, `no-base-image`, `no-wheels` and what making
    the program and unpacking the engine raise; NotFound `no-such-base`.
    """
    if order.platform.architecture not in MACHINES:
        raise Refused("kit-platform", platform=order.platform, known=sorted(MACHINES))
    version = _STRANGE.sub("-", version_of(order.wheels))
    ground = cache.find(KIND, order.platform)
    bases = _chosen(cache, order)
    with appearing(target, 0o755) as file, tempfile.TemporaryDirectory(dir=layout.tmp, prefix="kit-") as work:
        file.seek(SCRIPT)
        out = Summing(file)
        payload = Payload(out, int(order.made.timestamp()))
        program = Path(work) / "program"
        program.mkdir()
        tell(Wording("kit-making.program", version=version, platform=order.platform))
        make_program(layout, ground, order.wheels, program, HOME / version)
        payload.folder(program, "program")
        if order.engine is not None:
            _put_engine(payload, order.engine, Path(work) / "engine", order.platform.architecture)
        tell(Wording("kit-making.adding", bases=len(bases), bundles=len(order.bundles)))
        _put_bases(payload, layout, cache, bases)
        for bundle in order.bundles:
            payload.file(bundle.file, f"bundles/{bundle.title}.bundle")
        payload.close()
        text = script(order, version, out, payload.unpacked)
        file.seek(0)
        file.write(text)
    names = tuple(base.name for base in bases)
    return Kit(target, version, order.platform, target.stat().st_size, payload.unpacked, out.sha256, names)


def _chosen(cache: BaseCache, order: KitOrder) -> tuple[BaseImage, ...]:
    """Choose, and a gateway always: nothing is served without one."""
    gateway = cache.find("gateway", order.platform)
    if order.bases is not None:
        named = (cache.get(name) for name in order.bases)
        return tuple({base.name: base for base in (gateway, *named)}.values())
    newest: dict[tuple[str, int | None, str], BaseImage] = {}
    for base in cache.list():
        fits = base.image.platform == order.platform or base.release
        if fits and base.kind not in {KIND, "service"}:
            newest[base.kind, base.java, base.release] = base
    return tuple(newest.values())


def _put_engine(payload: Payload, engine: EngineFile, folder: Path, architecture: str) -> None:
    folder.mkdir()
    unpack_engine(engine, folder, HOME / "engine" / engine.id, architecture)
    payload.folder(folder, "engine")


def _put_bases(payload: Payload, layout: Layout, cache: BaseCache, bases: tuple[BaseImage, ...]) -> None:
    """As they lie in the cache here, so that they are the same there, to the last digest."""
    for base in bases:
        payload.file(cache.record(base), f"images/bases/{base.name}.json")
    for digest in dict.fromkeys(digest for base in bases for digest in blobs(base.image)):
        layout.require_sound(digest)
        payload.file(layout.path(digest), f"images/blobs/sha256/{digest[7:]}")


def script(order: KitOrder, version: str, out: Summing, unpacked: int) -> bytes:
    """Write what stands before the payload, `SCRIPT` bytes long; `unpacked` in bytes.

    Raises Failure `kit-script-long`.
    """
    values = {
        "VERSION": version,
        "PLATFORM": str(order.platform),
        "MACHINE": MACHINES[order.platform.architecture],
        "HOME": str(HOME),
        "SCRIPT": str(SCRIPT),
        "SHA256": out.sha256,
        "SIZE": str(out.size),
        "UNPACKED": str(unpacked // 1024),
        "ENGINE": order.engine.id if order.engine else "",
        "MADE": order.made.strftime("%Y%m%d"),
        "BUNDLES": " ".join(bundle.title for bundle in order.bundles),
    }
    folder = Path(__file__).parent / "script"
    text = "".join((folder / f"{part}.sh").read_text("utf-8") for part in _PARTS)
    made = _PLACE.sub(lambda found: values[found[1]], text).encode()
    if len(made) > SCRIPT:
        raise Failure("kit-script-long", size=len(made), most=SCRIPT)
    return made + b"\n" * (SCRIPT - len(made))
