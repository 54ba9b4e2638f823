"""Events as sentences: the one place where doors turn what happened into words. Command line and web show the same.

`tell` gives the sentence, `stage` the step of the way a jar has reached by it. Both are pure and need neither the web
server nor a Unix machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from buildsvc.model.events import (
    Analysed,
    ArchiveMade,
    ArchiveUsed,
    BaseChosen,
    Compared,
    Event,
    Failed,
    HealthChosen,
    Healthy,
    ImageBuilt,
    ImageLoaded,
    InstanceStarted,
    LibrariesAdded,
    LibraryDelta,
    LogLine,
    OldStopped,
    Progress,
    Received,
    Recovered,
    ReleaseRecorded,
    ServerChosen,
    Settled,
    Started,
    Switched,
    SwitchedBack,
    Warned,
    WentLive,
)

STAGES: Final = (
    "received",
    "analysed",
    "base",
    "built",
    "loaded",
    "started",
    "healthy",
    "switched",
    "live",
    "settled",
)
"""The way of one jar, in order. A rollback skips those that make an image."""

_NAMED: Final = 8
"""Libraries and keys that a sentence names."""

_STAGE_OF: Final[dict[type, str]] = {
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


def stage(event: Event) -> str | None:
    """Give the one of `STAGES` that is reached with this event, None where it reaches none."""
    return _STAGE_OF.get(type(event))


def tell(event: Event) -> str:
    """Say what happened, as one English sentence without its hint (a log line as it is)."""
    return _TELL[type(event)](event)


def size(count: int) -> str:
    """Write a number of bytes as people read it, in decimal units."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:  # noqa: PLR2004 - decimal units
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"  # noqa: PLR2004
        value /= 1000
    return f"{value:.1f} GB"


def seconds(value: float) -> str:
    """Write a duration as people read it: tenths below ten seconds, whole seconds below two minutes, then minutes."""
    if value < 0.05:  # noqa: PLR2004 - what one decimal would show as nothing
        return f"{value * 1000:.0f} ms"
    if value < 10:  # noqa: PLR2004
        return f"{value:.1f} s"
    if value < 120:  # noqa: PLR2004
        return f"{value:.0f} s"
    return f"{int(value // 60)} min {int(value % 60)} s"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def _received(event: Received) -> str:
    matched = f", matched by {event.matched_by}" if event.matched_by else ""
    return f"Received {event.filename} ({size(event.size)}){matched}."


def _added(event: LibrariesAdded) -> str:
    what = " and ".join(
        part for part in (event.jar, _count(event.count, "library", "libraries") if event.count else "") if part
    )
    if event.origin == "given":
        return f"Joined with {what} from {event.filename}, sent along."
    pushed = f"pushed on {event.pushed:%Y-%m-%d %H:%M} UTC"
    if event.origin == "kept":
        return f"Joined with {what} from {event.filename}, {pushed} and kept."
    release = f", release {event.release}" if event.release is not None else ""
    return f"Joined with {what} from {event.filename}, {pushed}{release}."


def _analysed(event: Analysed) -> str:
    version = f" {event.version}" if event.version else ""
    libraries = _count(event.libraries, "library", "libraries")
    return (
        f"{event.title}{version} ({event.buildpack}, {libraries}) needs Java {event.java}: {event.java_reason}; "
        f"read in {seconds(event.seconds)}."
    )


def _archive_made(event: ArchiveMade) -> str:
    return (
        f"Archived {event.classes} classes of its libraries ({size(event.size)}) in {seconds(event.seconds)}: "
        "the next version starts faster."
    )


def _compared(event: Compared) -> str:
    counts = ((event.classes_changed, "changed"), (event.classes_added, "added"), (event.classes_removed, "removed"))
    classes = ", ".join(f"{count} {what}" for count, what in counts if count)
    parts = [
        f"classes {classes}" if classes else "",
        _some("libraries", [_delta(one) for one in event.libraries], event.libraries_changed),
        _some("keys", list(event.keys), event.keys_changed),
        f"{_count(event.others, 'other file')} or manifest attributes" if event.others else "",
    ]
    told = "; ".join(part for part in parts if part) or "nothing but times"
    return f"Against release {event.release} ({event.filename}) differ: {told}."


