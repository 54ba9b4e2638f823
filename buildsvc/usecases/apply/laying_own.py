"""One component with what the site has of its own laid over it, and an application with that component in it.

What is asked for becomes a Compose file of one service, so that it is read and checked as any file is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from buildpacks.errors import Conflict, NotFound, Refused
from buildsvc.compose import Parsed, Source, parse
from buildsvc.model.application import (
    Application,
    Component,
    Dependency,
    JarSettings,
    Mount,
    Network,
    Secret,
    Value,
    Volume,
)
from buildsvc.model.own_changes import AddedComponent, OwnSettings, documented
from buildsvc.usecases.site import Site

_FILE = "own-changes.yaml"
_DEFAULT = "default"


@dataclass(frozen=True)
class Laid:
    """A component with the settings over it, the secrets that were given with them, volumes that it has to get."""

    component: Component
    secrets: Mapping[str, str]
    volumes: tuple[Volume, ...]


def lay(site: Site, application: Application, base: Component, settings: OwnSettings, given: Mapping[str, str]) -> Laid:
    """Lay settings over a component; `given` are variables that may hold secrets. Raises Refused."""
    read = _read(site, application, base, replace(settings, environment={**settings.environment, **given}))
    own, secrets = _kept_apart(base, read)
    environment = {name: value for name, value in base.environment if name not in settings.taken}
    environment |= {name: Secret(f"{base.name}/{name}") for name in settings.secret} | dict(own.environment)
    limits = replace(
        base.limits,
        memory=base.limits.memory if settings.memory is None else own.limits.memory,
        cpus=base.limits.cpus if settings.cpus is None else own.limits.cpus,
    )
    jar = base.jar
    if jar is not None and own.jar is not None and settings.health is not None:
        jar = replace(jar, health=own.jar.health)
    laid = replace(
        base,
        environment=tuple(sorted(environment.items())),
        limits=limits,
        jar=jar,
        ports=base.ports if settings.ports is None else own.ports,
        mounts=base.mounts if settings.mounts is None else _mounts(base, own.mounts),
    )
    _refuse_taken_ports(application, laid, settings)
    return Laid(laid, secrets, read.application.volumes)


def put(application: Application, laid: Laid, settings: OwnSettings) -> Application:
    """Return the application with this component, in the place of the one of its name or behind the others; a site
    value no longer stands where the site says something else.
    """
    part = laid.component
    names = {one.name for one in application.components}
    components = tuple(part if one.name == part.name else one for one in application.components)
    components = components if part.name in names else tuple(sorted((*components, part), key=lambda one: one.name))
    uses = tuple(one for one in application.uses if not _stands_over(settings, part.name, one.place))
    known = {one.key for one in application.volumes}
    volumes = (*application.volumes, *(one for one in laid.volumes if one.key not in known))
    networks = application.networks or (Network(_DEFAULT, f"{application.name}_{_DEFAULT}"),)
    return replace(application, components=components, uses=uses, volumes=volumes, networks=networks)


def without(application: Application, component: str) -> Application:
    """Return the application without a component."""
    return replace(application, components=tuple(one for one in application.components if one.name != component))


def begun(application: Application, name: str, added: AddedComponent) -> Component:
    """Return a component that the site adds, before anything stands over it: in the networks of those that it depends
    on, or of its neighbours. Raises NotFound `no-such-component.near` and the like, Conflict `needs-itself`.
    """
    others = {one.name: one for one in application.components if one.name != name}
    for other in added.depends_on:
        if other == name:
            raise Conflict("needs-itself", component=name)
        if other not in others:
            raise NotFound("no-such-component.others", name=other, where=application.name, known=sorted(others))
    beside = [others[one] for one in added.depends_on] or [one for one in others.values() if one.is_jar]
    beside = beside or list(others.values())
    keys = sorted({key for one in beside for key, _ in one.networks} or {_DEFAULT})
    return Component(
        name,
        jar=JarSettings(added.artifact or name),
        expose=() if added.port is None else (added.port,),
        networks=tuple((key, ()) for key in keys),
        depends_on=tuple(Dependency(one) for one in added.depends_on),
    )


def is_of_a_form(mount: Mount) -> bool:
    """Whether a form can say it: a named volume, or a folder of the server; the rest came with the file."""
    return mount.kind == "bind" or (mount.kind == "volume" and bool(mount.source) and mount.source[0] not in ".~")


def _read(site: Site, application: Application, base: Component, settings: OwnSettings) -> Parsed:
    service = documented(base.name, settings, is_jar=base.is_jar, image=base.image)
    known = {one.key: {"name": one.name, "external": True} for one in application.volumes}
    named = {one: known.get(one) for one in _volumes_of(settings)}
    text = yaml.safe_dump({"name": application.name, "services": service, "volumes": named})
    with tempfile.TemporaryDirectory(prefix="own-", dir=site.settings.paths.tmp) as folder:
        (Path(folder) / _FILE).write_text(text, "utf-8")
        return parse(Source(Path(folder), _FILE, {}, application.name), tmp=Path(folder))


def _volumes_of(settings: OwnSettings) -> Iterator[str]:
    """Name the volumes that are mounted. Raises Refused `mount-beside`: no folder lies beside a form."""
    for text in settings.mounts or ():
        source, colon, _ = text.partition(":")
        if not colon or source.startswith((".", "~")):
            raise Refused("mount-beside", mount=text)
        if not source.startswith("/"):
            yield source


def volumes_named(settings: Iterable[OwnSettings]) -> dict[str, Any]:
    """Return the volumes that settings mount, as the top level of a Compose file declares them."""
    return {name: None for one in settings for name in _volumes_of(one)}


def _mounts(base: Component, own: tuple[Mount, ...]) -> tuple[Mount, ...]:
    kept = tuple(one for one in base.mounts if not is_of_a_form(one))
    twice = sorted({one.target for one in kept} & {one.target for one in own})
    if twice:
        raise Refused("mount-of-the-file", targets=twice)
    return (*kept, *own)


def _refuse_taken_ports(application: Application, laid: Component, settings: OwnSettings) -> None:
    asked = {(one.published, one.protocol) for one in laid.ports if one.published is not None}
    for other in application.components if settings.ports is not None else ():
        for port in other.ports:
            if other.name != laid.name and (port.published, port.protocol) in asked:
                raise Conflict("port-of-another", published=port.published, component=other.name)


def _kept_apart(base: Component, read: Parsed) -> tuple[Component, dict[str, str]]:
    """Return what was read with its secrets, those among them that only the file knows to be some: of an `env_file`, or
    named by it.
    """
    own, secrets = read.application.components[0], dict(read.secrets)
    known = {name: value for name, value in base.environment if isinstance(value, Secret)}
    environment: dict[str, Value] = dict(own.environment)
    for name, value in environment.items():
        if name in known and isinstance(value, str):
            secrets[known[name].name] = value
            environment[name] = known[name]
    return replace(own, environment=tuple(environment.items())), secrets


def _stands_over(settings: OwnSettings, component: str, place: tuple[str, ...]) -> bool:
    if place[:2] != ("components", f"@{component}"):
        return False
    key, step = place[2], place[3] if len(place) > 3 else ""  # noqa: PLR2004 - the part of the component, and what of it
    named = {f"@{one}" for one in (*settings.environment, *settings.taken, *settings.secret)}
    return (
        (key == "environment" and step in named)
        or (key in {"ports", "mounts"} and getattr(settings, key) is not None)
        or (key == "limits" and getattr(settings, step, None) is not None)
    )
