"""Libraries that are pushed without their jar: joined with the component's own program, or kept until its jar comes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from buildpacks.programs import joining, thin
from buildpacks.programs.joined import changed
from buildpacks.sentences import catalogue
from buildpacks.sentences.values import sentence
from buildpacks.sentences.wording import said_of
from buildsvc.model.api import Accepted
from buildsvc.model.artifact import Artifact
from buildsvc.store.artifacts import Spooled
from buildsvc.usecases import understanding
from buildsvc.usecases.receive import origins
from buildsvc.usecases.receive.arrival import Upload, WholeArtifact, keep_and_queue
from buildsvc.usecases.receive.origins import Origin
from buildsvc.usecases.receive.thin_jars import made, note
from buildsvc.usecases.receive.whose import Match
from buildsvc.usecases.site import Site


def take(site: Site, spool: ExitStack, found: Match, given: Origin, upload: Upload) -> Accepted:
    """Replace the libraries of what the component was last asked to run, and deploy it if that changes anything. Those
    that its program does not name are kept for its next jar.
    """
    former = next(origins.formers(site, found.application, found.component), None)
    if former is None:
        return _nothing_deployed(site, found, given, _keep(site, found, given, given.unused(None)), None)
    joined = joining.of_folder(former.analysis, [given.analysis, former.analysis])
    unused = given.unused(joined)
    if changed(joined, former.analysis):
        own = former.added(joined, _last(joined.jar))
        whole = replace(
            made(site, spool, joined, former.analysis.filename),
            events=(given.added(joined), own),
            notes=(note(own),),
        )
    elif upload.force:
        whole = WholeArtifact(former.analysis, None)
    else:
        return _nothing_deployed(site, found, given, _keep(site, found, given, unused), former)
    kept = _keep(site, found, given, unused)
    accepted = keep_and_queue(site, found, whole, upload, given.analysis.size)
    return _said(accepted, "accepted.and-kept", queued=accepted.said, **_kept(kept)) if kept else accepted


def _keep(site: Site, found: Match, given: Origin, unused: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the zip if something in it is unused. It is moved: nothing can be read from where it was any more."""
    if not unused:
        return unused
    with site.in_use():
        libraries = given.analysis
        understanding.keep(site, Spooled(Path(libraries.path), libraries.sha256, libraries.size), libraries)
        artifact = Artifact(libraries.sha256, libraries.filename, libraries.size, given.pushed)
        site.ledger.keep_libraries(found.application, found.component, artifact)
    return unused


def _nothing_deployed(
    site: Site, found: Match, given: Origin, kept: tuple[str, ...], former: Origin | None
) -> Accepted:
    live = site.ledger.live(found.application, found.component)
    needless = (
        "accepted.nothing-needless" if len(kept) == len(given.analysis.libraries) else "accepted.nothing-has-them"
    )
    how = needless if former is not None else "accepted.nothing-none-yet"
    same = live is not None and former is not None and not kept and live.release.artifact == former.analysis.sha256
    answer = Accepted(
        application=found.application,
        component=found.component,
        deployment=None,
        message="",
        matched_by=str(found.matched_by),
        matched_said=said_of(found.matched_by),
        artifact=given.analysis.sha256,
        already_live=live.release.number if live and same else None,
    )
    return _said(
        answer,
        how,
        component=found.component,
        application=found.application,
        given=given.analysis.filename,
        former=former.analysis.filename if former is not None else "",
        **_kept(kept),
    )


def _said(answer: Accepted, key: str, **values: object) -> Accepted:
    said = sentence(key, **values)
    return replace(answer, message=catalogue.told(said).message, said=said)


def _kept(names: tuple[str, ...]) -> dict[str, object]:
    return {"kept": sentence("accepted.kept", count=len(names), names=thin.listed(names)) if names else ""}


def _last(path: str) -> str:
    return path.rpartition("/")[2]