def _some(what: str, names: list[str], count: int) -> str:
    shown = names[:_NAMED]
    more = f", and {count - len(shown)} more" if count > len(shown) else ""
    return f"{what} {', '.join(shown)}{more}" if count else ""


def _delta(library: LibraryDelta) -> str:
    if library.old is None:
        return f"{library.name} {library.new} (new)"
    if library.new is None:
        return f"{library.name} {library.old} (gone)"
    if library.old != library.new:
        return f"{library.name} {library.old} -> {library.new}"
    if library.files_differ == 0:
        return f"{library.name} {library.old} (packed anew)"
    differ = f", {_count(library.files_differ, 'file')} differ" if library.files_differ is not None else ""
    return f"{library.name} {library.old} (same version, other content{differ})"


def _built(event: ImageBuilt) -> str:
    return (
        f"Built {event.reference}: {event.layers_written} of {_count(event.layers, 'layer')} new, "
        f"{size(event.bytes_written)}, in {seconds(event.seconds)}."
    )


def _loaded(event: ImageLoaded) -> str:
    if event.mode == "present":
        return "The engine has this image already."
    return (
        f"Sent {_count(event.layers_sent, 'layer')} ({size(event.bytes_sent)}) to the engine "
        f"in {seconds(event.seconds)}{' (whole image)' if event.mode == 'full' else ''}."
    )


def _live(event: WentLive) -> str:
    soak = f" The former instance is kept for {seconds(event.soak)}." if event.soak else ""
    return f"Release {event.release} is live, {seconds(event.seconds)} after it was asked for.{soak}"


def _old_stopped(event: OldStopped) -> str:
    cut = f"; {_count(event.connections_cut, 'connection')} cut" if event.connections_cut else ""
    return f"The former instance stopped{cut}."


def _switched_back(event: SwitchedBack) -> str:
    serving = f" Release {event.release} serves again." if event.release is not None else ""
    return f"Switched back: {event.reason.rstrip('.')}.{serving}"


def _progress(event: Progress) -> str:
    return f"{event.stage}: {size(event.done)} of {size(event.total)}"


_TELL: Final[dict[type, Callable[[Any], str]]] = {
    Received: _received,
    LibrariesAdded: _added,
    Started: lambda event: f"Taken up by {event.worker}.",
    Analysed: _analysed,
    Compared: _compared,
    BaseChosen: lambda event: f"Chose {event.base} (Java {event.java}, {event.platform}): {event.reason.rstrip('.')}.",
    ServerChosen: lambda event: f"Chose {event.server}: {event.reason.rstrip('.')}.",
    ArchiveUsed: lambda event: f"It starts from an archive of {event.classes} classes.",
    ArchiveMade: _archive_made,
    ImageBuilt: _built,
    ImageLoaded: _loaded,
    ReleaseRecorded: lambda event: f"Recorded as release {event.release}.",
    InstanceStarted: lambda event: f"Started the new instance {event.instance} ({event.slot}).",
    HealthChosen: lambda event: f"Health: {event.policy} ({event.reason.rstrip('.')}).",
    Healthy: lambda event: f"Healthy after {seconds(event.seconds)}.",
    Switched: lambda event: f"Requests now go to the new instance ({event.slot}).",
    WentLive: _live,
    OldStopped: _old_stopped,
    Settled: lambda _: "Settled.",
    SwitchedBack: _switched_back,
    Warned: lambda event: f"Warning: {event.message}",
    Recovered: lambda event: f"A worker was lost in the middle; the rest was {event.decision}.",
    Failed: lambda event: event.message,
    Progress: _progress,
    LogLine: lambda event: event.text,
}
