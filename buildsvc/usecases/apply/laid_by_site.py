"""What the site changes by itself over an application's Compose file, also components that it adds: asked for by forms,
checked as the file is, made so by the same worker, and laid over every file that comes after. Versions carry it, for
they carry what is applied.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from buildpacks.sentences.catalogue import DEFAULT
from buildsvc.compose import Parsed
from buildsvc.model.api import Accepted, ApplyPlan
from buildsvc.model.application import Application, Component
from buildsvc.model.deployment import Cause, Deployment
from buildsvc.model.own_changes import OwnChange, OwnSettings, documented
from buildsvc.store.ledger.codec import adapter
from buildsvc.usecases.admit.policing import enforce
from buildsvc.usecases.apply.filed_secrets import (
    come_back,
    forget_filed,
    keep_filed,
    note_before,
    note_told,
    require_kept,
)
from buildsvc.usecases.apply.in_place import stored
from buildsvc.usecases.apply.laying_own import begun, lay, put, volumes_named, without
from buildsvc.usecases.apply.planned import plan_of, with_denials
from buildsvc.usecases.apply.proposals import propose
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site

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
        if part is None and settings.added is not None:
            there = {one.name for one in application.components}
            waited = tuple(one for one in settings.added.depends_on if one in there)
            part = begun(application, name, replace(settings.added, depends_on=waited))
        if part is not None:
            application = put(application, lay(site, application, part, settings, {}), settings)
            secrets = {key: text for key, text in secrets.items() if key not in _names(name, settings)}
    return replace(parsed, application=application, secrets=secrets)


def note_filed(site: Site, deployment: str, filed: Parsed, made: Parsed) -> None:
    """Keep beside a deployment what its file alone says, where the site's own changes say otherwise."""
    differ = {
        one.name: [_dumped(one), _dumped(now)]
        for one in filed.application.components
        if (now := made.application.component(one.name)) is not None and now != one
    }
    named, every = {one.name for one in filed.application.components}, settings_of(site, filed.application.name)
    added = {name for name, settings in every.items() if settings.added is not None}
    told = {name: text for name, text in filed.secrets.items() if name not in made.secrets}
    if told:
        note_told(site, deployment, told)
    if differ or added or told:
        parts = {"laid": sorted(added - named), "named": sorted(added & named)}
        site.ledger.remember(_PENDING + deployment, {"filed": differ, **parts})


def plan_change(site: Site, application: str, component: str, asked: OwnSettings, language: str = DEFAULT) -> ApplyPlan:
    """Say what a change would do; nothing changes. Raises NotFound, Refused as `apply` does."""
    require_kept(site, application, component, asked)
    parsed, _, _ = asked_for(site, application, component, _as_added(site, application, component, asked))
    return plan_of(site, with_denials(site, parsed), language)


def submit_change(
    site: Site, application: str, component: str, asked: OwnSettings, *, actor: str, door: str, reason: str
) -> Accepted:
    """Queue a change of one component. `asked` are all of its own settings from then on; secrets among its variables
    are kept apart. Raises NotFound, Refused and Denied as `apply` does; nothing is changed then.
    """
    asked = _as_added(site, application, component, asked)
    deployment = queued(site, application, component, asked, actor=actor, door=door, reason=reason)
    return accepted(deployment, "accepted.configure", application=application, component=component)


def queued(
    site: Site, application: str, component: str, asked: OwnSettings, *, actor: str, door: str, reason: str
) -> Deployment:
    """Queue what was asked for, and note it beside its deployment. Raises as `submit_change` does."""
    require_kept(site, application, component, asked)
    parsed, base, settings = asked_for(site, application, component, asked)
    enforce(site, parsed.application)
    made = parsed.application.component(component)
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
        pending["filed"] = {} if base is None or made is None else {component: [_dumped(base), _dumped(made)]}
        site.ledger.remember(_PENDING + deployment.id, pending)
    enqueue(site, deployment.id)
    return deployment


