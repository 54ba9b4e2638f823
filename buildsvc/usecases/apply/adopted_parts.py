"""Which components of an application run in containers that were adopted, and which are to run otherwise by now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from buildpacks.errors import NotFound
from buildsvc.compose import Parsed, Source, parse
from buildsvc.compose.faults import Faults
from buildsvc.model.adoption import AdoptedComponent, Adoption, shaped
from buildsvc.model.application import Application
from buildsvc.usecases.site import Site


def adopted_parts(
    site: Site, application: Application
) -> tuple[tuple[AdoptedComponent, ...], tuple[AdoptedComponent, ...]]:
    """Return those that are left as they are, and those that are given up: the application asks for something else.

    A jar component is left as it is until its first push; the container that it ran in before then is kept, stopped.
    """
    adoption = site.ledger.adoption(application.name)
    left, given_up = [], []
    for part in adoption.components if adoption is not None else ():
        now = application.component(part.name)
        if now is None or now.is_jar != part.spec.is_jar:
            given_up.append(part)
        elif part.waits_for_gateway or (not now.is_jar and now == part.spec and not part.stale):
            left.append(part)
        elif not now.is_jar:
            given_up.append(part)
    return tuple(left), tuple(given_up)


def parsed_as_adopted(
    site: Site, source: Source, tmp: Path, judge: Callable[[Parsed, Faults], None] | None = None
) -> Parsed:
    """Read a file as it was read when its application was adopted; as it is where it never was. What `judge` finds is
    told with the file's faults. Raises Refused.
    """
    parsed = parse(source, tmp=tmp, judge=judge)
    adoption = site.ledger.adoption(parsed.application.name)
    if adoption is None:
        return parsed
    if adoption.told:
        parsed = parse(replace(source, told=frozenset(adoption.told)), tmp=tmp)
    return replace(parsed, application=shaped(parsed.application, adoption))


def note_changed_secrets(site: Site, application: str, secrets: Mapping[str, str]) -> None:
    """Note which adopted components run with another value of a secret than they are to have from now on."""
    if site.ledger.adoption(application) is None:
        return
    changed = {name.partition("/")[0] for name, value in secrets.items() if _differs(site, application, name, value)}

    def noted(adoption: Adoption) -> Adoption:
        for part in adoption.components:
            if part.name in changed and not part.stale:
                adoption = adoption.with_component(replace(part, stale=True))
        return adoption

    site.ledger.change_adoption(application, noted)


def _differs(site: Site, application: str, name: str, value: str) -> bool:
    try:
        return site.secrets.get(application, name) != value
    except NotFound:
        return True
