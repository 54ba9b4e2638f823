"""Events as sentences: the one place where doors turn what happened into words. Command line and web show the same.

`tell` gives the sentence, `stage` the step of the way a jar has reached by it. Both are pure and need neither the web
server nor a Unix machine. The sentences themselves stand in `buildpacks/sentences`; here their values are drawn up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from buildpacks.sentences import catalogue
from buildpacks.sentences.catalogue import Said
from buildpacks.sentences.spelling import seconds, size
from buildpacks.sentences.values import sentence
from buildsvc.model.archive_events import ArchiveMade, ArchiveUsed
from buildsvc.model.events import (
    Analysed,
    BaseChosen,
    Compared,
    Event,
    Failed,
    Healthy,
    ImageBuilt,
    ImageLoaded,
    InstanceStarted,
    LibrariesAdded,
    LibraryDelta,
    LogLine,
    Received,
    Recovered,
    Settled,
    Switched,
    Warned,
    WentLive,
)
from buildsvc.model.evidence import Beside
from buildsvc.model.swap_events import Warmed
from buildsvc.model.version_events import BundleReady, TakenBack, VersionMade

__all__ = ["STAGE_OF", "hint", "seconds", "size", "stage", "tell"]

_NAMED: Final = 8
"""Libraries and keys that a sentence names."""

STAGE_OF: Final[dict[type, str]] = {
    Received: "received",
    Analysed: "analysed",
    BaseChosen: "base",
    ImageBuilt: "built",
    ImageLoaded: "loaded",
    InstanceStarted: "started",
    Healthy: "healthy",
    Switched: "switched",
    WentLive: "live",
    Settled: "settled",
}
"""The way of one jar, in order, by the events with which its steps are reached. A rollback skips those of the image."""


_TOLD_BY: Final = (
    ("reason", "reason_said"),
    ("java_reason", "reason_said"),
    ("policy", "policy_said"),
    ("matched_by", "matched_said"),
)
"""What an event says in English, and where the sentence of it stands."""


def stage(event: Event) -> str | None:
    """Give the step of `STAGE_OF` that is reached with this event, None where it reaches none."""
    return STAGE_OF.get(type(event))


def tell(event: Event, language: str = catalogue.DEFAULT) -> str:
    """Say what happened, as one sentence without its hint (a log line as it is)."""
    if isinstance(event, LogLine):
        return event.text
    if isinstance(event, Failed):
        return _said(event, language).message
    if isinstance(event, Warned):
        return catalogue.tell("event.warning", {"message": _said(event, language).message}, language).message
    return catalogue.told(as_value(event), language).message


def as_value(event: Event) -> dict[str, Any]:
    """Return what happened as the value of another sentence; not for lines of a log, failures and warnings."""
    refine: Callable[[Any], tuple[str, dict[str, Any]]] = _REFINED.get(type(event), _as_it_is)
    key, values = refine(event)
    # A reason is told by its sentence, where it has one that is known here.
    for name, said in _TOLD_BY:
        sentence_of = values.get(said)
        if name in values and sentence_of and catalogue.knows(sentence_of["code"]):
            values[name] = sentence_of
    return sentence(f"event.{key}", **values)


def hint(event: Event, language: str = catalogue.DEFAULT) -> str:
    """Say what to do next; empty for what needs nothing."""
    return _said(event, language).hint if isinstance(event, Failed | Warned) else ""


def _said(event: Failed | Warned, language: str) -> Said:
    key = catalogue.joined(event.code, event.variant)
    if event.values is None or not catalogue.knows(key):
        return Said(event.message, event.hint)
    return catalogue.tell(key, event.values, language)


def _as_it_is(event: Event) -> tuple[str, dict[str, Any]]:
    return event.kind, asdict(event)


def _added(event: LibrariesAdded) -> tuple[str, dict[str, Any]]:
    libraries = [sentence("event.libraries-added.libraries", count=event.count)] if event.count else []
    return f"{event.kind}.{event.origin}", asdict(event) | {"what": [event.jar] * bool(event.jar) + libraries}


def _compared(event: Compared) -> tuple[str, dict[str, Any]]:
    counts = ((event.classes_changed, "changed"), (event.classes_added, "added"), (event.classes_removed, "removed"))
    classes = [sentence(f"event.compared.{what}", count=count) for count, what in counts if count]
    parts = [
        sentence("event.compared.classes", counts=classes) if classes else None,
        _some("libraries", [_delta(one) for one in event.libraries], event.libraries_changed),
        _some("keys", list(event.keys), event.keys_changed),
        sentence("event.compared.others", count=event.others) if event.others else None,
    ]
    told = [part for part in parts if part] or [sentence("event.compared.nothing")]
    return event.kind, {"release": event.release, "filename": event.filename, "parts": told}


def _some(what: str, names: list[Any], count: int) -> dict[str, Any] | None:
    shown = names[:_NAMED]
    return sentence(f"event.compared.{what}", names=shown, more=count - len(shown)) if count else None


def _delta(library: LibraryDelta) -> dict[str, Any]:
    if library.old is None:
        how = "new"
    elif library.new is None:
        how = "gone"
    elif library.old != library.new:
        how = "other"
    else:
        how = "packed" if library.files_differ == 0 else "content"
    return sentence(f"event.compared.library-{how}", **asdict(library))


def _beside(event: Beside) -> tuple[str, dict[str, Any]]:
    return f"{event.kind}.{event.moment}", {"count": len(event.containers)}


def _warmed(event: Warmed) -> tuple[str, dict[str, Any]]:
    told = [
        sentence(f"event.warmed.{'answer' if one.status else 'silent'}", **asdict(one) | {"later": one.later or None})
        for one in event.answers
    ]
    return event.kind, {"answers": told, "seconds": event.seconds, "left": list(event.left)}


def _loaded(event: ImageLoaded) -> tuple[str, dict[str, Any]]:
    mode = event.mode if event.mode in {"present", "full"} else "sparse"
    return f"{event.kind}.{mode}", asdict(event)


def _archive(event: ArchiveUsed | ArchiveMade) -> tuple[str, dict[str, Any]]:
    return f"{event.kind}.{'everything' if event.everything else 'libraries'}", asdict(event)


def _recovered(event: Recovered) -> tuple[str, dict[str, Any]]:
    how, _, _ = event.decision.partition(":")
    known = how in {"finished", "undone"}
    return f"{event.kind}.{how}" if known else event.kind, {"decision": event.decision}


def _version_made(event: VersionMade) -> tuple[str, dict[str, Any]]:
    return f"{event.kind}.{'new' if event.new else 'same'}", asdict(event)


def _bundle_ready(event: BundleReady) -> tuple[str, dict[str, Any]]:
    return f"{event.kind}.differential" if event.left_out else event.kind, asdict(event)


def _taken_back(event: TakenBack) -> tuple[str, dict[str, Any]]:
    return f"{event.kind}.{'serving' if event.serving else 'failed'}", asdict(event)


_REFINED: Final[dict[type, Callable[[Any], tuple[str, dict[str, Any]]]]] = {
    LibrariesAdded: _added,
    Compared: _compared,
    ImageLoaded: _loaded,
    ArchiveUsed: _archive,
    ArchiveMade: _archive,
    Beside: _beside,
    Recovered: _recovered,
    Warmed: _warmed,
    VersionMade: _version_made,
    BundleReady: _bundle_ready,
    TakenBack: _taken_back,
}
"""Events with several sentences, or with values that are sentences themselves; all others are told by their fields."""
