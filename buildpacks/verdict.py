"""What a buildpack says of an artifact, and the names that every plan needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from buildpacks.analysis import Analysis

_LONGEST = 200
"""Characters of a title or a version; what is longer is none."""
_VERSION = re.compile(r"-v?\d[\w.+-]*$")
_CLASSIFIER = re.compile(r"-(exec|boot|runner|fat|all|standalone|shaded|executable|bin|dist|distribution|app)$")
_IVY = re.compile(r"[\w.-]+#([\w.-]+);\S+")
_ENDING = re.compile(r"\.(jar|war|zip|tar|tar\.gz|tgz)$", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """`fits` and why, or why not: a sentence for `inspect`. `failed` where a site's own buildpack could not say."""

    buildpack: str
    fits: bool
    reason: str
    failed: bool = False


def title(analysis: Analysis) -> str:
    """Return the artifact's own name: artifactId, Implementation-Title, or the file's name without version."""
    if analysis.maven:
        return analysis.maven[1][:_LONGEST]
    return implementation(analysis.manifest) or _VERSION.sub("", stem(analysis.filename)) or analysis.filename


def implementation(manifest: Mapping[str, str]) -> str:
    """Implementation-Title; of Ivy's `group#name;version`, as some Gradle plugins write it, the name."""
    told = manifest.get("Implementation-Title", "").strip()
    found = _IVY.fullmatch(told)
    return (found.group(1) if found else told)[:_LONGEST]


def version(analysis: Analysis) -> str | None:
    """Return the artifact's own version: from Maven, the manifest, or the file's name."""
    if analysis.maven:
        return analysis.maven[2][:_LONGEST]
    told = analysis.manifest.get("Implementation-Version", "").strip()[:_LONGEST]
    found = _VERSION.search(stem(analysis.filename))
    return told or (found.group().lstrip("-") if found else None)


def stem(filename: str) -> str:
    """Return a file name without its ending and without a build's classifier, as in `-exec.jar`."""
    return _CLASSIFIER.sub("", _ENDING.sub("", filename))
