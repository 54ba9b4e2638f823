"""What really runs, containers that were adopted among it: those only the ledger knows to be the application's."""

from __future__ import annotations

from buildsvc.model.instance import Instance
from buildsvc.usecases.site import Workshop


def what_runs(workshop: Workshop, application: str | None = None) -> tuple[Instance, ...]:
    """List what runs of one application or of all. A container whose ports a gateway has by now is left out. Raises
    Unreachable.
    """
    ledger, engine = workshop.site.ledger, workshop.engine
    found = list(engine.instances(application))
    for name, adoption in ledger.adoptions().items():
        if application in {None, name}:
            found += engine.adopted(name, [one for one in adoption.components if not one.taken_over])
    return tuple(found)


def served_by_adopted(workshop: Workshop, application: str) -> frozenset[str]:
    """Return the jar components whose adopted container is there still, and is what serves."""
    adoption = workshop.site.ledger.adoption(application)
    waiting = [one for one in adoption.components if one.waits_for_gateway] if adoption is not None else []
    return frozenset(one.component for one in workshop.engine.adopted(application, waiting))
