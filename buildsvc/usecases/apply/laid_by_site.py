"""What the site changes by itself over an application's Compose file: asked for by forms, checked as the file is, made
so by the same worker, and laid over every file that comes after. Versions carry it, for they carry what is applied.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from buildpacks.sentences.catalogue import DEFAULT
from buildsvc.compose import Parsed, Source, parse
from buildsvc.model.api import Accepted, ApplyPlan
from buildsvc.model.application import Application, Component, Secret
from buildsvc.model.deployment import Cause
from buildsvc.model.own_changes import OwnChange, OwnSettings, documented
from buildsvc.store.ledger.codec import adapter
from buildsvc.usecases.admit.policing import enforce
from buildsvc.usecases.apply.planned import plan_of
from buildsvc.usecases.apply.proposals import propose
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site

_FILE = "own-changes.yaml"
_CHANGES, _FILED, _PENDING = "own-changes:", "own-filed:", "own-pending:"


def changes_of(site: Site, application: str) -> tuple[OwnChange, ...]:
    """Return the site's own changes of an application, oldest first."""
    return tuple(adapter(OwnChange).validate_python(one) for one in site.ledger.recall(_CHANGES + application) or ())


def settings_of(site: Site, application: str) -> dict[str, OwnSettings]:
    """Return what stands over the file by now, by component."""
    return {one.component: one.settings for one in changes_of(site, application)}


def with_own(site: Site, parsed: Parsed) -> Parsed:
    """Lay the site's own changes over what a file says. Raises Refused where the two do not go together."""
    application, secrets = parsed.application, dict(parsed.secrets)
    for name, settings in settings_of(site, application.name).items():
        part = application.component(name)
        if part is not None:
            laid, _ = _laid(site, application.name, part, settings, {})
            application = _with(application, laid, settings)
            secrets = {key: text for key, text in secrets.items() if key not in _names(name, settings)}
    return replace(parsed, application=application, secrets=secrets)


def note_filed(site: Site, deployment: str, filed: Application, made: Application) -> None:
    """Keep beside a deployment what its file alone says, where the site's own changes say otherwise."""
    differ = {
        one.name: [_dumped(one), _dumped(now)]
        for one in filed.components
        if (now := made.component(one.name)) is not None and now != one
    }
    if differ:
        site.ledger.remember(_PENDING + deployment, {"filed": differ})


def plan_change(site: Site, application: str, component: str, asked: OwnSettings, language: str = DEFAULT) -> ApplyPlan:
    """Say what a change would do; nothing changes. Raises NotFound, Refused as `apply` does."""
    return plan_of(site, _asked(site, application, component, asked)[0], language)


def submit_change(
    site: Site, application: str, component: str, asked: OwnSettings, *, actor: str, door: str, reason: str
) -> Accepted:
    """Queue a change of one component. `asked` are all of its own settings from then on; secrets among its variables
    are kept apart. Raises NotFound, Refused and Denied as `apply` does; nothing is changed then.
    """
    parsed, base, settings = _asked(site, application, component, asked)
    enforce(site, parsed.application)
    made = _part(parsed.application, component)
    with site.in_use():
        deployment = site.ledger.create_deployment(
            application=application,
            component="",
            cause=Cause.APPLY,
            artifact=None,
            release=None,
            actor=actor,
            door=door,
        )
        propose(site, deployment.id, parsed)
        number = len(changes_of(site, application)) + 1
        change = OwnChange(number, component, settings, actor, reason, site.clock.now(), deployment.id)
        pending = {"change": adapter(OwnChange).dump_python(change, mode="json")}
        pending["filed"] = {component: [_dumped(base), _dumped(made)]}
        site.ledger.remember(_PENDING + deployment.id, pending)
    enqueue(site, deployment.id)
    return accepted(deployment, "accepted.configure", application=application, component=component)


def laid_anew(site: Site, deployment: str, asked: Application) -> Application:
    """Return what a deployment asks for, as it is to be by now: others may have changed the application since the door
    looked, and nothing of theirs is taken back. Raises NotFound where the component of a change has gone.
    """
    pending: dict[str, Any] = site.ledger.recall(_PENDING + deployment) or {}
    if "change" in pending:
        change = adapter(OwnChange).validate_python(pending["change"])
        parsed, base, _ = _asked(site, asked.name, change.component, change.settings)
        made, filed = parsed.application, {change.component: _dumped(base)}
    else:
        made = with_own(site, Parsed(asked, {}, {}, ())).application
        filed = {one.name: _dumped(one) for one in asked.components if made.component(one.name) != one}
        filed |= {name: told for name, (told, _) in pending.get("filed", {}).items()}
    if filed:
        whole = {name: [told, _dumped(_part(made, name))] for name, told in filed.items()}
        site.ledger.remember(_PENDING + deployment, {**pending, "filed": whole})
    return made