def laid_anew(site: Site, deployment: str, asked: Application) -> Application:
    """Return what a deployment asks for, as it is to be by now: others may have changed the application since the door
    looked, and nothing of theirs is taken back. Raises NotFound where the component of a change has gone.
    """
    pending: dict[str, Any] = site.ledger.recall(_PENDING + deployment) or {}
    if "change" in pending:
        change = adapter(OwnChange).validate_python(pending["change"])
        parsed, base, _ = asked_for(site, asked.name, change.component, change.settings)
        made, filed = parsed.application, {} if base is None else {change.component: _dumped(base)}
        new = _names(change.component, change.settings) - _covered(site, asked.name)
        note_before(site, asked.name, deployment, new)
    else:
        for name in pending.get("laid", ()):
            asked = without(asked, name)
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
    for name in pending.get("named", ()):
        _forget_added(site, application, name)
    keep_filed(site, application, deployment, _covered(site, application))
    filed = {**(site.ledger.recall(_FILED + application) or {}), **pending["filed"]}
    site.ledger.remember(_FILED + application, filed)
    site.ledger.remember(_PENDING + deployment, None)


def forget_own(site: Site, application: str) -> None:
    """Forget the site's own changes of an application that is gone: they are not its successor's of the same name."""
    for prefix in (_CHANGES, _FILED):
        site.ledger.remember(prefix + application, None)
    forget_filed(site, application)


def overlay(site: Site, application: str) -> str:
    """Return the site's own changes as a Compose file to be laid over the application's. It holds no secret."""
    there = site.ledger.application(application).application
    services: dict[str, Any] = {}
    laid = {name: one for name, one in settings_of(site, application).items() if there.component(name) is not None}
    for name, settings in laid.items():
        part = _part(there, name)
        services |= documented(name, settings, is_jar=part.is_jar, image=part.image)
        if settings.added is not None and settings.added.depends_on:
            services[name]["depends_on"] = list(settings.added.depends_on)
    volumes = volumes_named(laid.values())
    told = {"services": services, "volumes": volumes} if volumes else {"services": services}
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=True)


def asked_for(
    site: Site, application: str, component: str, asked: OwnSettings
) -> tuple[Parsed, Component | None, OwnSettings]:
    """Return the application as it would be with its new secrets, the component as its file says (None where the site
    takes it away), the settings. Raises NotFound, Refused.
    """
    there = _there(site, application, asked)
    if asked.gone:
        return Parsed(without(there, component), {}, {}, ()), None, asked
    if asked.added is not None:
        base = begun(there, component, asked.added)
    else:
        base = _base(site, application, site.ledger.component(application, component))
    laid = lay(site, there, base, asked, asked.environment)
    hidden = tuple(sorted({*asked.secret, *(name.partition("/")[2] for name in laid.secrets)} - set(asked.taken)))
    plain = {name: text for name, text in asked.environment.items() if name not in hidden}
    settings = replace(asked, environment=plain, secret=hidden)
    secrets = {**come_back(site, application, base, _names(component, settings)), **laid.secrets}
    return Parsed(put(there, laid, settings), secrets, {}, ()), base, settings


def _there(site: Site, application: str, asked: OwnSettings) -> Application:
    """Return the application as it is; what the site adds may be the first of a new one."""
    if asked.added is not None and stored(site, application) is None:
        return Application(application, ())
    return site.ledger.application(application).application


def _as_added(site: Site, application: str, component: str, asked: OwnSettings) -> OwnSettings:
    """Return what was asked for; what the site added stays added, however it is configured."""
    now = settings_of(site, application).get(component)
    return asked if now is None else replace(asked, added=now.added)


def _forget_added(site: Site, application: str, component: str) -> None:
    """Note that a file names the component by now: from then on the file says whether there is one."""
    changes = site.ledger.recall(_CHANGES + application) or []
    for one in changes:
        if one["component"] == component:
            one["settings"]["added"] = None
    site.ledger.remember(_CHANGES + application, changes)


def _base(site: Site, application: str, now: Component) -> Component:
    """Return the component as its file says, which is as it is where nothing of the site's own stands over it."""
    noted = (site.ledger.recall(_FILED + application) or {}).get(now.name)
    return adapter(Component).validate_python(noted[0]) if noted and noted[1] == _dumped(now) else now


def _names(component: str, settings: OwnSettings) -> frozenset[str]:
    return frozenset(f"{component}/{one}" for one in (*settings.secret, *settings.taken, *settings.environment))


def _covered(site: Site, application: str) -> frozenset[str]:
    """Return the secrets for which what a file says does not count."""
    every = settings_of(site, application).items()
    return frozenset(name for component, settings in every for name in _names(component, settings))


def _part(application: Application, name: str) -> Component:
    found = application.component(name)
    assert found is not None, "it was laid over one that is there"
    return found


def _dumped(component: Component) -> Any:
    return adapter(Component).dump_python(component, mode="json")
