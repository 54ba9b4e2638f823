"""Go back to an earlier release: its image, and the whole spec it ran with. Secrets keep their current values."""

from __future__ import annotations

from buildpacks.errors import Conflict
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Cause
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.site import Site


def submit(site: Site, application: str, component: str, *, to: int | None, actor: str, door: str) -> Accepted:
    """Queue a rollback; `to` None goes to the release that was live before. Raises NotFound, Conflict."""
    site.ledger.component(application, component)
    live = site.ledger.live(application, component)
    number = to if to is not None else (live.previous if live else None)
    if number is None:
        raise Conflict("nothing-before", component=component, application=application)
    release = site.ledger.release(application, component, number)
    if live is not None and live.release.number == number:
        raise Conflict("already-live", number=number, component=component)
    deployment = site.ledger.create_deployment(
        application=application,
        component=component,
        cause=Cause.ROLLBACK,
        artifact=release.artifact,
        release=number,
        actor=actor,
        door=door,
    )
    enqueue(site, deployment.id)
    return Accepted(
        application=application,
        component=component,
        deployment=deployment,
        message=f"{component} of {application} goes back to release {number}.",
        artifact=release.artifact,
    )
