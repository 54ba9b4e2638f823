"""The buildpacks of this site: the built-in ones and those in its folder, read anew as soon as a file there changes."""

from __future__ import annotations

import logging
from pathlib import Path

from buildpacks.buildpack import Buildpacks
from buildpacks.detect import BUILT_IN
from buildpacks.own import custom

log = logging.getLogger(__name__)


class SiteBuildpacks:
    """Asked at each use: one look at the folder's entries, and nothing is read where nothing changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[custom.Signature, Buildpacks] = ((), BUILT_IN)

    def current(self) -> Buildpacks:
        """All that take part now, and what is broken; that is logged once."""
        # Taken before the files are read: what changes meanwhile is seen the next time.
        seen = custom.signature(self._folder)
        former, found = self._read
        if seen != former:
            found = custom.gather(self._folder, BUILT_IN)
            self._read = (seen, found)
            for one in found.broken:
                log.warning("buildpack %s takes no part: %s", one.file, one.fault)
        return found
