"""Which libraries of a component are seen to change between its uploads; only for components that wish to learn."""

from __future__ import annotations

from buildpacks.analysis import Analysis
from buildpacks.errors import Failure
from buildpacks.split import changed, present
from buildsvc.model.application import Component
from buildsvc.model.release import Release
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import understood


def learned(site: Site, application: str, component: Component, analysis: Analysis) -> frozenset[str]:
    """Names for the layer of libraries that change: what the newest release knew, and what differs from its artifact.

    Empty without a former release, and where the component's layers follow the artifact alone.
    """
    if component.jar is None or component.jar.layers != "learned":
        return frozenset()
    newest = next(iter(site.ledger.releases(application, component.name)), None)
    if newest is None:
        return frozenset()
    return present(newest.build.split, analysis) | _changed_since(site, newest, analysis)


def _changed_since(site: Site, newest: Release, analysis: Analysis) -> frozenset[str]:
    if newest.artifact == analysis.sha256:
        return frozenset()
    try:
        former = understood(site, newest.artifact, newest.filename)
    except Failure:
        # The former file was pruned, or today's limits refuse it: there is nothing to compare with, and no harm in it.
        return frozenset()
    return changed(former, analysis)
