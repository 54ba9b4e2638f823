"""Take a whole application's Compose file at the door, where a fault can still be told to its author.

What is asked for waits as a proposal beside its deployment, for a worker to make it so: see `run`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from buildpacks.errors import Refused
from buildpacks.sentences.catalogue import DEFAULT
from buildpacks.sentences.values import sentence
from buildsvc.compose import Parsed, Source, other_file, parse, unpack
from buildsvc.model.api import Accepted, ApplyPlan
from buildsvc.model.application import Application
from buildsvc.model.deployment import Cause
from buildsvc.model.raised import warned
from buildsvc.usecases.admit.policing import Denial, denied_of, enforce, judge, policy_of
from buildsvc.usecases.admit.strangers import foreign
from buildsvc.usecases.apply.planned import plan_of, refuse_removals
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site

_APPLICATION: TypeAdapter[Application] = TypeAdapter(Application)
DEFAULT_FILE = "compose.yaml"
_TAR_TYPES = {"application/x-tar", "application/tar"}


def plan(site: Site, stream: BinaryIO, *, file: str | None, content_type: str, language: str = DEFAULT) -> ApplyPlan:
    """Tell what applying a file would do, its warnings in a language, and what the policy would deny among them;
    nothing changes. Raises Refused as `submit` does.
    """
    with _unpacked(site, stream, file=file, content_type=content_type) as (source, tmp):
        parsed = parse(source, tmp=tmp)
        denied = denied_of(site, parsed.application)
        told = (sentence("plan-denied", denied=denied),) if denied is not None else ()
        parsed = replace(parsed, warnings=(*told, *parsed.warnings))
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
    with _unpacked(site, stream, file=file, content_type=content_type) as (source, tmp):
        parsed = parse(source, tmp=tmp)
        enforce(site, parsed.application)
        if not remove_orphans:
            refuse_removals(plan_of(site, parsed))
        return _kept_and_queued(site, with_foreign_names(site, parsed), actor, door)


def with_foreign_names(site: Site, parsed: Parsed) -> Parsed:
    """Add a warning for each name that is used and belongs to nobody."""
    found = foreign(site, parsed.application, parsed.secrets)
    return replace(parsed, warnings=(*parsed.warnings, *found))


def _kept_and_queued(site: Site, parsed: Parsed, actor: str, door: str) -> Accepted:
    with site.in_use():
        for tar in parsed.contents.values():
            with tar.open("rb") as content:
                site.artifacts.keep(site.artifacts.receive(content, limit=site.settings.max_upload))
        deployment = site.ledger.create_deployment(
            application=parsed.application.name,
            component="",
            cause=Cause.APPLY,
            artifact=None,
            release=None,
            actor=actor,
            door=door,
        )
        site.ledger.remember(_proposal(deployment.id), _sealed(site, parsed))
    publish = site.publisher(deployment.id)
    for warning in parsed.warnings:
        publish(warned(warning["code"], **warning["values"]))
    unlimited = [one.name for one in parsed.application.components if one.limits.memory is None]
    if unlimited:
        publish(warned("no-memory-limit", components=unlimited))
    enqueue(site, deployment.id)
    named = parsed.application
    return accepted(deployment, "accepted.apply", application=named.name, count=len(named.components))


def check(site: Site, stream: BinaryIO, *, file: str | None, content_type: str) -> tuple[Denial, ...]:
    """Tell what the site's policy does not allow of a Compose file; nothing is kept. Raises Refused."""
    with _unpacked(site, stream, file=file, content_type=content_type) as (source, tmp):
        return judge(site, parse(source, tmp=tmp).application, policy_of(site))


def submit_removal(site: Site, name: str, *, actor: str, door: str) -> Accepted:
    """Queue the removal of an application; its volumes, releases and artifacts stay."""
    site.ledger.application(name)
    deployment = site.ledger.create_deployment(
        application=name, component="", cause=Cause.REMOVE, artifact=None, release=None, actor=actor, door=door
    )
    enqueue(site, deployment.id)
    return accepted(deployment, "accepted.remove", application=name)


@contextmanager
def _unpacked(site: Site, stream: BinaryIO, *, file: str | None, content_type: str) -> Iterator[tuple[Source, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="apply-", dir=site.settings.paths.tmp))
    try:
        if content_type.split(";", maxsplit=1)[0].strip() in _TAR_TYPES:
            source = unpack(stream, folder)
            yield other_file(source, file) if file and file != source.shown else source, folder
        else:
            (folder / DEFAULT_FILE).write_bytes(stream.read(1 << 20))
            if stream.read(1):
                raise Refused("compose-too-large")
            yield Source(folder, DEFAULT_FILE, {}, Path(file or DEFAULT_FILE).stem), folder
    finally:
        shutil.rmtree(folder)


def _proposal(deployment: str) -> str:
    return f"proposal:{deployment}"


def _sealed(site: Site, parsed: Parsed) -> str:
    proposal = {
        "application": _APPLICATION.dump_python(parsed.application, mode="json"),
        "secrets": dict(parsed.secrets),
    }
    return site.secrets.seal(json.dumps(proposal).encode())


def proposal_of(site: Site, deployment: str) -> tuple[Application, dict[str, str]]:
    """Return what a deployment asks for: the application, and the secret values of its file."""
    proposal = json.loads(site.secrets.unseal(site.ledger.recall(_proposal(deployment))))
    return _APPLICATION.validate_python(proposal["application"]), proposal["secrets"]
