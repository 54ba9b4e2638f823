"""Go back to the release that still runs behind the live one: a switch, nothing is started.

Where that cannot be, or would not be the same as starting it now, it is said why, and the release is started anew.
"""

from __future__ import annotations

from buildpacks.errors import DeploymentFailed
from buildsvc.engines.base import Standing
from buildsvc.model.deployment import Phase
from buildsvc.model.evidence import Beside
from buildsvc.model.raised import warned
from buildsvc.model.release import Release
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.deploy.beside import beside, replaced_since
from buildsvc.usecases.deploy.rollouts import roll_out_of
from buildsvc.usecases.deploy.settling import hand_over
from buildsvc.usecases.look import former_kept


def went_back(attempt: Attempt, release: Release) -> bool:
    """Whether the release serves again, by its instance that stood there. Raises DeploymentFailed, Conflict."""
    workshop = attempt.workshop
    spec = roll_out_of(workshop.site, attempt.deployment, release)
    found = workshop.engine.standing(spec)
    if found is Standing.NOTHING:
        return False
    changed = _changed_components(attempt)
    if found is Standing.OTHERWISE:
        attempt.publish(warned("undo-anew.values", component=release.component, number=release.number))
        return False
    if changed:
        attempt.publish(warned("undo-anew.components", component=release.component, changed=changed))
        return False
    if attempt.journal.cancelled():
        raise DeploymentFailed("cancelled.before-swap")
    if not hand_over(workshop, attempt.deployment):
        return False
    attempt.advance(Phase.SWAPPING, release=release.number)
    attempt.publish(beside(workshop.site, attempt.deployment, "before"))
    former_kept.tell(workshop.site, attempt.live(), release.spec.jar, attempt.publish)
    return workshop.engine.return_to(spec, attempt.journal, attempt.publish) is not None


def _changed_components(attempt: Attempt) -> list[str]:
    """Image components that are others than those beside which the live release was switched to."""
    ledger, live = attempt.workshop.site.ledger, attempt.live()
    if live is None:
        return []
    seen = [r.event for r in ledger.events(live.deployment) if isinstance(r.event, Beside)]
    return replaced_since(seen[0], ledger.snapshot(attempt.deployment.application)) if seen else []
