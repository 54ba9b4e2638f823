"""The secret values of a Compose file over which the site has a value of its own: kept sealed, and back in their place
when the site takes its own back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from buildpacks.errors import Refused
from buildsvc.model.application import Component, Secret
from buildsvc.model.own_changes import OwnSettings
from buildsvc.usecases.site import Site

_KEY, _BEFORE, _TOLD = "own-filed:", "own-before:", "own-told:"


def filed_secrets(site: Site, application: str) -> dict[str, str]:
    """Return the values by the secrets' names."""
    return _noted(site, _KEY + application)


def note_told(site: Site, deployment: str, secrets: Mapping[str, str]) -> None:
    """Keep beside a deployment what its file says of secrets that the site covers."""
    _note(site, _TOLD + deployment, secrets)


def note_before(site: Site, application: str, deployment: str, names: Iterable[str]) -> None:
    """Keep beside a deployment what secrets are before it writes the site's own values over them; once, for a worker
    that takes over from a lost one would find these.
    """
    known = set(site.secrets.names(application))
    if _BEFORE + deployment not in site.secrets.names(""):
        before = {name: site.secrets.get(application, name) for name in names if name in known}
        site.secrets.put("", _BEFORE + deployment, json.dumps(before))


def keep_filed(site: Site, application: str, deployment: str, covered: Collection[str]) -> None:
    """Once a deployment is made so, keep what the file says of the secrets that are `covered` by then: what one was
    before the first own value, or what a file told since. Of all others the value is in its place.
    """
    before, told = _noted(site, _BEFORE + deployment), _noted(site, _TOLD + deployment)
    every = {**before, **filed_secrets(site, application), **told}
    _note(site, _KEY + application, {name: value for name, value in every.items() if name in covered})
    for key in (_BEFORE, _TOLD):
        site.secrets.remove("", key + deployment)


def forget_filed(site: Site, application: str) -> None:
    """Forget those of an application that is gone."""
    site.secrets.remove("", _KEY + application)


def come_back(site: Site, application: str, base: Component, covered: Collection[str]) -> dict[str, str]:
    """Return the secrets of the component's file that the site covers no more, with the values that the file gave."""
    named = {value.name for _, value in base.environment if isinstance(value, Secret)}
    return {
        name: value for name, value in filed_secrets(site, application).items() if name in named and name not in covered
    }


def require_kept(site: Site, application: str, component: str, asked: OwnSettings) -> None:
    """Raise Refused `no-kept-secret` where a variable is to stay as it is kept, and no value of it is."""
    known = set(site.secrets.names(application))
    lacking = [one for one in asked.secret if f"{component}/{one}" not in known]
    if lacking:
        raise Refused("no-kept-secret", component=component, names=lacking)


def _note(site: Site, key: str, secrets: Mapping[str, str]) -> None:
    # Under no application's name: whoever counts the secrets of one does not count these.
    if secrets:
        site.secrets.put("", key, json.dumps(dict(secrets)))
    else:
        site.secrets.remove("", key)


def _noted(site: Site, key: str) -> dict[str, str]:
    if key not in site.secrets.names(""):
        return {}
    found: dict[str, str] = json.loads(site.secrets.get("", key))
    return found
