"""Take a whole application's Compose file at the door, where a fault can still be told to its author.

What is asked for waits as a proposal beside its deployment, for a worker to make it so: see `run`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from buildpacks.sentences.catalogue import DEFAULT
from buildsvc.compose import Parsed
from buildsvc.compose.places import Places
from buildsvc.model.api import Accepted, ApplyPlan
from buildsvc.model.deployment import Cause
from buildsvc.model.raised import warned
from buildsvc.usecases.admit.policing import Denial, enforce, judge, judging, policy_of
from buildsvc.usecases.admit.strangers import foreign
from buildsvc.usecases.apply.adopted_parts import parsed_as_adopted
from buildsvc.usecases.apply.laid_by_site import note_filed, with_own
from buildsvc.usecases.apply.planned import plan_of, refuse_removals, with_denials
from buildsvc.usecases.apply.proposals import keep_contents, propose, unpacked
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site


def plan(site: Site, stream: BinaryIO, *, file: str | None, content_type: str, language: str = DEFAULT) -> ApplyPlan:
    """Tell what applying a file would do, its warnings in a language, and what the policy would deny among them;
    nothing changes. Raises Refused as `submit` does.
    """
    with unpacked(site, stream, file=file, content_type=content_type) as (source, tmp):
        parsed = with_denials(site, with_own(site, parsed_as_adopted(site, source, tmp, judging(site))))
        return plan_of(site, with_foreign_names(site, parsed), language)


def submit(
    site: Site,
    stream: BinaryIO,
    *,
    file: str | None,
    content_type: str,
    actor: str,
    door: str,
    remove_orphans: bool = False,
) -> Accepted:
    """Take a Compose file, alone or in a tar with what it refers to, and queue its installation.

    Raises Refused; Denied `policy-denied` where the site's policy does not allow what it asks of this host; Conflict
    `would-remove` where it does not name a component that is there, unless `remove_orphans`.
    """
    with unpacked(site, stream, file=file, content_type=content_type) as (source, tmp):
        filed = parsed_as_adopted(site, source, tmp, judging(site))
        parsed = with_own(site, filed)
        enforce(site, parsed.application, parsed.places)
        if not remove_orphans:
            refuse_removals(plan_of(site, parsed))
        return _kept_and_queued(site, with_foreign_names(site, parsed), filed, actor, door)


def with_foreign_names(site: Site, parsed: Parsed) -> Parsed:
    """Add a warning for each name that is used and belongs to nobody."""
    found = foreign(site, parsed.application, parsed.secrets)
    return replace(parsed, warnings=(*parsed.warnings, *found))


def _kept_and_queued(site: Site, parsed: Parsed, filed: Parsed, actor: str, door: str) -> Accepted:
    with site.in_use():
        keep_contents(site, parsed)
        deployment = site.ledger.create_deployment(
            application=parsed.application.name,
            component="",
            cause=Cause.APPLY,
            artifact=None,
            release=None,
            actor=actor,
            door=door,
        )
        propose(site, deployment.id, parsed)
        note_filed(site, deployment.id, filed, parsed)
    unlimited = [one.name for one in parsed.application.components if one.limits.memory is None]
    if unlimited:
        site.publisher(deployment.id)(warned("no-memory-limit", components=unlimited))
    enqueue(site, deployment.id)
    named = parsed.application
    return accepted(deployment, "accepted.apply", application=named.name, count=len(named.components))


def check(site: Site, stream: BinaryIO, *, file: str | None, content_type: str) -> tuple[tuple[Denial, ...], Places]:
    """Tell what the site's policy does not allow of a Compose file, and the file's places; nothing is kept. Raises
    Refused.
    """
    with unpacked(site, stream, file=file, content_type=content_type) as (source, tmp):
        parsed = parsed_as_adopted(site, source, tmp, judging(site))
        return judge(site, parsed.application, policy_of(site)), parsed.places


def submit_removal(site: Site, name: str, *, actor: str, door: str) -> Accepted:
    """Queue the removal of an application; its volumes, releases and artifacts stay."""
    site.ledger.application(name)
    deployment = site.ledger.create_deployment(
        application=name, component="", cause=Cause.REMOVE, artifact=None, release=None, actor=actor, door=door
    )
    enqueue(site, deployment.id)
    return accepted(deployment, "accepted.remove", application=name)
