"""What an artifact says of itself, by which it is told whose it is."""

from __future__ import annotations

import re

from buildpacks import verdict
from buildpacks.analysis import Analysis
from buildsvc.model.artifact import Identity
from buildsvc.model.configuration import literal, literal_values

_EXTENSION = re.compile(r"\.(jar|war|zip|tar|tar\.gz|tgz)$", re.IGNORECASE)
_VERSION = re.compile(r"[-_.]v?\d+(?:\.\d+)*(?:[-_.][0-9A-Za-z]+)*$")
_NUMBER = re.compile(r"[-_.]v?\d")
_CLASSIFIER = re.compile(
    r"[-_.](?:exec|fat|all|uber|shaded|runner|snapshot|bin|dist|distribution|jar-with-dependencies)$", re.IGNORECASE
)


def identity(analysis: Analysis) -> Identity:
    """Return what the artifact says of itself. A name with `${…}` counts as unknown."""
    title = verdict.implementation(analysis.manifest)
    return Identity(
        spring_name=literal(literal_values(analysis), "spring.application.name"),
        artifact_id=analysis.maven[1] if analysis.maven is not None else None,
        title=title if title and "${" not in title else None,
        filename_stem=filename_stem(analysis.filename),
    )


def filename_stem(filename: str) -> str | None:
    """Return the name without folder, extension, version and classifier: `order-service` of
    `order-service-1.2.3-SNAPSHOT-exec.jar`; None when nothing is left.
    """
    name = _EXTENSION.sub("", re.split(r"[/\\]", filename)[-1]).strip()
    # Tomcat's way to write a version of one context.
    name = re.sub(r"(?<=.)##.*$", "", name)
    # The browser's own numbering of a second download is no part of the name.
    name = re.sub(r"\s*\(\d+\)$", "", name)
    for start in _NUMBER.finditer(name):
        if start.start() > 0 and _VERSION.fullmatch(name, start.start()):
            name = name[: start.start()]
            break
    while (shorter := _CLASSIFIER.sub("", name)) != name and shorter:
        name = shorter
    return name or None
