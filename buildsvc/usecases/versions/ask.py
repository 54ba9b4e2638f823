"""Ask for a change of a whole application, where what lacks can still be told: install, upgrade, roll back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from buildpacks.errors import Conflict, Refused
from buildpacks.sentences.values import sentence
from buildsvc.model.api import Accepted
from buildsvc.model.application import Application
from buildsvc.model.deployment import Cause
from buildsvc.model.merging import Answer, Disagreement
from buildsvc.model.site_parts import SiteValue
from buildsvc.model.site_values import secret_values
from buildsvc.model.version import (
    ApplicationSnapshot,
    ComponentChange,
    PinnedImage,
    PinnedJar,
    Version,
    differences,
)
from buildsvc.usecases.apply.in_place import stored
from buildsvc.usecases.look.installed import installed
from buildsvc.usecases.queueing import accepted, enqueue
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions.data_kept import DataOutlook, data_outlook, require_data_kept
from buildsvc.usecases.versions.goal import (
    Goal,
    goal,
    missing_secrets,
    missing_values,
    require_agreement,
    require_whole,
)


@dataclass(frozen=True)
class Change:
    """What is asked for: `version` of `application` under the name `name`. `secrets` are values by name, `values`
    answers to what it declares of a site (`x-buildsvc.values`); `answers` say whose is right, by place, where this
    site and the version both changed it.
    """

    application: str
    version: str
    name: str
    cause: Cause
    actor: str
    door: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    without_backup: tuple[str, ...] = ()
    """Components whose data need not be written out first."""
    restored: tuple[str, ...] = ()
    """Components of which steps may be gone back behind that cannot be undone: somebody sees to their data."""


@dataclass(frozen=True)
class Outlook:
    """What a change would do: from `before` (None: the application is new) to `after`. `kept` are places where the
    site's own word stays, `own` jar components whose own artifact stays, `secrets` what somebody has to give.
    """

    version: Version
    before: Version | None
    changes: tuple[ComponentChange, ...]
    disagreements: tuple[Disagreement, ...]
    kept: tuple[str, ...]
    own: tuple[str, ...]
    secrets: tuple[str, ...]
    values: tuple[SiteValue, ...] = ()
    answered: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    """What the version declares of a site, this site's answers to it, and what it has yet to answer."""
    data: DataOutlook = field(default_factory=DataOutlook)


def outlook(site: Site, asked: Change) -> Outlook:
    """Say what a change would do, and change nothing. Raises NotFound, Conflict and Refused as `submit` does, but for
    what is still to be answered.
    """
    version, found = _found(site, asked)
    now = running_now(site, asked.name, found)
    return Outlook(
        version=version,
        before=installed(site, asked.name),
        changes=differences(now, found.snapshot),
        disagreements=found.merged.disagreements,
        kept=found.merged.kept,
        own=tuple(sorted(found.keep)),
        secrets=missing_secrets(site, asked.name, found.snapshot, asked.secrets),
        values=found.snapshot.application.values,
        answered=found.snapshot.application.answers,
        missing=missing_values(site, asked.name, found.snapshot, asked.values, asked.secrets),
        data=outlook_of_data(site, asked.name, asked.cause, found),
    )


def outlook_of_data(site: Site, name: str, cause: Cause, found: Goal) -> DataOutlook:
    """Say what a change means for data."""
    snapshots = (running_now(site, name, found), found.snapshot)
    return data_outlook(site, name, cause, (installed(site, name), found.version), snapshots)


def submit(site: Site, asked: Change) -> Accepted:
    """Queue a change. Raises NotFound `no-such-version`, Conflict `application-there`, Refused `not-installed`,
    `disagreements`, `site-values-missing`, `secrets-missing`, `bad-site-value`, `version-pruned`, `no-backup-command`,
    `not-undone`; nothing is changed then.
    """
    with site.in_use():
        return _submit(site, asked)


def _submit(site: Site, asked: Change) -> Accepted:
    version, found = _found(site, asked)
    require_agreement(found)
    unknown = missing_values(site, asked.name, found.snapshot, asked.values, asked.secrets)
    if unknown:
        raise Refused("site-values-missing", application=asked.name, names=unknown, first=unknown[0])
    lacking = missing_secrets(site, asked.name, found.snapshot, asked.secrets)
    if lacking:
        raise Refused("secrets-missing", application=asked.name, names=lacking, first=lacking[0])
    data = outlook_of_data(site, asked.name, asked.cause, found)
    require_data_kept(data, version, asked.without_backup, asked.restored)
    application = found.snapshot.application
    for name, value in {**_made(application, asked), **asked.secrets}.items():
        site.secrets.put(asked.name, name, value)
    deployment = site.ledger.create_deployment(
        application=asked.name,
        component="",
        cause=asked.cause,
        artifact=None,
        release=None,
        actor=asked.actor,
        door=asked.door,
    )
    noted = {"application": version.application, "version": version.number, "answers": dict(asked.answers)}
    noted["values"] = dict(application.answers)
    noted |= {"without_backup": list(asked.without_backup), "restored": list(asked.restored)}
    site.ledger.remember(f"change:{deployment.id}", noted)
    enqueue(site, deployment.id)
    cause = sentence(f"cause.{asked.cause}")
    return accepted(deployment, "accepted.change", application=asked.name, version=version.name, cause=cause)


def _found(site: Site, asked: Change) -> tuple[Version, Goal]:
    version = site.ledger.version(asked.application, asked.version)
    require_whole(site, version)
    there = stored(site, asked.name)
    if asked.cause is Cause.INSTALL and there is not None and not _is_half_installed(site, asked, version):
        raise Conflict("application-there", application=asked.name)
    if asked.cause is not Cause.INSTALL and there is None:
        raise Refused("not-installed", name=asked.name, application=asked.application, version=version.name)
    secret = {one.name for one in version.snapshot.application.values if one.kind == "secret"}
    plain = {name: text for name, text in asked.values.items() if name not in secret}
    return version, goal(site, version, asked.name, asked.answers, plain)


def _made(application: Application, asked: Change) -> dict[str, str]:
    """Return the secrets that the given values make up."""
    given = {one.name for one in application.values if one.kind == "secret" and asked.values.get(one.name)}
    changed = [one for one in application.values if one.name in given]
    return secret_values(changed, {**dict(application.answers), **asked.values})


def _is_half_installed(site: Site, asked: Change, version: Version) -> bool:
    """Whether a former installation of the same version failed in its middle: the same command goes on."""
    former = next(
        (one for one in site.ledger.deployments(asked.name, "", limit=50) if one.cause is Cause.INSTALL), None
    )
    if former is None or installed(site, asked.name) is not None:
        return False
    noted = site.ledger.recall(f"change:{former.id}") or {}
    return (noted.get("application"), noted.get("version")) == (version.application, version.number)


def running_now(site: Site, name: str, found: Goal) -> ApplicationSnapshot:
    """Return what runs, as far as the ledger knows: for comparing."""
    if found.former is None:
        return ApplicationSnapshot(Application(name, ()), (), ())
    base = installed(site, name)
    images = base.snapshot.images if base is not None else _named_the_same(found.former.application, found.snapshot)
    jars = tuple(PinnedJar.of(one.release) for one in site.ledger.live_all(name).values())
    return ApplicationSnapshot(found.former.application, jars, images)


def _named_the_same(application: Application, wanted: ApplicationSnapshot) -> tuple[PinnedImage, ...]:
    """Return the images that an application names as a version does: only the engine knows what bytes they are."""
    named = {one.name: one.image for one in application.components}
    return tuple(one for one in wanted.images if one.images and named.get(one.component) == one.images[0].reference)
