"""Receive a jar: hash it while it streams in, check it strictly, find out whose it is, and queue its deployment.

Whatever is refused here leaves nothing behind and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from buildpacks.analysis import Analysis
from buildpacks.archives import names
from buildpacks.archives.tars import is_tar, to_zip
from buildpacks.errors import Conflict, Refused
from buildpacks.kinds.detect import detect, may_lack_libraries
from buildsvc.model.api import Accepted
from buildsvc.model.identity import identity
from buildsvc.store.artifacts import Spooled
from buildsvc.usecases.deploy.taken_over import refuse_gap
from buildsvc.usecases.receive import libraries, origins, thin_jars
from buildsvc.usecases.receive.arrival import Incoming, Upload, UploadRole, WholeArtifact, keep_and_queue
from buildsvc.usecases.receive.belonging import ask_if_elsewhere
from buildsvc.usecases.receive.first_bytes import looked_at
from buildsvc.usecases.receive.whose import meant_libraries, whose, whose_libraries
from buildsvc.usecases.receive.withheld import answered, withheld
from buildsvc.usecases.site import Site
from buildsvc.usecases.understanding import examined

__all__ = ["Incoming", "Upload", "UploadRole", "receive", "receive_all", "receive_answer", "receive_file"]


def receive(site: Site, stream: BinaryIO, upload: Upload) -> Accepted:
    """Take an artifact from `stream` until it ends. Raises Refused (what is wrong), NotFound (no such component).

    A tar is kept as the zip that it makes: the same tar again gives the same bytes. A thin jar is joined with its
    libraries, and what that makes is the artifact.
    """
    return receive_all(site, (Incoming("artifact", upload.filename, stream),), upload)


def receive_file(site: Site, path: Path, upload: Upload) -> Accepted:
    """Take a jar that lies on this machine; the file itself is left where it is."""
    with path.open("rb") as stream:
        return receive(site, stream, upload)


def receive_all(site: Site, files: Iterable[Incoming], upload: Upload) -> Accepted:
    """Take the files of one push as they come: an artifact, libraries for it, or libraries alone."""
    with ExitStack() as spool:
        arrived: dict[UploadRole, tuple[str, Spooled]] = {}
        for file in files:
            arrived[file.role] = (file.filename, _spooled(site, spool, file))
        if "artifact" not in arrived:
            return _accept_libraries(site, spool, *arrived["libraries"], upload)
        filename, artifact = arrived["artifact"]
        told = replace(upload, filename=filename)
        more = arrived.get("libraries")
        if more:
            return _accept(site, spool, artifact, told, origins.given(site, more[1], more[0]))
        try:
            return _accept(site, spool, artifact, told, None)
        except (Refused, Conflict) as failure:
            raise withheld(site, artifact, told, failure) from failure


def receive_answer(site: Site, held: str, upload: Upload) -> Accepted:
    """Take an upload that came before and was asked about, now that `upload` says more. Raises NotFound, Refused."""

    def take(path: Path, filename: str) -> Accepted:
        with path.open("rb") as stream:
            return receive(site, stream, replace(upload, filename=filename))

    return answered(site, held, upload.actor, take)


def _spooled(site: Site, spool: ExitStack, file: Incoming) -> Spooled:
    names.check_file(file.filename)
    spooled = file.here or site.artifacts.receive(looked_at(file.stream, file.filename), limit=site.settings.max_upload)
    spool.callback(site.artifacts.discard, spooled)
    if file.sha256 not in {"", spooled.sha256}:
        raise Refused("upload-not-whole", filename=file.filename)
    if not is_tar(spooled.path):
        return spooled
    rewritten = site.artifacts.rewritten(spooled, _to_zip(file.filename))
    spool.callback(site.artifacts.discard, rewritten)
    return rewritten


def _to_zip(filename: str) -> Callable[[Path, Path], None]:
    return lambda source, target: to_zip(source, target, filename)


def _accept(site: Site, spool: ExitStack, arrived: Spooled, upload: Upload, given: origins.Origin | None) -> Accepted:
    """Decide about an upload that is in the spool."""
    analysis = examined(site, arrived, upload.filename)
    own = _is_for_own_buildpack(site, analysis)
    found = None if given or own else meant_libraries(site, analysis, upload.application, upload.component)
    if found:
        alone = origins.Origin("given", analysis, site.clock.now())
        return libraries.take(site, spool, found, alone, upload)
    whole = None
    if may_lack_libraries(analysis) and not own:
        found = whose(site, analysis, upload.application, upload.component, part=True)
        whole = thin_jars.complete(site, spool, found, analysis, given)
    elif given:
        raise Refused("libraries-not-needed", filename=upload.filename)
    whole = whole or WholeArtifact(analysis, arrived)
    detect(whole.analysis, site.buildpacks.current())
    found = found or whose(site, analysis, upload.application, upload.component)
    ask_if_elsewhere(site, identity(analysis), found, upload)
    refuse_gap(site, found.application, found.component, accepted=upload.accept_gap)
    return keep_and_queue(site, found, whole, upload, arrived.size)


def _is_for_own_buildpack(site: Site, analysis: Analysis) -> bool:
    """Whether a buildpack of the site takes it as it is: then it is neither thin nor libraries."""
    buildpacks = site.buildpacks.current()
    own = {one.name for one in buildpacks.ordered if one.file is not None}
    try:
        return bool(own) and detect(analysis, buildpacks).buildpack in own
    except Refused:
        return False


def _accept_libraries(site: Site, spool: ExitStack, filename: str, arrived: Spooled, upload: Upload) -> Accepted:
    given = origins.given(site, arrived, filename)
    found = whose_libraries(site, given.analysis, upload.application, upload.component)
    return libraries.take(site, spool, found, given, replace(upload, filename=filename))
