"""Whose jar is it? Three rules, the first that fits: who was named, what the artifact says of itself, and, of libraries
that come without their jar, whose program names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from buildpacks.analysis import Analysis
from buildpacks.errors import NotFound, Refused
from buildpacks.programs import starts, thin
from buildpacks.sentences.values import sentence
from buildpacks.sentences.wording import Wording
from buildsvc.model.artifact import Identity
from buildsvc.model.identity import identity
from buildsvc.usecases.receive import origins
from buildsvc.usecases.site import Site

Candidates = Mapping[tuple[str, str], tuple[str, Identity | None]]
"""(application, component) -> (its `artifact` setting, the identity of the artifact that it last accepted)."""


@dataclass(frozen=True)
class Match:
    """`matched_by` is the end of a sentence: "spring.application.name order-service"."""

    application: str
    component: str
    matched_by: str


def whose(
    site: Site, analysis: Analysis, application: str | None, component: str | None, *, part: bool = False
) -> Match:
    """Find the component that an artifact is for. Raises Refused `not-a-jar-component`, `no-components` or as `match`
    does (also for `part`), NotFound.
    """
    found = named(site, application, component)
    return found or match(identity(analysis), candidates(site, application, component), part=part)


def named(site: Site, application: str | None, component: str | None) -> Match | None:
    """Return the component that was named; None where there are several to choose from. Raises Refused, NotFound."""
    if application and component:
        if not site.ledger.component(application, component).is_jar:
            raise Refused("not-a-jar-component", component=component, application=application)
        return Match(application, component, Wording("matched-by.asked"))
    found = candidates(site, application, component)
    if not found:
        _explain_nothing(site, application, component)
    if component and len(found) == 1:
        ((owner, name),) = found
        return Match(owner, name, Wording("matched-by.asked"))
    return None


def candidates(site: Site, application: str | None, component: str | None) -> Candidates:
    """Return the jar components that may be meant, and what they last accepted."""
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
        raise NotFound("no-such-component", component=component)
    raise Refused("no-components")


def match(said: Identity, candidates: Candidates, *, part: bool = False) -> Match:
    """Find the one component that fits, by the first of: the identity that it last accepted (its strongest part
    decides), `spring.application.name`, artifactId, Implementation-Title, file name. Compared without regard to case.

    `part` says that the artifact is only a part of what was accepted, such as a thin jar without the configuration
    beside it: then what both say is compared too.

    Raises Refused `ambiguous-artifact` naming all that fit equally, or `unmatched-artifact` listing the components.
    """
    strongest = next(((label, value) for label, value in _parts(said) if value is not None), None)
    if strongest is not None:
        same = sorted(key for key, (_, last) in candidates.items() if last is not None and _same(said, last))
        if same:
            return _only(same, Wording("matched-by.last", part=strongest[0], value=strongest[1]))
    for label, value in _parts(said):
        called = sorted(key for key, (name, _) in candidates.items() if value and name.lower() == value.lower())
        if called:
            return _only(called, Wording("matched-by.part", part=label, value=value))
    if part:
        alike = sorted(key for key, (_, last) in candidates.items() if last is not None and _alike(said, last))
        if alike:
            return _only(alike, Wording("matched-by.alike"))
    known = [f"{application}/{component}" for application, component in sorted(candidates)]
    key = "unmatched-artifact" if known else "unmatched-artifact.none"
    raise Refused(key, said=_describe(said), known=known, candidates=known)


def says_it_is(said: Identity, name: str, last: Identity | None) -> bool:
    """Whether an artifact says that it is a component's: of this `artifact` setting, and with this last identity."""
    strongest = next((value for _, value in _parts(said) if value is not None), None)
    return (last is not None and _same(said, last)) or (strongest or "").lower() == name.lower()


def _only(fitting: list[tuple[str, str]], matched_by: Wording) -> Match:
    application, component = fitting[0]
    if len(fitting) == 1:
        return Match(application, component, matched_by)
    names = [f"{app}/{name}" for app, name in fitting]
    raise Refused(
        "ambiguous-artifact",
        names=names,
        matched_by=matched_by,
        application=application,
        component=component,
        candidates=names,
    )


