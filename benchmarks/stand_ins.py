"""Sites whose engine is a stand-in: what they push, keep as a version and write as a bundle without any container."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from buildsvc.model.bundle import Bundle
from buildsvc.model.version_events import BundleReady
from buildsvc.store.bundle import writing
from buildsvc.store.bundle.sections import bundle_of
from buildsvc.usecases.versions import create, export
from tests.workshops import Bench


def with_bases(cache: Path, bench: Bench) -> None:
    """Give a site the bases of another, whose blobs are linked."""
    root = bench.site.layout.root
    for name in ("blobs", "bases"):
        (root / name).mkdir(exist_ok=True)
        subprocess.run(["cp", "-al", f"{cache / name}/.", str(root / name)], check=True)


def push(bench: Bench, application: str, component: str, jar: Path) -> None:
    """Push a jar until it serves. Raises RuntimeError where it does not."""
    told = bench.push(
        data=jar.read_bytes(), filename=jar.name, application=application, component=component, force=True
    )
    done = bench.run(told)
    if not done.phase.serving:
        raise RuntimeError(f"the push ended as {done.phase}: {done.error_message}")


def keep(bench: Bench, application: str, name: str) -> None:
    """Keep what runs as a version."""
    bench.run(create.submit(bench.site, application, name=name, note="", actor="bench", door="cli"))


def exported(bench: Bench, application: str, version: str, have: tuple[str, ...] = ()) -> str:
    """Export a version: the digest of its bundle's document. Raises RuntimeError where there is none."""
    told = export.submit(bench.site, application, version, platforms=(), have=have, actor="bench", door="cli")
    done = bench.run(told)
    ready = next((one.event for one in bench.ledger.events(done.id) if isinstance(one.event, BundleReady)), None)
    if ready is None:
        raise RuntimeError(f"the export ended as {done.phase}: {done.error_message}")
    return ready.document


def write(bench: Bench, document: str, path: Path) -> Bundle:
    """Write a bundle's file, which is on the disk afterwards."""
    content = bench.site.layout.read(document)
    made = bundle_of(content)
    with path.open("wb") as file:
        for data in writing.write(bench.site.layout, content, made, {}):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return made
