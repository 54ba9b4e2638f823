"""Which parts of a file that is about to come are here already, in artifacts that its sender may know of."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from buildpacks.archives.cutting import MOST_PARTS, ArtifactPart
from buildpacks.errors import NotFound, Refused
from buildsvc.model.uploading import OUTSIDE, Stretch
from buildsvc.store.part_lists import MOST_LISTS, PartLists
from buildsvc.usecases.receive.arrival import Upload
from buildsvc.usecases.site import Site

log = logging.getLogger(__name__)
_MOST_READ = 2
"""Artifacts that are read for one question; those that serve have been read aside."""
_LARGEST_READ = 512 << 20
"""Bytes of one that is read while somebody waits."""


def lists_of(site: Site) -> PartLists:
    """Give the lists of what the kept artifacts are made of."""
    return PartLists(site.settings.data, site.settings.paths.tmp)


def planned(
    site: Site, upload: Upload, parts: Sequence[ArtifactPart], size: int, among: Sequence[str] | None
) -> tuple[tuple[Stretch, ...], tuple[int, ...]]:
    """How a file of `size` bytes is put together out of its parts: from where each comes, and the numbers of those that
    have to be sent. `among`: only artifacts of these applications are looked into. Raises Refused `bad-parts`.
    """
    if len(parts) > MOST_PARTS or sum(one.length for one in parts) != size:
        raise Refused("bad-parts", count=len(parts), most=MOST_PARTS, size=size)
    here = lists_of(site).find(parts, _artifacts(site, upload, among))
    plan: list[Stretch] = []
    missing = []
    sent: dict[ArtifactPart, int] = {}
    total = 0
    for number, one in enumerate(parts):
        found = here.get(one)
        if found is None and one not in sent:
            sent[one] = total
            total += one.length
            missing.append(number)
        _add(plan, found or Stretch(OUTSIDE, sent[one], one.length))
    return tuple(plan), tuple(missing)


def forget(site: Site, plan: Iterable[Stretch]) -> None:
    """Read these artifacts anew, the next time: one of them is not what its list says."""
    lists = lists_of(site)
    for artifact in {one.artifact for one in plan} - {OUTSIDE}:
        lists.remove(artifact)


def _add(plan: list[Stretch], one: Stretch) -> None:
    """Append, as one with the last where it goes on there."""
    last = plan[-1] if plan else None
    if last is not None and last.artifact == one.artifact and last.offset + last.length == one.offset:
        plan[-1] = Stretch(last.artifact, last.offset, last.length + one.length)
    else:
        plan.append(one)


def _artifacts(site: Site, upload: Upload, among: Sequence[str] | None) -> tuple[str, ...]:
    """Where to look: what the component had, what others had, newest first; what is not read yet is, a little."""
    lists = lists_of(site)
    deployments = site.ledger.deployments(limit=MOST_LISTS, among=among)
    meant = [one for one in deployments if upload.component in {None, one.component}]
    meant = [one for one in meant if upload.application in {None, one.application}]
    known = dict.fromkeys(one.artifact for one in (*meant, *deployments) if one.artifact)
    _read(site, lists, [one for one in known if not lists.has(one)][:_MOST_READ])
    if among is None:
        known.update(dict.fromkeys(lists.newest()))
    return tuple(one for one in known if lists.has(one) and _is_here(site, lists, one))


def _read(site: Site, lists: PartLists, artifacts: Iterable[str]) -> None:
    for artifact in artifacts:
        try:
            path = site.artifacts.path(artifact)
            if path.stat().st_size <= _LARGEST_READ:
                lists.read_artifact(artifact, path)
        except (NotFound, OSError) as error:
            log.info("what %s is made of was not written down: %s", artifact, error)


def _is_here(site: Site, lists: PartLists, artifact: str) -> bool:
    try:
        site.artifacts.path(artifact)
    except NotFound:
        lists.remove(artifact)
        return False
    return True
