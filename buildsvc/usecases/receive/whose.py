"""Which component a push is for: the one that was named, or the one that the artifact itself fits."""

from __future__ import annotations

from buildpacks.analysis import Analysis
from buildpacks.errors import NotFound, Refused
from buildsvc.model.matching import Candidates, Match, identity, match
from buildsvc.usecases.site import Site

ASKED = "what was asked for"


def whose(
    site: Site, analysis: Analysis, application: str | None, component: str | None, *, part: bool = False
) -> Match:
    """Raises Refused `not-a-jar-component`, `no-components` or as `match` does (also for `part`), NotFound."""
    found = named(site, application, component)
    return found or match(identity(analysis), candidates(site, application, component), part=part)


def named(site: Site, application: str | None, component: str | None) -> Match | None:
    """The component that was named; None where there is more than one to choose from. Raises Refused, NotFound."""
    if application and component:
        if not site.ledger.component(application, component).is_jar:
            raise Refused(
                "not-a-jar-component",
                f"{component} of {application} is an image component; a jar cannot replace it.",
                "Name a component that has x-buildsvc in the Compose file.",
            )
        return Match(application, component, ASKED)
    found = candidates(site, application, component)
    if not found:
        _explain_nothing(site, application, component)
    if component and len(found) == 1:
        ((owner, name),) = found
        return Match(owner, name, ASKED)
    return None


def candidates(site: Site, application: str | None, component: str | None) -> Candidates:
    """The jar components that may be meant, and what they last accepted."""
    return {
        (stored.application.name, part.name): (
            part.jar.artifact,
            site.ledger.identity(stored.application.name, part.name),
        )
        for stored in site.ledger.applications()
        if application in {None, stored.application.name}
        for part in stored.application.jar_components
        if part.jar is not None and component in {None, part.name}
    }


def _explain_nothing(site: Site, application: str | None, component: str | None) -> None:
    if application:
        site.ledger.application(application)
    if component:
        raise NotFound(
            "no-such-component",
            f"No application has a jar component called {component}.",
            "See `buildsvc apps` and `buildsvc status APP` for what there is.",
        )
    raise Refused(
        "no-components",
        "There is no jar component yet that this jar could belong to.",
        "Install an application first: buildsvc apply compose.yaml",
    )
