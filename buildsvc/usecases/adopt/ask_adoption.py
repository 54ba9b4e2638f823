"""Ask at the door for a running Compose project to be looked at, or taken over; a worker does it: see `take`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

from buildpacks.errors import Conflict, Denied, NotFound, Refused
from buildsvc.compose import Parsed, parse
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Cause
from buildsvc.usecases.admit.policing import policy_of
from buildsvc.usecases.apply.proposals import keep_contents, propose, unpacked
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class AdoptionWish:
    """Take the Compose project `project` over as the application `name`; `jars` are services whose jar is to be
    replaced although the file does not say so. `only_plan` changes nothing. `any_project` is an admin's: everybody else
    takes over what the site policy names.
    """

    project: str
    name: str
    actor: str
    door: str
    jars: tuple[str, ...] = ()
    only_plan: bool = False
    any_project: bool = False


def submit(site: Site, wish: AdoptionWish, stream: BinaryIO | None, *, file: str | None, content_type: str) -> Accepted:
    """Queue the adoption. Without a file (`stream`) what the labels say is read, and nothing else. Raises Refused where
    the file is not understood, Conflict `application-there`, NotFound `no-such-service`, Denied `project-not-allowed`.
    """
    for name in (wish.project, wish.name):
        if not _NAME.fullmatch(name):
            raise Refused("bad-name.project", project=name)
    require_allowed(site, wish)
    if wish.name in site.ledger.application_names():
        raise Conflict("application-there.adopt", application=wish.name)
    if stream is None:
        return _queued(site, wish, None)
    with unpacked(site, stream, file=file, content_type=content_type, told=wish.jars) as (source, tmp):
        parsed = parse(source, tmp=tmp, project=wish.project)
        names = [one.name for one in parsed.application.components]
        for name in wish.jars:
            if name not in names:
                raise NotFound("no-such-service", service=name, services=names)
        with site.in_use():
            keep_contents(site, parsed)
            return _queued(site, wish, parsed)


def require_allowed(site: Site, wish: AdoptionWish) -> None:
    """Raise Denied `project-not-allowed` where the site policy does not name this project: even its labels and what
    its containers run with are somebody's own.
    """
    if not wish.any_project and wish.project not in policy_of(site).rules(wish.name).projects:
        raise Denied("project-not-allowed", project=wish.project, application=wish.name)


def asked(deployment: str) -> str:
    """Return the key of what was asked for."""
    return f"adopt:{deployment}"


def _queued(site: Site, wish: AdoptionWish, parsed: Parsed | None) -> Accepted:
    deployment = site.ledger.create_deployment(
        application=wish.name,
        component="",
        cause=Cause.ADOPT,
        artifact=None,
        release=None,
        actor=wish.actor,
        door=wish.door,
    )
    what = {"project": wish.project, "jars": wish.jars, "plan": wish.only_plan, "file": parsed is not None}
    site.ledger.remember(asked(deployment.id), what)
    if parsed is not None:
        propose(site, deployment.id, parsed)
    enqueue(site, deployment.id)
    return accepted(deployment, "accepted.adopt", project=wish.project, application=wish.name)
