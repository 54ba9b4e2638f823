"""Libraries that are pushed without their jar: joined with the component's own program, or kept until its jar comes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from buildpacks.programs import joining, thin
from buildpacks.programs.joined import changed
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
            note=note((own,)),
        )
    elif upload.force:
        whole = WholeArtifact(former.analysis, None)
    else:
        return _nothing_deployed(site, found, given, _keep(site, found, given, unused), former)
    kept = _keep(site, found, given, unused)
    accepted = keep_and_queue(site, found, whole, upload, given.analysis.size)
    return replace(accepted, message=accepted.message + _kept_words(kept))


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
    message = f"Nothing was deployed: {found.component} of {found.application}"
    if former is None:
        message += " has no thin jar yet."
    elif len(kept) == len(given.analysis.libraries):
        message += f" needs none of the libraries in {given.analysis.filename}."
    else:
        message += f" has what it needs of {given.analysis.filename} already, in {former.analysis.filename}."
    same = live is not None and former is not None and not kept and live.release.artifact == former.analysis.sha256
    return Accepted(
        application=found.application,
        component=found.component,
        deployment=None,
        message=message + _kept_words(kept),
        matched_by=found.matched_by,
        artifact=given.analysis.sha256,
        already_live=live.release.number if live and same else None,
    )


def _kept_words(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    are = "1 library is" if len(names) == 1 else f"{len(names)} libraries are"
    return f" {are} kept for its next jar: {thin.listed(names)}."


def _last(path: str) -> str:
    return path.rpartition("/")[2]
