"""What runs beside the component that a deployment changes, as the observer saw it last: it must stay as it is."""

from __future__ import annotations

from typing import Literal

from buildsvc.model.deployment import Deployment
from buildsvc.model.evidence import Beside, BesideContainer
from buildsvc.model.instance import Instance, Snapshot
from buildsvc.usecases.site import Site


def beside(site: Site, deployment: Deployment, moment: Literal["before", "after"]) -> Beside:
    """Return all containers of the application but the instances of the deployment's own component."""
    snapshot = site.ledger.snapshot(deployment.application)
    found = snapshot.instances if snapshot else ()
    mine = (one for one in found if one.role != "instance" or one.component != deployment.component)
    return Beside(moment, tuple(_told(one) for one in sorted(mine, key=lambda one: one.name)))


def replaced_since(before: Beside, snapshot: Snapshot | None) -> list[str]:
    """Image components whose container is another one now, by name."""
    now = {one.component: one.id for one in (snapshot.instances if snapshot else ()) if one.role == "image"}
    then = {one.component: one.id for one in before.containers if one.role == "image"}
    return sorted(name for name, container in now.items() if name in then and then[name] != container)


def _told(one: Instance) -> BesideContainer:
    return BesideContainer(one.component, one.role, one.id, one.started)
