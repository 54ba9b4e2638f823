"""Install, update and remove a whole application from its Compose file.

The file is read at the door, where a fault can still be told to its author; a worker then makes it so. What is asked
for waits as a proposal beside its deployment: until the worker has checked it, the application stays as it was.
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
from buildsvc.compose import Parsed, Source, parse, unpack
from buildsvc.engines.base import Ensure, Publish
from buildsvc.model.api import Accepted
from buildsvc.model.application import Application, Component, Placement
from buildsvc.model.deployment import Cause, Deployment
from buildsvc.model.events import Warned
from buildsvc.model.placing import place
from buildsvc.usecases.loading import load_if_absent
from buildsvc.usecases.queueing import enqueue
from buildsvc.usecases.rollouts import contents_of
from buildsvc.usecases.site import Site, Workshop

_APPLICATION: TypeAdapter[Application] = TypeAdapter(Application)
DEFAULT_FILE = "compose.yaml"
OWN_IMAGES = "buildsvc"
_TAR_TYPES = {"application/x-tar", "application/tar"}


def submit(site: Site, stream: BinaryIO, *, file: str | None, content_type: str, actor: str, door: str) -> Accepted:
    """Take a Compose file, alone or in a tar with what it refers to, and queue its installation. Raises Refused."""
    with _unpacked(site, stream, file=file, content_type=content_type) as (source, tmp):
        parsed = parse(source, tmp=tmp)
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
        publish(Warned("compose", warning))
    enqueue(site, deployment.id)
    return Accepted(
        application=parsed.application.name,
        component="",
        deployment=deployment,
        message=f"{parsed.application.name} is being installed: {len(parsed.application.components)} components.",
    )


def submit_removal(site: Site, name: str, *, actor: str, door: str) -> Accepted:
    """Queue the removal of an application; its volumes, releases and artifacts stay."""
    site.ledger.application(name)
    deployment = site.ledger.create_deployment(
        application=name, component="", cause=Cause.REMOVE, artifact=None, release=None, actor=actor, door=door
    )
    enqueue(site, deployment.id)
    return Accepted(
        application=name, component="", deployment=deployment, message=f"{name} is being removed; its volumes stay."
    )


@contextmanager
def _unpacked(site: Site, stream: BinaryIO, *, file: str | None, content_type: str) -> Iterator[tuple[Source, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="apply-", dir=site.settings.paths.tmp))
    try:
        if content_type.split(";", maxsplit=1)[0].strip() in _TAR_TYPES:
            source = unpack(stream, folder)
            yield replace(source, file=file) if file else source, folder
        else:
            (folder / DEFAULT_FILE).write_bytes(stream.read(1 << 20))
            if stream.read(1):
                raise Refused("compose-too-large", "The Compose file is larger than 1 MiB.", "Send FILE only.")
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


def run_apply(workshop: Workshop, deployment: Deployment, publish: Publish) -> None:
    """Make the proposal of `deployment` the application, then queue the jar components whose spec it changed."""
    site = workshop.site
    proposal = json.loads(site.secrets.unseal(site.ledger.recall(_proposal(deployment.id))))
    application = _with_cached_images(workshop, _APPLICATION.validate_python(proposal["application"]))
    _load_cached_images(workshop, application, publish)
    _refuse_missing_images(workshop, application)
    for name, value in proposal["secrets"].items():
        site.secrets.put(application.name, name, value)
    placement = _place(workshop, application)
    wanted = _wanted(workshop, application, placement, publish)
    site.ledger.save_application(application, placement, actor=deployment.actor)
    workshop.engine.ensure(wanted, publish)
    _forget_removed(site, application)
    _queue_changed(workshop, application, deployment)


def run_removal(workshop: Workshop, deployment: Deployment) -> None:
    """Take an application off the engine and out of the list."""
    ledger, name = workshop.site.ledger, deployment.application
    workshop.engine.remove_application(name)
    # A worker that was lost behind this line finds it done.
    if any(stored.application.name == name for stored in ledger.applications()):
        ledger.remove_application(name, by=deployment.id)


def upgrade_gateways(workshop: Workshop, name: str, publish: Publish) -> None:
    """Replace the gateways of an application by the cache's newest gateway image. An interruption, measured."""
    stored = workshop.site.ledger.application(name)
    wanted = _wanted(workshop, stored.application, stored.placement, publish)
    workshop.engine.ensure(replace(wanted, recreate_gateways=True), publish)


def _place(workshop: Workshop, application: Application) -> Placement:
    site = workshop.site
    before, taken = None, set(workshop.routes())
    for stored in site.ledger.applications():
        if stored.application.name == application.name:
            before = stored.placement
        else:
            taken |= set(stored.placement.networks)
    return place(application, before, pools=site.settings.subnets, taken=taken)


def _wanted(workshop: Workshop, application: Application, placement: Placement, publish: Publish) -> Ensure:
    site = workshop.site
    gateway = site.bases.find("gateway", workshop.engine.platform())
    load_if_absent(workshop, gateway.image, publish)
    return Ensure(
        application=application,
        placement=placement,
        environments={
            component.name: site.secrets.resolve(application.name, component.environment)
            for component in application.components
            if not component.is_jar
        },
        contents=contents_of(site, application.components),
        gateway=gateway,
    )


def _with_cached_images(workshop: Workshop, application: Application) -> Application:
    """`image: buildsvc/redis` means the newest base of that kind for this platform; the record names it exactly."""
    return replace(application, components=tuple(_with_cached_image(workshop, part) for part in application.components))


def _with_cached_image(workshop: Workshop, component: Component) -> Component:
    home, _, kind = (component.image or "").partition("/")
    if home != OWN_IMAGES or not kind.isalnum():
        return component
    return replace(component, image=workshop.site.bases.find(kind, workshop.engine.platform()).image.reference)


def _load_cached_images(workshop: Workshop, application: Application, publish: Publish) -> None:
    """Image components whose image lies in our own cache are loaded from there: no registry is needed."""
    images = {component.image for component in application.components}
    for base in workshop.site.bases.list():
        if base.image.reference in images and base.image.platform == workshop.engine.platform():
            load_if_absent(workshop, base.image, publish)


def _refuse_missing_images(workshop: Workshop, application: Application) -> None:
    """The engine would refuse as well, but by then the ledger holds an application that never came to be."""
    images = {component.image for component in application.components if component.image is not None}
    missing = sorted(images - workshop.engine.have(images))
    if missing:
        raise Refused(
            "image-missing",
            f"Neither the engine nor the local cache has the image {', '.join(missing)}.",
            "Load it first: `docker load -i FILE`, or `buildsvc base add FILE`.",
        )


def _forget_removed(site: Site, application: Application) -> None:
    for component in site.ledger.live_all(application.name):
        kept = application.component(component)
        if kept is None or not kept.is_jar:
            site.ledger.clear_live(application.name, component)


def _queue_changed(workshop: Workshop, application: Application, deployment: Deployment) -> None:
    """Deploy anew what has another spec than its live release, and what somebody took away."""
    site = workshop.site
    serving = {
        one.component for one in workshop.engine.instances(application.name) if one.role == "instance" and one.active
    }
    for name, live in site.ledger.live_all(application.name).items():
        component = application.component(name)
        if component is None or (component == live.release.spec and name in serving):
            continue
        changed = site.ledger.create_deployment(
            application=application.name,
            component=name,
            cause=Cause.SPEC,
            artifact=live.release.artifact,
            release=None,
            actor=deployment.actor,
            door=deployment.door,
        )
        enqueue(site, changed.id)
