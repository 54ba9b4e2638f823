"""What applying a file would do to what runs: told before anything changes, and asked for by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from buildpacks.errors import Conflict, NotFound
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import sentence
from buildsvc.compose import Parsed
from buildsvc.model.api import ApplyPlan, ChangedComponent
from buildsvc.model.application import Component
from buildsvc.usecases.admit.policing import denied_of
from buildsvc.usecases.apply.in_place import stored
from buildsvc.usecases.site import Site

_OWN_IMAGE = "buildsvc/"
_IN_THE_GATEWAY = frozenset({"ports", "expose", "networks", "naming"})
"""Keys of a jar component for which its gateway is made anew; all others are a new release, without a gap."""


def plan_of(site: Site, parsed: Parsed, language: str = catalogue.DEFAULT) -> ApplyPlan:
    """Compare a file with what was applied before; the warnings of the file are told in a language."""
    application = parsed.application
    former = stored(site, application.name)
    before = {one.name: one for one in former.application.components} if former is not None else {}
    after = {one.name: one for one in application.components}
    changed = []
    for name in sorted(set(before) & set(after)):
        keys = _differing(site, parsed, before[name], after[name])
        if keys:
            gap = not after[name].is_jar or not _IN_THE_GATEWAY.isdisjoint(keys) or not before[name].is_jar
            gap = gap and keys != ("data",)
            changed.append(ChangedComponent(name, keys, gap))
    differ = {one.name for one in changed}
    return ApplyPlan(
        application.name,
        former is None,
        tuple(sorted(set(after) - set(before))),
        tuple(changed),
        tuple(sorted(set(before) - set(after))),
        tuple(sorted(set(before) & set(after) - differ)),
        tuple(catalogue.told(one, language).message for one in (*_of_data(changed, before), *parsed.warnings)),
    )


def with_denials(site: Site, parsed: Parsed) -> Parsed:
    """Say among the warnings what the site policy would deny."""
    denied = denied_of(site, parsed.application, parsed.places)
    told = (sentence("plan-denied", denied=denied),) if denied is not None else ()
    return replace(parsed, warnings=(*told, *parsed.warnings))


def _of_data(changed: Iterable[ChangedComponent], before: Mapping[str, Component]) -> Iterator[dict[str, Any]]:
    """Warn of images that change below data: a file that is applied makes no dumps, an upgrade does."""
    for one in changed:
        if "image" in one.keys and before[one.name].holds_data and not before[one.name].is_jar:
            yield sentence("plan-data", component=one.name)


def refuse_removals(plan: ApplyPlan) -> None:
    """Raise Conflict `would-remove` where components would go: a file of another system in a folder of the same name
    names none of these.
    """
    if plan.removed:
        raise Conflict("would-remove", application=plan.application, removed=plan.removed)


def _differing(site: Site, parsed: Parsed, before: Component, after: Component) -> tuple[str, ...]:
    found = []
    for field in fields(Component):
        one, other = getattr(before, field.name), getattr(after, field.name)
        # An image of the cache is named by its kind in the file, and exactly in the record.
        if one != other and not (field.name == "image" and (other or "").startswith(_OWN_IMAGE)):
            found.append(field.name)
    if "environment" not in found and _secrets_differ(site, parsed, after):
        found.append("environment")
    return tuple(found)


def _secrets_differ(site: Site, parsed: Parsed, component: Component) -> bool:
    for name, value in parsed.secrets.items():
        if name.partition("/")[0] != component.name:
            continue
        try:
            kept = site.secrets.get(parsed.application.name, name)
        except NotFound:
            return True
        if kept != value:
            return True
    return False
