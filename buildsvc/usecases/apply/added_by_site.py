"""A jar component that the site adds to an application, or begins one with, by a few words instead of a Compose file.

It is one of the site's own changes (`laid_by_site`): no file is touched, every file that comes after leaves it there,
and a file that names it takes it over.
"""

from __future__ import annotations

from dataclasses import replace

from buildpacks.errors import Conflict
from buildpacks.sentences.catalogue import DEFAULT
from buildsvc.compose import Parsed
from buildsvc.model.api import Accepted, ApplyPlan
from buildsvc.model.own_changes import OwnSettings
from buildsvc.usecases.admit.policing import enforce
from buildsvc.usecases.admit.strangers import foreign
from buildsvc.usecases.apply.in_place import stored
from buildsvc.usecases.apply.laid_by_site import asked_for, queued, settings_of
from buildsvc.usecases.apply.planned import plan_of
from buildsvc.usecases.queueing import accepted
from buildsvc.usecases.site import Site


def plan_added(site: Site, application: str, component: str, asked: OwnSettings, language: str = DEFAULT) -> ApplyPlan:
    """Say what adding a component would do; nothing changes. Raises as `submit_added` does."""
    parsed = _checked(site, application, component, asked)
    enforce(site, parsed.application)
    found = foreign(site, parsed.application, parsed.secrets)
    return plan_of(site, replace(parsed, warnings=found), language)


def submit_added(
    site: Site, application: str, component: str, asked: OwnSettings, *, actor: str, door: str, reason: str
) -> Accepted:
    """Queue a new component; `asked.added` is set. An application that is not there begins with it.

    Raises Conflict `component-there`, `port-of-another`; NotFound for what it depends on; Refused and Denied as
    applying a Compose file does.
    """
    _checked(site, application, component, asked)
    deployment = queued(site, application, component, asked, actor=actor, door=door, reason=reason)
    return accepted(deployment, "accepted.add", application=application, component=component)


def submit_gone(site: Site, application: str, component: str, *, actor: str, door: str, reason: str) -> Accepted:
    """Queue that a component goes which the site had added; its releases stay.

    Raises NotFound; Conflict `component-filed` where the file names it, `component-needed` where others depend on it,
    `last-component`.
    """
    there = site.ledger.application(application).application
    site.ledger.component(application, component)
    settings = settings_of(site, application).get(component)
    if settings is None or settings.added is None:
        raise Conflict("component-filed", application=application, component=component)
    others = [one for one in there.components if one.name != component]
    needing = [one.name for one in others if any(each.component == component for each in one.depends_on)]
    if needing:
        raise Conflict("component-needed", component=component, needing=needing)
    if not others:
        raise Conflict("last-component", application=application, component=component)
    asked = OwnSettings(gone=True)
    deployment = queued(site, application, component, asked, actor=actor, door=door, reason=reason)
    return accepted(deployment, "accepted.gone", application=application, component=component)


def _checked(site: Site, application: str, component: str, asked: OwnSettings) -> Parsed:
    former = stored(site, application)
    if former is not None and former.application.component(component) is not None:
        raise Conflict("component-there", application=application, component=component)
    return asked_for(site, application, component, asked)[0]
