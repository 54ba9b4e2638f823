"""`export --sign`: the list of checksums comes to the key, the key never leaves the machine that it is on."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from buildpacks.errors import Failure
from buildsvc.doors.cli.remote.bundle_parts import length
from buildsvc.doors.cli.remote.client import Client
from buildsvc.model.version_events import BundleReady

_SIGNATURES = "buildsvc.store.bundle.signatures"


def signed_with(client: Client, key: Path, ready: BundleReady) -> BundleReady:
    """Sign a bundle that is ready, before it is fetched; returns it with the size that it has now. Raises Refused
    `bad-key`, Failure `server-half-missing` where this machine lacks what signs.
    """
    try:
        # cryptography takes a while to load, and a laptop that signs nothing need not have it.
        signatures: Any = importlib.import_module(_SIGNATURES)
    except ModuleNotFoundError as error:
        raise Failure("server-half-missing", command="export --sign", module=error.name or "") from error
    made: dict[str, bytes] = signatures.sign(key.read_bytes(), client.sums(ready.document))
    client.sign_bundle(ready.document, made)
    return replace(ready, size=ready.size + sum(length(one) for one in made.values()))