def keep_own(site: Site, application: str, deployment: str) -> None:
    """Write down what a deployment changed of the site's own, once it is made so."""
    pending: dict[str, Any] | None = site.ledger.recall(_PENDING + deployment)
    if pending is None:
        return
    if change := pending.get("change"):
        known = site.ledger.recall(_CHANGES + application) or []
        if all(one["deployment"] != deployment for one in known):
            site.ledger.remember(_CHANGES + application, [*known, {**change, "number": len(known) + 1}])
    filed = {**(site.ledger.recall(_FILED + application) or {}), **pending["filed"]}
    site.ledger.remember(_FILED + application, filed)
    site.ledger.remember(_PENDING + deployment, None)


def forget_own(site: Site, application: str) -> None:
    """Forget the site's own changes of an application that is gone: they are not its successor's of the same name."""
    for prefix in (_CHANGES, _FILED):
        site.ledger.remember(prefix + application, None)


def overlay(site: Site, application: str) -> str:
    """Return the site's own changes as a Compose file to be laid over the application's. It holds no secret."""
    there = site.ledger.application(application).application
    services: dict[str, Any] = {}
    for name, settings in settings_of(site, application).items():
        part = there.component(name)
        if part is not None:
            services |= documented(name, settings, is_jar=part.is_jar, image=part.image)
    return yaml.safe_dump({"services": services}, allow_unicode=True, sort_keys=True)


def _asked(site: Site, application: str, component: str, asked: OwnSettings) -> tuple[Parsed, Component, OwnSettings]:
    """Return the application as it would be with its new secrets, the component as its file says, the settings."""
    there = site.ledger.application(application).application
    now = site.ledger.component(application, component)
    base = _base(site, application, now)
    laid, given = _laid(site, application, base, asked, asked.environment)
    hidden = tuple(sorted({*asked.secret, *(name.partition("/")[2] for name in given)} - set(asked.taken)))
    plain = {name: text for name, text in asked.environment.items() if name not in hidden}
    settings = replace(asked, environment=plain, secret=hidden)
    return Parsed(_with(there, laid, settings), given, {}, ()), base, settings


def _base(site: Site, application: str, now: Component) -> Component:
    """Return the component as its file says, which is as it is where nothing of the site's own stands over it."""
    noted = (site.ledger.recall(_FILED + application) or {}).get(now.name)
    return adapter(Component).validate_python(noted[0]) if noted and noted[1] == _dumped(now) else now


def _laid(
    site: Site, application: str, base: Component, settings: OwnSettings, given: Mapping[str, str]
) -> tuple[Component, dict[str, str]]:
    """Return the component with the settings over it, and the secrets among the variables that are `given`."""
    service = documented(
        base.name,
        replace(settings, environment={**settings.environment, **given}),
        is_jar=base.is_jar,
        image=base.image,
    )
    with tempfile.TemporaryDirectory(prefix="own-", dir=site.settings.paths.tmp) as folder:
        (Path(folder) / _FILE).write_text(yaml.safe_dump({"name": application, "services": service}), "utf-8")
        read = parse(Source(Path(folder), _FILE, {}, application), tmp=Path(folder))
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
    ports = base.ports if settings.ports is None else own.ports
    laid = replace(base, environment=tuple(sorted(environment.items())), limits=limits, jar=jar, ports=ports)
    return laid, secrets


def _kept_apart(base: Component, read: Parsed) -> tuple[Component, dict[str, str]]:
    """Return what was read with its secrets, those among them that only the file knows to be some: of an `env_file`, or
    named by it.
    """
    own, secrets = read.application.components[0], dict(read.secrets)
    known = {name: value for name, value in base.environment if isinstance(value, Secret)}
    environment = dict(own.environment)
    for name, value in environment.items():
        if name in known and isinstance(value, str):
            secrets[known[name].name] = value
            environment[name] = known[name]
    return replace(own, environment=tuple(environment.items())), secrets


def _with(application: Application, part: Component, settings: OwnSettings) -> Application:
    """Return the application with this component; a site value no longer stands where the site says something else."""
    components = tuple(part if one.name == part.name else one for one in application.components)
    uses = tuple(one for one in application.uses if not _stands_over(settings, part.name, one.place))
    return replace(application, components=components, uses=uses)


def _stands_over(settings: OwnSettings, component: str, place: tuple[str, ...]) -> bool:
    if place[:2] != ("components", f"@{component}"):
        return False
    key, step = place[2], place[3] if len(place) > 3 else ""  # noqa: PLR2004 - the part of the component, and what of it
    named = {f"@{one}" for one in (*settings.environment, *settings.taken, *settings.secret)}
    return (
        (key == "environment" and step in named)
        or (key == "ports" and settings.ports is not None)
        or (key == "limits" and getattr(settings, step, None) is not None)
    )


def _names(component: str, settings: OwnSettings) -> frozenset[str]:
    return frozenset(f"{component}/{one}" for one in (*settings.secret, *settings.taken, *settings.environment))


def _part(application: Application, name: str) -> Component:
    found = application.component(name)
    assert found is not None, "it was laid over one that is there"
    return found


def _dumped(component: Component) -> Any:
    return adapter(Component).dump_python(component, mode="json")
