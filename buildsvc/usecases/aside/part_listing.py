"""Lists of parts: made aside of what serves, so that the first push by parts need not wait for them."""

from __future__ import annotations

import logging

from buildpacks.errors import NotFound
from buildsvc.store.part_lists import PartLists
from buildsvc.usecases.aside.serving import is_busy, serving
from buildsvc.usecases.site import Site

log = logging.getLogger(__name__)


def tend(site: Site) -> None:
    """Read one artifact that serves and has no list, when no push is under way."""
    lists = PartLists(site.settings.data, site.settings.paths.tmp)
    wanted = next((one.release.artifact for one in serving(site) if not lists.has(one.release.artifact)), None)
    if wanted is None or is_busy(site):
        return
    try:
        lists.read_artifact(wanted, site.artifacts.path(wanted))
    except (NotFound, OSError) as error:
        log.debug("what %s is made of was not written down: %s", wanted, error)
