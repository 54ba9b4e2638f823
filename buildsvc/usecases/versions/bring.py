"""Bring a whole application to a version: install, upgrade, roll back. All of it, or none of it.

Made of the same swaps as a push: each jar component that changes gets a deployment of its own, under this one. Added
and changed image components come first, then the jars in the order of `depends_on`, and what goes is taken away when
every soak is over. Whatever fails before that, in a soak too, takes back what was switched already.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from buildpacks.errors import DeploymentFailed, Failure
from buildsvc.image.recall import recall
from buildsvc.image.types import Image
from buildsvc.model.application import Application
from buildsvc.model.deployment import Phase
from buildsvc.model.raised import failed
from buildsvc.store.ledger import StoredApplication
from buildsvc.store.ledger.codec import dump
from buildsvc.store.ledger.codec import load as load_noun
from buildsvc.usecases.admit.policing import enforce
from buildsvc.usecases.apply.fallen import fallen_of
from buildsvc.usecases.apply.in_place import bring_about, forget_removed
from buildsvc.usecases.apply.obstacles import refuse_obstacles
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.loading import load, related
from buildsvc.usecases.look.installed import installed, remember_installed
from buildsvc.usecases.versions.ask import outlook_of_data
from buildsvc.usecases.versions.data_kept import look_at_data, require_data_kept, write_out
from buildsvc.usecases.versions.goal import Goal, goal, require_agreement
from buildsvc.usecases.versions.pinned_releases import PinnedReleases, no_platform, pinned
from buildsvc.usecases.versions.swaps import await_soaks, put_back, swap_all

_BEGUN, _BACK = "begin", "take-back"
"""Steps: from here on what runs is touched; what was touched is being taken back."""


def bring(attempt: Attempt) -> None:
    """Bring the application of this attempt to the version that was asked for. Raises Failure; an application that was
    there before then runs as it did, and one that is new is left so that the same command goes on.
    """
    asked: dict[str, Any] = attempt.workshop.site.ledger.recall(f"change:{attempt.deployment.id}")
    site = attempt.workshop.site
    version = site.ledger.version(asked["application"], str(asked["version"]))
    found = goal(site, version, attempt.deployment.application, asked["answers"], asked.get("values", {}))
    former = _former(attempt, found)
    attempt.advance(Phase.SWAPPING)
    if attempt.journal.began(_BACK):
        _take_back(attempt, former, Failure("worker-lost.whole"))
        return
    try:
        _bring(attempt, found, former, asked)
    except Failure as failure:
        if former is None or failure.code == "lost-claim" or not attempt.journal.began(_BEGUN):
            raise
        _take_back(attempt, former, failure)
    else:
        remember_installed(site, attempt.deployment.application, version)
        attempt.settle()


def _bring(attempt: Attempt, found: Goal, former: StoredApplication | None, asked: dict[str, Any]) -> None:
    require_agreement(found)
    enforce(attempt.workshop.site, found.snapshot.application)
    platform = str(attempt.workshop.engine.platform())
    wanted = pinned(attempt.workshop.site, found, platform)
    _load(attempt, found, wanted)
    application = found.snapshot.application
    refuse_obstacles(attempt.workshop, application, attempt.publish)
    if former is not None and not attempt.journal.began(_BEGUN):
        _keep_data(attempt, found, asked)
    attempt.journal.step(_BEGUN)
    attempt.journal.done(_BEGUN)
    _make(attempt, _with_those_that_go(application, former), former)
    fallen = fallen_of(attempt.workshop, application, former)
    if fallen is not None:
        raise DeploymentFailed("components-ended.whole", log_tail=fallen.log_tail, components=fallen.components)
    swap_all(attempt, application, wanted.changing)
    await_soaks(attempt)
    if former is not None and any(application.component(one.name) is None for one in former.application.components):
        _make(attempt, application, former)
    forget_removed(attempt.workshop.site, application)


def _keep_data(attempt: Attempt, found: Goal, asked: dict[str, Any]) -> None:
    """Write out the data before anything changes. Raises as `write_out` and `require_data_kept` do."""
    site, without = attempt.workshop.site, asked.get("without_backup", ())
    data = outlook_of_data(site, attempt.deployment.application, attempt.deployment.cause, found)
    require_data_kept(data, found.version, without, asked.get("restored", ()))
    write_out(attempt, data, installed(site, attempt.deployment.application), without)


def _make(attempt: Attempt, application: Application, former: StoredApplication | None) -> None:
    bring_about(attempt.workshop, application, former, attempt.deployment.actor, attempt.publish)


def _former(attempt: Attempt, found: Goal) -> StoredApplication | None:
    """Return what was applied when this began, also after a worker was lost in the middle: then the ledger has moved
    on.
    """
    ledger = attempt.workshop.site.ledger
    key = f"former:{attempt.deployment.id}"
    if attempt.deployment.phase is Phase.QUEUED:
        ledger.remember(key, None if found.former is None else dump(StoredApplication, found.former))
        return found.former
    noted = ledger.recall(key)
    return None if noted is None else load_noun(StoredApplication, noted)


def _load(attempt: Attempt, found: Goal, wanted: PinnedReleases) -> None:
    """Bring every image into the engine before anything that runs is touched."""
    workshop, layout = attempt.workshop, attempt.workshop.site.layout
    platform = str(workshop.engine.platform())
    loaded: list[Image] = []
    for component in found.snapshot.images:
        image = component.on(platform)
        if image is None:
            raise no_platform(found, component.component, platform)
        if layout.has(image.manifest):
            loaded.append(recall(layout, image.manifest, image.reference))
            load(workshop, loaded[-1], (), attempt.publish)
    for name, release in wanted.changing.items():
        if layout.has(release.image.manifest):
            built = recall(layout, release.image.manifest, release.image.reference)
            near = related(workshop.site, release.application, name, built)
            load(workshop, built, (*near, *loaded[-1:]), attempt.publish)
            loaded.append(built)


def _with_those_that_go(application: Application, former: StoredApplication | None) -> Application:
    """Add those that go: what leaves stays until everything else serves."""
    if former is None:
        return application
    going = [one for one in former.application.components if application.component(one.name) is None]
    networks = [one for one in former.application.networks if one.key not in {new.key for new in application.networks}]
    volumes = [one for one in former.application.volumes if one.key not in {new.key for new in application.volumes}]
    return replace(
        application,
        components=(*application.components, *going),
        networks=(*application.networks, *networks),
        volumes=(*application.volumes, *volumes),
    )


def _take_back(attempt: Attempt, former: StoredApplication | None, failure: Failure) -> None:
    """Bring back what served before, then the application as it was applied. Ends the attempt."""
    assert former is not None, "what is new has nothing before it"
    workshop = attempt.workshop
    if not attempt.journal.began(_BACK):
        attempt.journal.step(_BACK, reason=failure.message)
    put_back(attempt)
    _make(attempt, former.application, former)
    forget_removed(workshop.site, former.application)
    look_at_data(attempt)
    tail = failure.log_tail if isinstance(failure, DeploymentFailed) else ()
    attempt.publish(failed(failure, tail))
    attempt.advance(Phase.SWITCHED_BACK, failure=failure)
