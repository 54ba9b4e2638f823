"""The files beside a dropped jar that ask and answer: NAME.dodeploy, NAME.isdeploying, NAME.deployed, NAME.failed.

A marker is text of `key: value` lines, for people first; `deployment:` lets a restarted watcher find its way again.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from buildpacks.archives import tars
from buildpacks.errors import Failure, Refused
from buildpacks.sentences import catalogue
from buildsvc.doors.folder import taking
from buildsvc.model.deployment import Deployment
from buildsvc.store.durable_files import atomic_write

ASK = ".dodeploy"
BUSY = ".isdeploying"
DONE = ".deployed"
FAILED = ".failed"
ANSWERS = (BUSY, DONE, FAILED)
PARTIAL = (".tmp", ".part", ".filepart", ".crdownload")
PACKED = (".zip", *tars.ENDINGS)
ARTIFACTS = (".jar", ".war", *PACKED)
BUNDLE = ".bundle"
_LONGEST = 230
_READ = 10_000
"""Bytes of an answer that are looked at: others may write one."""
_RSYNC = re.compile(r"\.[^/]+\.[A-Za-z0-9]{6}")
_LINE = re.compile(r"(?m)^([a-z]+): (.*)$")


@dataclass(frozen=True)
class Marker:
    """One answer as read back. `state` is the deployment's phase when it was written."""

    path: Path
    kind: str
    deployment: str
    state: str


def is_ignored(name: str) -> bool:
    """Whether a file is none of our business: hidden (rsync's too), half copied, or a marker."""
    lowered = name.lower()
    hidden = name.startswith((".", "~")) or bool(_RSYNC.fullmatch(name))
    return hidden or lowered.endswith((*PARTIAL, ASK, *ANSWERS))


def looks_like_an_artifact(name: str) -> bool:
    """Whether a file is taken without being asked for by a `.dodeploy` marker."""
    return name.lower().endswith((*ARTIFACTS, BUNDLE))


def is_bundle(name: str) -> bool:
    """Tell whether a file is called like a whole application's version."""
    return name.lower().endswith(BUNDLE)


def served(deployment: Deployment, language: str) -> dict[str, str]:
    """Return what an answer says, in a language, of a deployment that serves, or of a bundle that has arrived."""
    facts = {"deployment": deployment.id, "state": str(deployment.phase)}
    if not deployment.component:
        return {**facts, "note": f"buildsvc version list {deployment.application}"}
    return {
        **facts,
        "release": str(deployment.release),
        "component": component_of(deployment.component, deployment.application, language),
        "undo": f"buildsvc undo {deployment.application} {deployment.component}",
    }


def component_of(component: str, application: str, language: str) -> str:
    """Name a component in a language, as an answer does."""
    return catalogue.tell("component-of", {"component": component, "application": application}, language).message


def may_hold_libraries(name: str) -> bool:
    """Whether it is called like a zip or tar, of libraries or of a program with them."""
    return name.lower().endswith(PACKED)


def answer(file: Path, kind: str, **facts: str) -> None:
    """Put one answer beside `file` and take the others away. Raises OSError."""
    text = "".join(f"{key}: {' '.join(value.split())}\n" for key, value in facts.items() if value)
    atomic_write(marker(file, kind), text.encode("utf-8", "backslashreplace"), tmp=file.parent, mode=0o644)
    for other in ANSWERS:
        if other != kind:
            marker(file, other).unlink(missing_ok=True)


def fail(file: Path, failure: Failure, language: str, code: str = "") -> None:
    """Answer with a failure in a language; `code` where it stands for another one. Raises OSError."""
    said = failure.told(language)
    answer(file, FAILED, reason=said.message, hint=said.hint, code=code or failure.code)


def left(failure: Failure) -> Refused:
    """Say of a refusal that the file was left where it is."""
    return Refused("left-in-inbox", refused=failure, ask=ASK)


def clear(file: Path) -> None:
    """Take away all answers to a former file of this name."""
    for kind in ANSWERS:
        marker(file, kind).unlink(missing_ok=True)


def marker(file: Path, kind: str) -> Path:
    """Return the marker of that kind for `file`."""
    return file.with_name(file.name + kind)


def can_be_answered(name: str) -> bool:
    """Whether it is text, and short enough to be written with an answer's ending, under a temporary name too."""
    return name.isprintable() and len(name.encode()) <= _LONGEST


def kept_as(found: os.stat_result) -> str:
    """Tell what an answer says of a refused file that was left: which one it was."""
    return f"{found.st_size} {found.st_mtime_ns}"


def was_refused(file: Path, found: os.stat_result) -> bool:
    """Whether just this file was refused before, and left."""
    refusal = marker(file, FAILED)
    try:
        return facts_in(refusal).get("kept") == kept_as(found)
    except OSError:
        return False


def facts_in(path: Path) -> dict[str, str]:
    """Return what an answer says, line by line. Raises OSError."""
    return dict(_LINE.findall(taking.beginning(path, _READ).decode("utf-8", "replace")))


def read(path: Path) -> Marker | None:
    """Read an answer back; None when it is none of ours."""
    kind = next((kind for kind in ANSWERS if path.name.endswith(kind)), None)
    if kind is None:
        return None
    facts = facts_in(path)
    return Marker(
        path.with_name(path.name.removesuffix(kind)), kind, facts.get("deployment", ""), facts.get("state", "")
    )
