"""Make a thin jar whole: join it with the libraries that the site knows, before anything else is done with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.programs import joining, thin
from buildpacks.programs.joined import Joined, changed, holds_libraries, write
from buildpacks.sentences.values import sentence
from buildsvc.model.events import LibrariesAdded, Warned
from buildsvc.model.raised import warned
from buildsvc.usecases import understanding
from buildsvc.usecases.receive import origins
from buildsvc.usecases.receive.arrival import WholeArtifact
from buildsvc.usecases.receive.origins import Origin
from buildsvc.usecases.receive.whose import Match
from buildsvc.usecases.site import Site


def complete(
    site: Site, spool: ExitStack, found: Match, analysis: Analysis, given: Origin | None
) -> WholeArtifact | None:
    """Complete what was pushed for a component with its libraries: those sent along count first, then those kept and
    the former artifact's, the newer first. None where it seems to have everything inside.

    Raises Refused `class-path-missing`, naming what nobody has.
    """
    known = [given] if given else []
    kept = origins.kept(site, found.application, found.component)
    former, joined, sources = _best(analysis, known, kept, origins.formers(site, found.application, found.component))
    certain = given is not None or analysis.folder is not None or thin.lacks(analysis)
    if not certain and (not joined.libraries or holds_libraries(analysis, joined)):
        return None
    if joined.missing:
        raise _missing(analysis, joined, sources)
    if former is not None and not changed(joined, former.analysis):
        return WholeArtifact(former.analysis, None)
    added = tuple(one.added(joined) for one in sources if joined.taken(one.analysis))
    left_out = _left_out(given, joined) if given else ()
    return replace(
        made(site, spool, joined, analysis.filename), events=(*added, *left_out), notes=tuple(map(note, added))
    )


def made(site: Site, spool: ExitStack, joined: Joined, filename: str) -> WholeArtifact:
    """Write what was joined into the spool, and analyse it: every library in it was read already where it came from."""
    spooled = site.artifacts.written(lambda target: write(joined, target), room=joined.size)
    spool.callback(site.artifacts.discard, spooled)
    read = {item.sha256: item for piece in joined.pieces for item in piece.source.libraries}
    found = analyse(
        spooled.path, filename, sha256=spooled.sha256, known=lambda _: read, machines=understanding.machines(site)
    )
    return WholeArtifact(found, spooled)


def note(added: LibrariesAdded) -> dict[str, Any]:
    """Say where libraries came from, as a part of a sentence."""
    libraries = [sentence("event.libraries-added.libraries", count=added.count)] if added.count else []
    facts = [sentence("accepted.release", release=added.release)] if added.release is not None else []
    facts += [sentence("accepted.pushed", pushed=added.pushed)] if added.origin != "given" else []
    what = [*([added.jar] if added.jar else []), *libraries]
    return sentence("accepted.libraries", what=what, filename=added.filename, facts=facts)


def _left_out(given: Origin, joined: Joined) -> tuple[Warned, ...]:
    names = given.unused(joined)
    if not names:
        return ()
    filename = given.analysis.filename
    return (warned("libraries-left-out", count=len(names), filename=filename, names=thin.listed(names)),)


def _best(
    analysis: Analysis, given: Sequence[Origin], kept: Sequence[Origin], formers: Iterable[Origin]
) -> tuple[Origin | None, Joined, Sequence[Origin]]:
    """With the first former artifact that leaves nothing missing; otherwise with the first."""
    first = None
    for former in (*formers, None):
        if former is None and first is not None:
            break
        others = sorted([*([former] if former else []), *kept], key=lambda one: one.pushed, reverse=True)
        sources = [*given, *others]
        archives = [one.analysis for one in sources]
        if analysis.folder is None:
            joined = joining.of_jar(analysis, former.analysis if former else None, archives)
        else:
            joined = joining.of_folder(analysis, [analysis, *archives])
        if not joined.missing:
            return former, joined, sources
        first = first or (former, joined, sources)
    assert first is not None
    return first


def _missing(analysis: Analysis, joined: Joined, sources: Sequence[Origin]) -> Refused:
    refusal = thin.refusal(analysis.filename, joined.missing)
    if not sources:
        return refusal
    looked = [one.analysis.filename for one in sources]
    inside = not (thin.lacks(analysis) or analysis.folder)
    return Refused("class-path-missing.looked", refusal=refusal.as_value(), looked=looked, inside=inside)
