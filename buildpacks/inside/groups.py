"""Which Maven group a library belongs to, where the library itself does not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from buildpacks import strict_json
from buildpacks.inside.bill_parts import Part
from buildpacks.inside.outline import Outline

_LARGEST = 4 << 20


def named_by_the_build(outline: Outline) -> Iterator[tuple[str, str]]:
    """Give groups and names out of the bill that the build itself put in (Spring Boot's `Sbom-Location`): it knew."""
    data = outline.read(outline.manifest().get("Sbom-Location", ""), _LARGEST)
    try:
        told = strict_json.read(data) if data else {}
    except ValueError:
        return
    components = told.get("components") if isinstance(told, dict) else None
    for one in components if isinstance(components, list) else ():
        if isinstance(one, dict) and isinstance(one.get("group"), str) and isinstance(one.get("name"), str):
            yield one["group"], one["name"]


def with_groups(parts: Iterable[Part], named: Iterable[tuple[str, str]]) -> Iterator[Part]:
    """Fill in groups that no jar states of itself: Gradle leaves no pom.properties.

    First by `named`: what the build's own bill or the pom.xml of others call it. Then by its family: jars of the same
    first word and version.
    """
    groups: dict[str, set[str]] = {}
    for group, artifact in named:
        groups.setdefault(artifact, set()).add(group)
    first = [_grouped(part, groups.get(part.name, set())) for part in parts]
    families: dict[tuple[str, str], set[str]] = {}
    for part in first:
        if part.group:
            families.setdefault(_family(part), set()).add(part.group)
    return (_grouped(part, families.get(_family(part), set())) for part in first)


def _grouped(part: Part, groups: set[str]) -> Part:
    return part if part.group or len(groups) != 1 else replace(part, group=next(iter(groups)), inferred=True)


def _family(part: Part) -> tuple[str, str]:
    return part.name.partition("-")[0], part.version
