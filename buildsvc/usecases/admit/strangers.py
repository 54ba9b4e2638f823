"""Names of machines that an application uses and nobody has: told when it is applied, and when a jar is pushed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildpacks.analysis import Analysis
from buildpacks.errors import Failure
from buildpacks.sentences.values import sentence
from buildsvc.engines.base import Publish
from buildsvc.model.application import Application, Component, Secret
from buildsvc.model.configuration import configured_values
from buildsvc.model.foreign_names import foreign_names
from buildsvc.model.raised import warned
from buildsvc.usecases.site import Site

SAID = "compose.foreign-name"


def foreign(site: Site, application: Application, secrets: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Say which names nobody has, a sentence each: in the environments, whose secret values are given, and in the
    configuration of the jars that are live. What is not known of a jar any more is left out.
    """
    live = site.ledger.live_all(application.name)
    configured: dict[str, Mapping[str, str]] = {}
    for component in application.jar_components:
        if component.name in live and not live[component.name].release.is_image_only:
            configured[component.name] = _configured(site, live[component.name].release.artifact)
    environments = {
        one.name: {
            key: secrets.get(value.name, "") if isinstance(value, Secret) else value for key, value in one.environment
        }
        for one in application.components
    }
    return _said(site, application, environments, configured)


def tell_foreign(
    site: Site, application: Application, component: Component, analysis: Analysis, publish: Publish
) -> None:
    """Warn of names that nobody has and that a jar is about to be started with: its own configuration's among them."""
    environment = site.secrets.resolve(application.name, component.environment)
    configured = {component.name: configured_values(analysis)}
    for one in _said(site, application, {component.name: environment}, configured):
        publish(warned(one["code"], **one["values"]))


def _said(
    site: Site,
    application: Application,
    environments: Mapping[str, Mapping[str, str]],
    configured: Mapping[str, Mapping[str, str]],
) -> tuple[dict[str, Any], ...]:
    identities = (site.ledger.identity(application.name, one.name) for one in application.jar_components)
    registered = [one.spring_name for one in identities if one is not None and one.spring_name]
    found = foreign_names(application, environments, configured, registered)
    return tuple(sentence(SAID, name=one.name, component=one.component, places=one.places) for one in found)


def _configured(site: Site, artifact: str) -> Mapping[str, str]:
    try:
        found = site.analyses.read(artifact, site.artifacts.path(artifact))
    except Failure:
        return {}
    return configured_values(found) if found is not None else {}
