"""Libraries that were analysed before: looked up in the ledger once, then remembered by this process."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from buildpacks.analysis import Library
from buildsvc.store.ledger import Ledger

MOST = 4000
"""Libraries that one process remembers, a few hundred bytes each; beyond that it begins anew."""


class KnownLibraries:
    """Facts by digest. A digest names its content for ever, so what is remembered never becomes wrong."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dict[str, Library] = {}

    def among(self, digests: Collection[str]) -> Mapping[str, Library]:
        """Those of the libraries with these SHA-256s (hex) that are known, as `analyse` wants them."""
        # Several threads look things up here: what one has found stays its own, even if another begins anew.
        seen = self._seen
        found = {digest: seen[digest] for digest in digests if digest in seen}
        missing = [digest for digest in digests if digest not in found]
        asked = self._ledger.libraries(missing) if missing else {}
        if len(seen) + len(asked) > MOST:
            self._seen = {}
        self._seen.update(asked)
        return {**found, **asked}

    def remember(self, libraries: Iterable[Library]) -> None:
        """Keep their facts in the ledger, and here those that were looked up: somebody may know more of them now."""
        found = tuple(libraries)
        self._ledger.remember_libraries(found)
        self._seen.update({library.sha256: library for library in found if library.sha256 in self._seen})
