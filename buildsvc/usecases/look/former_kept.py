"""How long a former instance is kept behind its soak, and whether it may be frozen meanwhile (`x-buildsvc.keep`).

A frozen program holds what it had: locks of a database, messages that it took and did not acknowledge, its place in a
registry. So one that carries the client of such a thing is not frozen, which its deployment tells with the libraries.
"""

from __future__ import annotations

from buildpacks.errors import Failure
from buildpacks.java import ties
from buildpacks.sentences.values import sentence
from buildsvc.engines.base import Publish
from buildsvc.model.application import JarSettings, KeptPaused
from buildsvc.model.events import Warned
from buildsvc.model.raised import warned
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import understood

_REFUSED = "keep-not-paused"


def tell(site: Site, live: LiveRelease | None, jar: JarSettings | None, publish: Publish) -> None:
    """Warn where the former release is to be frozen behind the soak, and may not be."""
    if live is None or jar is None or not isinstance(jar.keep, KeptPaused) or jar.keep.paused <= jar.soak:
        return
    former = live.release
    name = former.component
    try:
        found = ties.among(understood(site, former.artifact, former.filename).libraries)
    except Failure as failure:
        publish(warned(f"{_REFUSED}.unknown", component=name, reason=failure.message))
        return
    if found:
        held = [sentence(f"tie.{one.kind}", library=one.library) for one in found]
        publish(warned(f"{_REFUSED}.libraries", component=name, number=former.number, libraries=held))


def seconds(site: Site, deployment: str, jar: JarSettings) -> float:
    """Seconds from the switch that the former instance is kept; none where it was to be frozen and may not be."""
    if isinstance(jar.keep, KeptPaused) and _is_refused(site, deployment):
        return 0.0
    return jar.kept_for


def _is_refused(site: Site, deployment: str) -> bool:
    return any(isinstance(r.event, Warned) and r.event.code == _REFUSED for r in site.ledger.events(deployment))
