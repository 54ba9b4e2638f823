"""Three ways into one: what a version said when it was installed, what the next one says, and what the site changed.

What only one side changed is taken; where both did, and not to the same, nobody guesses: that is a conflict, and its
answer is `site` or `version`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from buildsvc.model.application import Application, Component

Answer = Literal["site", "version"]


@dataclass(frozen=True)
class Disagreement:
    """One place that both sides changed: `order.environment.LOG_LEVEL`, `order.limits`, `order` (removed by one)."""

    place: str
    site: str
    version: str


@dataclass(frozen=True)
class Merged:
    application: Application
    disagreements: tuple[Disagreement, ...]
    kept: tuple[str, ...]
    """Places where the site's own change stays."""


def merge(base: Application, site: Application, version: Application, answers: Mapping[str, Answer]) -> Merged:
    """Join the three. `answers` say who is right by place; a place without one stays a disagreement, and the version's
    word stands there meanwhile.
    """
    work = _Merging(dict(answers))
    names = [one.name for one in version.components]
    names += [one.name for one in site.components if one.name not in names]
    components = []
    for name in names:
        parts = (base.component(name), site.component(name), version.component(name))
        one = work.component(name, *parts)
        if one is not None:
            components.append(one)
    return Merged(replace(version, components=tuple(components)), tuple(work.found), tuple(work.kept))


class _Merging:
    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.found: list[Disagreement] = []
        self.kept: list[str] = []

    def component(
        self, name: str, base: Component | None, site: Component | None, version: Component | None
    ) -> Component | None:
        if site is None or version is None:
            # Somebody took it away, or brought it in: that counts unless the other side changed it meanwhile.
            chosen: Component | None = self.choose(name, base, site, version)
            return chosen
        if base is None:
            base = version
        fields: dict[str, Any] = {
            field: self.environment(name, dict(base.environment), dict(site.environment), dict(version.environment))
            if field == "environment"
            else self.choose(f"{name}.{field}", getattr(base, field), getattr(site, field), getattr(version, field))
            for field in vars(version)
        }
        return Component(**fields)

    def environment(
        self, name: str, base: dict[str, Any], site: dict[str, Any], version: dict[str, Any]
    ) -> tuple[tuple[str, Any], ...]:
        found = []
        for key in [*version, *(key for key in site if key not in version)]:
            place = f"{name}.environment.{key}"
            value = self.choose(place, base.get(key), site.get(key), version.get(key))
            if value is not None:
                found.append((key, value))
        return tuple(found)

    def choose(self, place: str, base: Any, site: Any, version: Any) -> Any:
        if site in (base, version):
            return version
        if version == base:
            self.kept.append(place)
            return site
        answer = self.answers.get(place)
        if answer is None:
            self.found.append(Disagreement(place, _shown(site), _shown(version)))
        elif answer == "site":
            self.kept.append(place)
        return site if answer == "site" else version


def _shown(value: Any) -> str:
    """Show a value in a sentence; secrets show their names only, by their own form."""
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 (letters that a line of a terminal holds)
