"""What the host does not have for an application, told all at once before anything of it changes."""

from __future__ import annotations

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.engines.base import Publish
from buildsvc.model.application import Application
from buildsvc.usecases.apply.adopted_parts import adopted_parts
from buildsvc.usecases.apply.in_place import stored
from buildsvc.usecases.deploy.loading import gateway_of
from buildsvc.usecases.site import Workshop


def refuse_obstacles(workshop: Workshop, application: Application, publish: Publish) -> None:
    """Refuse what the host does not have for it, all at once: the engine would refuse as well, one by one, but by then
    the ledger holds an application that never came to be.
    """
    images = {component.image for component in application.components if component.image is not None}
    missing = sorted(images - workshop.engine.have(images))
    gateway = gateway_of(workshop, publish)
    adopted, given_up = adopted_parts(workshop.site, application)
    former = stored(workshop.site, application.name)
    before = former.placement if former is not None else None
    faults = [
        *([Refused("image-missing.nowhere", images=missing)] if missing else []),
        *workshop.engine.obstacles(application, before, gateway.image.reference, (*adopted, *given_up)),
    ]
    if len(faults) == 1:
        raise faults[0]
    if faults:
        lines = [sentence("not-ready-line", fault=fault) for fault in faults]
        raise Refused("not-ready", application=application.name, faults=lines)
