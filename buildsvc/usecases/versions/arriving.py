"""A bundle arrives: sent by a client, on a disk at the server, or in the watched folder. Its end leaves a record as
every deployment does: who, from where, signed by whom, how many bytes.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Denied
from buildsvc.model.api import Accepted
from buildsvc.model.bundle import Bundle
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.version_events import VersionArrived
from buildsvc.store.bundle.opening import Opened, opened, places, take_in
from buildsvc.store.bundle.sections import digest_of, sums_of
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions import importing

_OWN = "bundles"
"""Below the spool: files that were handed over, and go when they are read."""


def submit_sent(site: Site, wanted: str, *, actor: str, door: str) -> Accepted:
    """Queue the end of an import whose blobs a client has sent. Raises NotFound `no-such-import`, Refused
    `blobs-missing`.
    """
    bundle = importing.bundle_under_way(site, wanted)
    importing.require_sent(site, bundle)
    return _queued(site, bundle, {"wanted": wanted}, actor, door)


def submit_file(site: Site, path: Path, *, actor: str, door: str, take: bool = False) -> Accepted:
    """Queue the import of a file of this server; with `take` the file is ours and goes afterwards. Raises NotFound
    `no-such-file`, Refused as `importing.begin` does, and `bundle-damaged`; nothing is changed then.
    """
    with SplitFile(path) as file:
        found = opened(file)
        for _ in places(file, found):
            pass
        begun = importing.begin(site, found.document, found.signatures)
    asked: dict[str, Any] = {"wanted": begun.id, "path": str(path)}
    if take:
        own = site.settings.paths.spool / _OWN / f"{uuid.uuid4().hex}.bundle"
        own.parent.mkdir(parents=True, exist_ok=True)
        path.replace(own)
        asked |= {"path": str(own), "own": True}
    return _queued(site, begun.bundle, asked, actor, door)


def submit_on_server(site: Site, path: str, *, actor: str, door: str) -> Accepted:
    """Queue the import of a file below one of the folders of BUILDSVC_BUNDLE_FOLDERS. Raises Denied
    `bundle-folder-denied`, and as `submit_file` does.
    """
    folders = [Path(one).resolve() for one in site.settings.bundle_folders.split(os.pathsep) if one.startswith("/")]
    # No file has a NUL in its name, and the system does not even look for one.
    there = None if "\0" in path else Path(path).resolve()
    if there is None or not any(there.is_relative_to(folder) for folder in folders):
        raise Denied("bundle-folder-denied", path=path[:200], folders=[str(one) for one in folders])
    return submit_file(site, there, actor=actor, door=door)


def arrive(attempt: Attempt) -> None:
    """Take in what is not here yet, and write the version down. Run again after a lost worker it goes on."""
    site, identifier = attempt.workshop.site, attempt.deployment.id
    asked: dict[str, Any] = site.ledger.recall(_key(identifier))
    attempt.advance(Phase.BUILDING)
    wanted, new = asked["wanted"], _taken_in(site, asked)
    version = importing.finish(site, wanted, actor=attempt.deployment.actor)
    signed, fingerprint = asked.get("signer") or (asked.get("signed", ""), "")
    sums = digest_of(sums_of(site.layout.read(wanted), importing.bundle_under_way(site, wanted)))
    known = (version.application, version.number, version.name, version.origin)
    attempt.publish(VersionArrived(*known, signed, new, wanted, sums, fingerprint))
    attempt.settle()
    importing.forget(site, wanted)
    if asked.get("own"):
        Path(asked["path"]).unlink(missing_ok=True)


def _taken_in(site: Site, asked: dict[str, Any]) -> int:
    """Return the bytes that were new, of a file; 0 where a client has sent them."""
    if "path" not in asked:
        return 0
    with SplitFile(Path(asked["path"])) as file, site.in_use():
        found: Opened = opened(file)
        return take_in(file, found, site.layout)


def _queued(site: Site, bundle: Bundle, asked: Mapping[str, Any], actor: str, door: str) -> Accepted:
    deployment = site.ledger.create_deployment(
        application=bundle.version.application,
        component="",
        cause=Cause.IMPORT,
        artifact=None,
        release=None,
        actor=actor,
        door=door,
    )
    signer = importing.signer_of(site, asked["wanted"])
    site.ledger.remember(_key(deployment.id), {**asked, "signer": signer})
    enqueue(site, deployment.id)
    return accepted(deployment, "accepted.import", title=bundle.title)


def _key(deployment: str) -> str:
    return f"arrival:{deployment}"
