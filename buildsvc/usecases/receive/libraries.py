"""Libraries that are pushed without their jar: joined with the component's own program, or kept until its jar comes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.programs import joined as zips
from buildpacks.programs import joining, starts, thin
from buildsvc.model.api import Accepted
from buildsvc.model.artifact import Artifact
from buildsvc.model.matching import Match
from buildsvc.store.artifacts import Spooled
from buildsvc.usecases import understanding
from buildsvc.usecases.receive import origins
from buildsvc.usecases.receive.arrival import Upload, WholeArtifact, deploy
from buildsvc.usecases.receive.origins import Origin
from buildsvc.usecases.receive.thin_jars import made, note
from buildsvc.usecases.receive.whose import candidates, named
from buildsvc.usecases.site import Site


def meant(site: Site, analysis: Analysis, upload: Upload) -> Match | None:
    """The component whose libraries a folder holds, though nobody said that it holds libraries. None where it has a
    program of its own, and where no component fits. Raises Refused, NotFound.

    A library may have a Main-Class: it is none of the program's own if the component's Class-Path names it.
    """
    if analysis.folder is None or _has_own_start(analysis):
        return None
    found = named(site, upload.application, upload.component)
    if found is None:
        return _one_of(_fitting(site, analysis, _all(site, upload)), analysis)
    fits = _fitting(site, analysis, [(found.application, found.component)])
    return found if fits or (not analysis.folder.programs and _waits(site, found)) else None


def whose(site: Site, analysis: Analysis, upload: Upload) -> Match:
    """The component whose libraries these are said to be. Raises Refused `unmatched-libraries`, NotFound."""
    found = named(site, upload.application, upload.component)
    if found is None:
        found = _one_of(_fitting(site, analysis, _all(site, upload)), analysis)
    if found is None:
        known = ", ".join(f"{application}/{component}" for application, component in sorted(_all(site, upload)))
        raise Refused(
            "unmatched-libraries",
            f"No program here has one of the libraries in {analysis.filename}.",
            f"Name the component whose libraries they are, with --app and --component. Jar components here: {known}.",
        )
    return found


def take(site: Site, spool: ExitStack, found: Match, given: Origin, upload: Upload) -> Accepted:
    """Replace the libraries of what the component was last asked to run, and deploy it if that changes anything. Those
    that its program does not name are kept for its next jar.
    """
    former = next(origins.formers(site, found.application, found.component), None)
    if former is None:
        return _nothing_deployed(site, found, given, _keep(site, found, given, given.unused(None)), None)
    joined = joining.of_folder(former.analysis, [given.analysis, former.analysis])
    unused = given.unused(joined)
    if zips.changed(joined, former.analysis):
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
    accepted = deploy(site, found, whole, upload, given.analysis.size)
    return accepted.model_copy(update={"message": accepted.message + _kept_words(kept)})


def _has_own_start(analysis: Analysis) -> bool:
    found = starts.decide(analysis)
    if not isinstance(found, starts.Start):
        return False
    return found.script is not None or bool(found.program and thin.named(found.program.manifest, found.jar))


def _all(site: Site, upload: Upload) -> list[tuple[str, str]]:
    return list(candidates(site, upload.application, upload.component))


def _fitting(site: Site, analysis: Analysis, components: list[tuple[str, str]]) -> list[Match]:
    """The components whose program names one of the jars, and every one that could be started."""
    assert analysis.folder is not None
    jars = {_last(item.entry) for item in analysis.libraries}
    programs = {_last(one.entry) for one in analysis.folder.programs}
    found = []
    for application, component in sorted(components):
        former = next(origins.formers(site, application, component), None)
        wanted = _named_by(former.analysis) if former else set()
        if jars & wanted and programs <= wanted:
            found.append(Match(application, component, "the libraries that its program names"))
    return found


def _one_of(fitting: list[Match], analysis: Analysis) -> Match | None:
    if len(fitting) > 1:
        names = " and ".join(f"{one.application}/{one.component}" for one in fitting)
        raise Refused(
            "ambiguous-libraries",
            f"{analysis.filename} holds libraries of {names}.",
            f"Name one: --app {fitting[0].application} --component {fitting[0].component}.",
        )
    return fitting[0] if fitting else None


def _waits(site: Site, found: Match) -> bool:
    """Whether libraries can be meant that nothing names yet: the component runs a thin jar, or nothing so far."""
    if next(origins.formers(site, found.application, found.component), None) is not None:
        return True
    return not site.ledger.deployments(found.application, found.component, 1)


def _named_by(program: Analysis) -> set[str]:
    start = starts.decide(program)
    assert isinstance(start, starts.Start)
    assert start.program is not None
    return {_last(path) for path in thin.named(start.program.manifest, start.jar)}


def _keep(site: Site, found: Match, given: Origin, unused: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the zip if something in it is unused. It is moved: nothing can be read from where it was any more."""
    if unused:
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