def _parts(said: Identity) -> tuple[tuple[str | dict[str, Any], str | None], ...]:
    """Return the parts of an identity, the strongest first."""
    return (
        ("spring.application.name", said.spring_name),
        ("artifactId", said.artifact_id),
        ("Implementation-Title", said.title),
        (sentence("identity.file-name"), said.filename_stem),
    )


def _same(said: Identity, last: Identity) -> bool:
    """Equal in the strongest part that either has. A weaker one must not outvote it: many jars are called app.jar."""
    for (_, now), (_, before) in zip(_parts(said), _parts(last), strict=True):
        if now is not None or before is not None:
            return now is not None and before is not None and now.lower() == before.lower()
    return False


def _alike(said: Identity, last: Identity) -> bool:
    """Equal in the strongest part that both have."""
    both = ((now, before) for (_, now), (_, before) in zip(_parts(said), _parts(last), strict=True) if now and before)
    now, before = next(both, ("", None))
    return now.lower() == (before or "").lower() != ""


def _describe(said: Identity) -> list[dict[str, Any]]:
    facts = [sentence("identity.part", part=label, value=value) for label, value in _parts(said) if value is not None]
    return facts or [sentence("identity.none")]


def meant_libraries(site: Site, analysis: Analysis, application: str | None, component: str | None) -> Match | None:
    """Find the component whose libraries a folder holds, though nobody said that it holds libraries. None where it has
    a program of its own, and where no component fits. Raises Refused, NotFound.

    A library may have a Main-Class: it is none of the program's own if the component's Class-Path names it.
    """
    if analysis.folder is None or _has_own_start(analysis):
        return None
    found = named(site, application, component)
    if found is None:
        return _one_of(_fitting(site, analysis, candidates(site, application, component)), analysis)
    fits = _fitting(site, analysis, [(found.application, found.component)])
    return found if fits or (not analysis.folder.programs and _waits(site, found)) else None


def whose_libraries(site: Site, analysis: Analysis, application: str | None, component: str | None) -> Match:
    """Find the component whose libraries these are said to be. Raises Refused `unmatched-libraries`, NotFound."""
    found = named(site, application, component)
    if found is None:
        found = _one_of(_fitting(site, analysis, candidates(site, application, component)), analysis)
    if found is None:
        there = candidates(site, application, component)
        known = [f"{owner}/{name}" for owner, name in sorted(there)]
        raise Refused("unmatched-libraries", filename=analysis.filename, known=known)
    return found


def _has_own_start(analysis: Analysis) -> bool:
    found = starts.decide(analysis)
    if not isinstance(found, starts.Start):
        return False
    return found.script is not None or bool(found.program and thin.named(found.program.manifest, found.jar))


def _fitting(site: Site, analysis: Analysis, components: Iterable[tuple[str, str]]) -> list[Match]:
    """Return the components whose program names one of the jars, and every one that could be started."""
    assert analysis.folder is not None
    jars = {_last(item.entry) for item in analysis.libraries}
    programs = {_last(one.entry) for one in analysis.folder.programs}
    found = []
    for application, component in sorted(components):
        former = next(origins.formers(site, application, component), None)
        wanted = _named_by(former.analysis) if former else set()
        if jars & wanted and programs <= wanted:
            found.append(Match(application, component, Wording("matched-by.libraries")))
    return found


def _one_of(fitting: list[Match], analysis: Analysis) -> Match | None:
    if len(fitting) > 1:
        names = [f"{one.application}/{one.component}" for one in fitting]
        raise Refused(
            "ambiguous-libraries",
            filename=analysis.filename,
            names=names,
            application=fitting[0].application,
            component=fitting[0].component,
        )
    return fitting[0] if fitting else None


def _waits(site: Site, found: Match) -> bool:
    """Whether libraries can be meant that nothing names yet: the component runs a thin jar, or nothing so far."""
    if next(origins.formers(site, found.application, found.component), None) is not None:
        return True
    return not site.ledger.deployments(found.application, found.component, 1)


def _named_by(program: Analysis) -> set[str]:
    start = starts.decide(program)
    assert isinstance(start, starts.Start)
    assert start.program is not None
    return {_last(path) for path in thin.named(start.program.manifest, start.jar)}


def _last(path: str) -> str:
    return path.rpartition("/")[2]
