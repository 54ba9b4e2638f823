"""Whose jar is it? What an artifact says of itself, against what each component is called and last accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from buildpacks import verdict
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildsvc.model.artifact import Identity
from buildsvc.model.configuration import configuration_hints, literal, literal_values

__all__ = ["Match", "configuration_hints", "filename_stem", "identity", "match"]

_EXTENSION = re.compile(r"\.(jar|war|zip|tar|tar\.gz|tgz)$", re.IGNORECASE)
_VERSION = re.compile(r"[-_.]v?\d+(?:\.\d+)*(?:[-_.][0-9A-Za-z]+)*$")
_NUMBER = re.compile(r"[-_.]v?\d")
_CLASSIFIER = re.compile(
    r"[-_.](?:exec|fat|all|uber|shaded|runner|snapshot|bin|dist|distribution|jar-with-dependencies)$", re.IGNORECASE
)

Candidates = Mapping[tuple[str, str], tuple[str, Identity | None]]
"""(application, component) -> (its `artifact` setting, the identity of the artifact that it last accepted)."""


@dataclass(frozen=True)
class Match:
    """`matched_by` is the sentence's end: "spring.application.name order-service"."""

    application: str
    component: str
    matched_by: str


def identity(analysis: Analysis) -> Identity:
    """What the artifact says of itself. A name with `${…}` counts as unknown."""
    title = verdict.implementation(analysis.manifest)
    return Identity(
        spring_name=literal(literal_values(analysis), "spring.application.name"),
        artifact_id=analysis.maven[1] if analysis.maven is not None else None,
        title=title if title and "${" not in title else None,
        filename_stem=filename_stem(analysis.filename),
    )


def filename_stem(filename: str) -> str | None:
    """The name without folder, extension, version and classifier: `order-service` of
    `order-service-1.2.3-SNAPSHOT-exec.jar`; None when nothing is left.
    """
    name = _EXTENSION.sub("", re.split(r"[/\\]", filename)[-1]).strip()
    # The browser's own numbering of a second download is no part of the name.
    name = re.sub(r"\s*\(\d+\)$", "", name)
    for start in _NUMBER.finditer(name):
        if start.start() > 0 and _VERSION.fullmatch(name, start.start()):
            name = name[: start.start()]
            break
    while (shorter := _CLASSIFIER.sub("", name)) != name and shorter:
        name = shorter
    return name or None


def match(said: Identity, candidates: Candidates, *, part: bool = False) -> Match:
    """The one component that fits, by the first of: the identity that it last accepted (its strongest part decides),
    `spring.application.name`, artifactId, Implementation-Title, file name. Compared without regard to case.

    `part` says that the artifact is only a part of what was accepted, such as a thin jar without the configuration
    beside it: then what both say is compared too.

    Raises Refused `ambiguous-artifact` naming all that fit equally, or `unmatched-artifact` listing the components.
    """
    strongest = next(((label, value) for label, value in _parts(said) if value is not None), None)
    if strongest is not None:
        same = sorted(key for key, (_, last) in candidates.items() if last is not None and _same(said, last))
        if same:
            return _only(same, f"what it last accepted, {strongest[0]} {strongest[1]}")
    for label, value in _parts(said):
        called = sorted(key for key, (name, _) in candidates.items() if value and name.lower() == value.lower())
        if called:
            return _only(called, f"{label} {value}")
    if part:
        alike = sorted(key for key, (_, last) in candidates.items() if last is not None and _alike(said, last))
        if alike:
            return _only(alike, "the jar that it last accepted")
    known = ", ".join(f"{application}/{component}" for application, component in sorted(candidates))
    raise Refused(
        "unmatched-artifact",
        f"No component fits the artifact, which says {_describe(said)}.",
        f"Name one with --app and --component. Jar components here: {known}."
        if known
        else "There is no jar component yet: install an application with buildsvc apply FILE.",
    )


def _only(fitting: list[tuple[str, str]], matched_by: str) -> Match:
    application, component = fitting[0]
    if len(fitting) == 1:
        return Match(application, component, matched_by)
    names = " and ".join(f"{app}/{name}" for app, name in fitting)
    raise Refused(
        "ambiguous-artifact",
        f"The artifact fits {names}, by {matched_by}.",
        f"Name one: --app {application} --component {component}.",
    )


def _parts(said: Identity) -> tuple[tuple[str, str | None], ...]:
    """The strongest first."""
    return (
        ("spring.application.name", said.spring_name),
        ("artifactId", said.artifact_id),
        ("Implementation-Title", said.title),
        ("the file name", said.filename_stem),
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


def _describe(said: Identity) -> str:
    facts = [f"{label} {value}" for label, value in _parts(said) if value is not None]
    return ", ".join(facts) or "nothing of itself"
