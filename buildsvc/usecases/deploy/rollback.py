"""Go back to an earlier release: its image, and the whole spec it ran with. Secrets keep their current values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from buildpacks.errors import Conflict, Refused
from buildpacks.sentences.values import sentence
from buildsvc.model.api import Accepted
from buildsvc.model.application import Application
from buildsvc.model.data_ahead import passed_steps
from buildsvc.model.deployment import Cause
from buildsvc.model.release import Release
from buildsvc.model.version import ApplicationSnapshot, PinnedJar
from buildsvc.store.ledger import LiveRelease
from buildsvc.usecases.approve.clearance import needs_approval
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site


def submit(
    site: Site,
    application: str,
    component: str,
    *,
    to: int | None,
    actor: str,
    door: str,
    restored: Collection[str] = (),
) -> Accepted:
    """Queue a rollback; `to` None goes to the release that was live before, whether or not the component was away in
    between. `restored` are components whose data somebody has seen to. Raises NotFound, Conflict, Refused
    `release-pruned`, `release-not-approved`, `not-undone`.
    """
    with site.in_use():
        if component not in restored:
            _require_undone(site, application, component, to)
        return _submit(site, application, component, to=to, actor=actor, door=door)


def _submit(site: Site, application: str, component: str, *, to: int | None, actor: str, door: str) -> Accepted:
    site.ledger.component(application, component)
    live = site.ledger.live(application, component)
    number = to if to is not None else _before(site, application, component, live)
    if number is None:
        raise Conflict("nothing-before", component=component, application=application)
    release = site.ledger.release(application, component, number)
    if live is not None and live.release.number == number:
        raise Conflict("already-live", number=number, component=component)
    require_whole(release)
    ran = release.is_image_only or number in site.ledger.served(application, component)
    if needs_approval(site, application) and not ran:
        raise Refused("release-not-approved", number=number, component=component)
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
    queued = accepted(deployment, "accepted.rollback", component=component, application=application, release=number)
    return replace(queued, artifact=release.artifact)


def _require_undone(site: Site, application: str, component: str, to: int | None) -> None:
    """Raise Refused `not-undone` where a release after the one that a rollback leads to took a step of the data that
    cannot be undone.
    """
    live = site.ledger.live(application, component)
    number = to if to is not None else _before(site, application, component, live)
    if live is None or number is None:
        return
    releases = sorted(site.ledger.releases(application, component), key=lambda one: one.number)
    between = [one for one in releases if number <= one.number <= live.release.number]
    passed = passed_steps([(str(one.number), _alone(one)) for one in between])
    if passed:
        steps = [sentence("not-undone.taken", step=one.step, number=int(one.version)) for one in passed]
        values = {"application": application, "component": component, "number": number}
        raise Refused("not-undone.release", **values, steps=steps)


def _alone(release: Release) -> ApplicationSnapshot:
    return ApplicationSnapshot(Application(release.application, (release.spec,)), (PinnedJar.of(release),), ())


def _before(site: Site, application: str, component: str, live: LiveRelease | None) -> int | None:
    if live is not None and live.previous is not None:
        return live.previous
    stood = site.ledger.stood(application, component)
    return next((number for number in stood if live is None or number != live.release.number), None)


def last_of(site: Site, application: str, component: str) -> Release | None:
    """Return the release that a component ran last, also where it was removed since; None where there is none, and
    where its files need not be there any more.
    """
    for number in site.ledger.stood(application, component)[:1]:
        found = site.ledger.release(application, component, number)
        return found if found.pruned is None else None
    return None


def require_whole(release: Release) -> None:
    """Raise Refused `release-pruned` where the release's files need not be there any more."""
    if release.pruned is not None:
        raise Refused(
            "release-pruned",
            number=release.number,
            component=release.component,
            since=f"{release.pruned:%Y-%m-%d}",
            filename=release.filename,
        )
