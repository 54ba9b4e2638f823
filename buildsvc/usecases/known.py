"""Libraries that were analysed before, looked up in the ledger as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from buildpacks.analysis import Library
from buildsvc.store.ledger import Ledger


class KnownLibraries(Mapping[str, Library]):
    """A read-only mapping from SHA-256 (hex) to the library's facts, as `analyse` wants it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getitem__(self, digest: str) -> Library:
        return self._ledger.libraries((digest,))[digest]

    def __iter__(self) -> Iterator[str]:
        raise TypeError("known libraries are looked up, not listed")

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        raise TypeError("known libraries are looked up, not counted")
