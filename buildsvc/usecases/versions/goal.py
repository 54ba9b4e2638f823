"""What an application is to become: a version as this site has it, joined with what the site changed by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.model.adoption import shaped
from buildsvc.model.merging import Answer, Merged, merge
from buildsvc.model.site_values import answered, filled, secret_values, unanswered
from buildsvc.model.version import ApplicationSnapshot, Version
from buildsvc.store.ledger import LiveRelease, StoredApplication
from buildsvc.usecases.apply.in_place import stored
from buildsvc.usecases.look.installed import installed
from buildsvc.usecases.site import Site

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Goal:
    """`snapshot` is what shall run, under the name it has here; `former` is what was applied before, None where nothing
    was; `keep` are jar components whose own artifact of this site stays.
    """

    version: Version
    snapshot: ApplicationSnapshot
    former: StoredApplication | None
    merged: Merged
    keep: frozenset[str]


def goal(
    site: Site, version: Version, name: str, answers: Mapping[str, Answer], values: Mapping[str, str] = NOTHING
) -> Goal:
    """Work out what `name` becomes. What the site changed since its last version stays where the version did not change
    the same; `answers` say who is right where both did. `values` are the site's new answers; those that it gave before
    stay. Raises Refused `bad-site-value`, `unknown-site-value`.
    """
    former = stored(site, name)
    before = former.application.answers if former is not None else ()
    snapshot = _as_adopted(site, _answered(renamed(version.snapshot, name), before, values))
    base = _installed(site, name)
    base = _as_adopted(site, _answered(base, before, NOTHING)) if base is not None else None
    if former is None or base is None:
        return Goal(version, snapshot, former, Merged(snapshot.application, (), ()), frozenset())
    merged = merge(base.application, former.application, snapshot.application, answers)
    keep = _own_artifacts(base, snapshot, site.ledger.live_all(name))
    return Goal(version, replace(snapshot, application=merged.application), former, merged, keep)


def _as_adopted(site: Site, snapshot: ApplicationSnapshot) -> ApplicationSnapshot:
    """Put it on the networks, volumes and names that Compose made for it here; as it is where it was not adopted."""
    adoption = site.ledger.adoption(snapshot.application.name)
    return snapshot if adoption is None else replace(snapshot, application=shaped(snapshot.application, adoption))


def _answered(
    snapshot: ApplicationSnapshot, before: tuple[tuple[str, str], ...], values: Mapping[str, str]
) -> ApplicationSnapshot:
    """Fill the holes of a version: with what is given, what this site answered before, and defaults."""
    declared = {one.name for one in snapshot.application.values}
    known = tuple((name, text) for name, text in before if name in declared)
    application = replace(snapshot.application, answers=known)
    return replace(snapshot, application=filled(application, answered(application, values)))


def require_agreement(found: Goal) -> None:
    """Raise Refused `disagreements`, naming each, where both sides changed the same."""
    if not found.merged.disagreements:
        return
    places = [sentence("disagreements.place", **vars(one)) for one in found.merged.disagreements]
    raise Refused("disagreements", version=found.version.name, places=places)


def require_whole(site: Site, version: Version) -> None:
    """Raise Refused `version-pruned` where the version's files need not be here any more."""
    if version.id in site.ledger.pruned_versions():
        raise Refused("version-pruned", application=version.application, name=version.name)


def missing_secrets(site: Site, name: str, snapshot: ApplicationSnapshot, given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the secret values that neither this site has nor somebody gives, but for those that are made
    of declared values: see `missing_values`.
    """
    known = {
        *given,
        *site.secrets.names(name),
        *(one for value in snapshot.application.values for one, _ in value.secrets),
    }
    return tuple(one for one in snapshot.secrets if one not in known)


def missing_values(
    site: Site, name: str, snapshot: ApplicationSnapshot, values: Mapping[str, str], secrets: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the names of the declared values that this site has yet to answer."""
    application = snapshot.application
    known = {
        *secrets,
        *site.secrets.names(name),
        *secret_values(application.values, {**dict(application.answers), **values}),
    }
    hidden = (one for one in application.values if one.kind == "secret" and not values.get(one.name))
    lacking = [one.name for one in hidden if any(secret not in known for secret, _ in one.secrets)]
    return (*(one.name for one in unanswered(application, dict(application.answers))), *lacking)


def renamed(snapshot: ApplicationSnapshot, name: str) -> ApplicationSnapshot:
    """Return the snapshot under another application's name; networks and volumes that bear the old name bear the new
    one.
    """
    application = snapshot.application
    old = application.name
    if old == name:
        return snapshot
    networks = tuple(replace(one, name=_moved(one.name, old, name, one.key)) for one in application.networks)
    volumes = tuple(replace(one, name=_moved(one.name, old, name, one.key)) for one in application.volumes)
    return replace(snapshot, application=replace(application, name=name, networks=networks, volumes=volumes))


def _moved(name: str, old: str, new: str, key: str) -> str:
    return f"{new}_{key}" if name == f"{old}_{key}" else name


def _installed(site: Site, name: str) -> ApplicationSnapshot | None:
    version = installed(site, name)
    return renamed(version.snapshot, name) if version is not None else None


def _own_artifacts(
    base: ApplicationSnapshot, wanted: ApplicationSnapshot, live: Mapping[str, LiveRelease]
) -> frozenset[str]:
    """Jar components that the site replaced by itself, and that the version leaves as they were."""
    own = set()
    for name, one in live.items():
        before, after = base.jar(name), wanted.jar(name)
        if before is not None and after is not None and before.artifact == after.artifact != one.release.artifact:
            own.add(name)
    return frozenset(own)
