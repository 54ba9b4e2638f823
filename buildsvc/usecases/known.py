"""Libraries that were analysed before: looked up in the ledger once, then remembered by this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from buildpacks.analysis import Library
from buildsvc.store.ledger import Ledger

MOST = 4000
"""Libraries that one process remembers, a few hundred bytes each; beyond that it begins anew."""


class KnownLibraries(Mapping[str, Library]):
    """A read-only mapping from SHA-256 (hex) to the library's facts, as `analyse` wants it.

    A digest names its content for ever, so what is remembered never becomes wrong.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dict[str, Library] = {}

    def __getitem__(self, digest: str) -> Library:
        # Several threads look things up here: what one has found stays its own, even if another begins anew.
        found = self._seen.get(digest)
        if found is None:
            found = self._ledger.libraries((digest,))[digest]
            if len(self._seen) >= MOST:
                self._seen.clear()
            self._seen[digest] = found
        return found

    def remember(self, libraries: Iterable[Library]) -> None:
        """Keep their facts in the ledger, and here those that were looked up: somebody may know more of them now."""
        found = tuple(libraries)
        self._ledger.remember_libraries(found)
        self._seen.update({library.sha256: library for library in found if library.sha256 in self._seen})

    def __iter__(self) -> Iterator[str]:
        raise TypeError("known libraries are looked up, not listed")

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        raise TypeError("known libraries are looked up, not counted")
