"""Good bytes for damaged blobs, out of a backup."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from buildsvc.image.layout import Layout
from buildsvc.store.durable_files import MIB
from buildsvc.store.restore import opened


def good_copies(backup: Path, layout: Layout, wanted: Collection[str]) -> frozenset[str]:
    """Put the `wanted` digests that `backup` has into the content store, each compared on the way; returns which.
    Raises Refused `backup-damaged`, NotFound `no-backup`.
    """
    healed: set[str] = set()
    names = {f"blobs/sha256/{digest.removeprefix('sha256:')}": digest for digest in wanted}
    with opened(backup) as tar:
        while names and (member := tar.next()) is not None:
            digest = names.pop(member.name, "")
            source = tar.extractfile(member) if digest and member.isreg() else None
            if source is None:
                continue
            with layout.writer() as blob:
                while data := source.read(MIB):
                    blob.write(data)
            if blob.digest == digest:
                healed.add(digest)
    return frozenset(healed)
