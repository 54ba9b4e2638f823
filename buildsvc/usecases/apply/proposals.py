"""A Compose file as it was sent, and what it asks for, kept beside its deployment until a worker takes it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from buildpacks.errors import Refused
from buildsvc.compose import Parsed, Source, other_file, unpack
from buildsvc.model.application import Application
from buildsvc.model.raised import warned
from buildsvc.store.ledger.codec import adapter
from buildsvc.usecases.site import Site

DEFAULT_FILE = "compose.yaml"
_TAR_TYPES = {"application/x-tar", "application/tar"}


@contextmanager
def unpacked(
    site: Site, stream: BinaryIO, *, file: str | None, content_type: str, told: Collection[str] = ()
) -> Iterator[tuple[Source, Path]]:
    """Give the file, alone or out of a tar, and a folder of one's own; both are gone with the
    block. Services that are `told` are jar components. Raises Refused.
    """
    folder = Path(tempfile.mkdtemp(prefix="apply-", dir=site.settings.paths.tmp))
    try:
        if content_type.split(";", maxsplit=1)[0].strip() in _TAR_TYPES:
            source = unpack(stream, folder)
            source = other_file(source, file) if file and file != source.shown else source
        else:
            (folder / DEFAULT_FILE).write_bytes(stream.read(1 << 20))
            if stream.read(1):
                raise Refused("compose-too-large")
            source = Source(folder, DEFAULT_FILE, {}, Path(file or DEFAULT_FILE).stem)
        yield replace(source, told=frozenset(told)), folder
    finally:
        shutil.rmtree(folder)


def _proposal(deployment: str) -> str:
    return f"proposal:{deployment}"


def keep_contents(site: Site, parsed: Parsed) -> None:
    """Keep what a file mounts."""
    for tar in parsed.contents.values():
        with tar.open("rb") as content:
            site.artifacts.keep(site.artifacts.receive(content, limit=site.settings.max_upload))


def propose(site: Site, deployment: str, parsed: Parsed) -> None:
    """Keep what a file asks for, its secret values sealed, and tell what it was warned of."""
    proposal = {
        "application": adapter(Application).dump_python(parsed.application, mode="json"),
        "secrets": dict(parsed.secrets),
    }
    site.ledger.remember(_proposal(deployment), site.secrets.seal(json.dumps(proposal).encode()))
    publish = site.publisher(deployment)
    for warning in parsed.warnings:
        publish(warned(warning["code"], **warning["values"]))


def proposal_of(site: Site, deployment: str) -> tuple[Application, dict[str, str]]:
    """Return what a deployment asks for: the application, and the secret values of its file."""
    proposal = json.loads(site.secrets.unseal(site.ledger.recall(_proposal(deployment))))
    return adapter(Application).validate_python(proposal["application"]), proposal["secrets"]
