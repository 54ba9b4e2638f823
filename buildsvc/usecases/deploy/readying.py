"""What a roll-out needs beside its image, prepared while the image loads: the gateway's session, volumes, mounts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from buildpacks.errors import Failure
from buildsvc.engines.base import RollOut
from buildsvc.model.application import Component
from buildsvc.model.release import Release
from buildsvc.usecases.admit.policing import enforce_spec
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.build.build import Built
from buildsvc.usecases.deploy.rollouts import roll_out_of

log = logging.getLogger(__name__)


@contextmanager
def readied(attempt: Attempt, component: Component, built: Built) -> Iterator[None]:
    """Prepare beside the block, whose engine has the base already. What cannot be is left to the roll-out, which says
    why.
    """
    try:
        spec = _foreseen(attempt, component, built)
    except Failure as failure:
        log.info("nothing is prepared for %s: %s", attempt.deployment.id, failure)
        yield
        return
    with ThreadPoolExecutor(1) as aside:
        making = aside.submit(attempt.workshop.engine.make_ready, spec)
        yield
    if (reason := making.exception()) is not None:
        log.info("not everything was prepared for %s: %s", attempt.deployment.id, reason)


def _foreseen(attempt: Attempt, component: Component, built: Built) -> RollOut:
    """Return what will be rolled out, by the image of its base. Raises Denied, as the roll-out will; NotFound."""
    site, deployment = attempt.workshop.site, attempt.deployment
    stored = site.ledger.application(deployment.application)
    enforce_spec(site, stored.application, component)
    release = Release(
        id="",
        application=deployment.application,
        component=deployment.component,
        number=0,
        artifact=deployment.artifact or "",
        filename="",
        image=built.reference,
        build=built.facts,
        spec=component,
        created=site.clock.now(),
    )
    return replace(roll_out_of(site, deployment, release), image_reference=built.base.reference)
