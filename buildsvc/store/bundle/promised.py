"""What the bundles on their way in have promised: each document is read once, not for every blob that comes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from buildsvc.image.layout import Layout
from buildsvc.store.bundle.sections import bundle_of

_REMEMBERED = 4


class Promised:
    """Sizes by digest, of the last few bundles that were asked about. A digest names its document for ever."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._read: OrderedDict[str, Mapping[str, int]] = OrderedDict()

    def sizes(self, document: str) -> Mapping[str, int]:
        """Return the bytes of each blob of a bundle, named by the digest of its app.json. Raises NotFound, Refused."""
        found = self._read.get(document)
        if found is None:
            found = {blob.digest: blob.size for blob in bundle_of(self._layout.read(document)).blobs}
            # Several threads may read the same one at once: all find the same, and the last one stays.
            self._read[document] = found
            while len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        return found
