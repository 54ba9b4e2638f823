"""Versions, differences and outlooks as clients see them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

from buildsvc.model.adoption import portable
from buildsvc.model.dump import Dump
from buildsvc.model.site_parts import SiteValue
from buildsvc.model.site_values import emptied
from buildsvc.model.version import ApplicationSnapshot, ComponentChange, PinnedJar, Version, differences
from buildsvc.model.version_views import (
    BlobView,
    ChangeView,
    DataView,
    DisagreementView,
    DumpView,
    OutlookView,
    SiteValueView,
    StepView,
    VersionView,
    WantedView,
    WritingView,
)
from buildsvc.usecases.site import Site
from buildsvc.usecases.versions.ask import Outlook
from buildsvc.usecases.versions.data_kept import DataOutlook
from buildsvc.usecases.versions.importing import StillWanted
from buildsvc.usecases.versions.signing import said

LIVE = "live"
"""In place of a version: what runs now."""


def version_view(version: Version, *, pruned: bool = False) -> VersionView:
    """Show a version as lists show it."""
    snapshot = version.snapshot
    runs = {jar.component: jar.filename for jar in snapshot.jars}
    runs |= {image.component: image.images[0].reference for image in snapshot.images if image.images}
    return VersionView(
        application=version.application,
        number=version.number,
        name=version.name,
        note=version.note,
        actor=version.actor,
        created=version.created,
        origin=version.origin,
        platforms=tuple(sorted(snapshot.platforms)),
        components=tuple((one.name, runs.get(one.name, "")) for one in snapshot.application.components),
        secrets=snapshot.secrets,
        pruned=pruned,
        values=tuple(_value(one, {}, missing=False) for one in snapshot.application.values),
    )


def difference(site: Site, application: str, before: str, after: str) -> tuple[ChangeView, ...]:
    """Tell what changes from one version to another, or to what runs (`live`). Raises NotFound."""
    found = (_snapshot(site, application, one, other) for one, other in ((before, after), (after, before)))
    return _changes(differences(*found))


def outlook_view(found: Outlook) -> OutlookView:
    """Show what a change would do, as clients see it."""
    return OutlookView(
        version=found.version.name,
        before=found.before.name if found.before is not None else None,
        changes=_changes(found.changes),
        disagreements=tuple(DisagreementView(**vars(one)) for one in found.disagreements),
        kept=found.kept,
        own=found.own,
        secrets=found.secrets,
        values=tuple(_value(one, dict(found.answered), missing=one.name in found.missing) for one in found.values),
        data=_data(found.data),
    )


def dump_view(dump: Dump) -> DumpView:
    """Show a dump as lists show it."""
    told = {name: value for name, value in vars(dump).items() if name != "number"}
    return DumpView(**told)


def _data(found: DataOutlook) -> DataView:
    return DataView(
        written=tuple(
            WritingView(one.component, shlex.join(one.command), needs_yes=not one.command) for one in found.written
        ),
        irreversible=found.irreversible,
        ahead=tuple(StepView(**vars(one)) for one in found.ahead),
        behind=tuple(StepView(**vars(one)) for one in found.behind),
        dumps=tuple(dump_view(one) for one in found.dumps),
    )


def wanted_view(found: StillWanted) -> WantedView:
    """Show what has to come of a bundle."""
    return WantedView(
        id=found.id,
        title=found.bundle.title,
        platforms=found.bundle.platforms,
        size=found.size,
        missing=tuple(BlobView(digest=blob.digest, size=blob.size) for blob in found.missing),
        signed=said(found.signed),
    )


def _value(value: SiteValue, answers: Mapping[str, str], *, missing: bool) -> SiteValueView:
    return SiteValueView(
        name=value.name,
        kind=value.kind,
        default=value.default,
        choices=value.choices,
        says=dict(value.says),
        answer=answers.get(value.name, ""),
        missing=missing,
    )


def _changes(found: tuple[ComponentChange, ...]) -> tuple[ChangeView, ...]:
    return tuple(ChangeView(**vars(one)) for one in found)


def _snapshot(site: Site, application: str, wanted: str, other: str) -> ApplicationSnapshot:
    if wanted != LIVE:
        return site.ledger.version(application, wanted).snapshot
    stored = site.ledger.application(application).application
    live = site.ledger.live_all(application)
    jars = tuple(PinnedJar.of(one.release) for one in live.values())
    components = tuple(live[one.name].release.spec if one.name in live else one for one in stored.components)
    # Only the engine knows the bytes of images; those that the other side names are taken for the same.
    images = site.ledger.version(application, other).snapshot.images if other != LIVE else ()
    there = {one.name for one in components}
    return ApplicationSnapshot(
        emptied(portable(replace(stored, components=components), site.ledger.adoption(application))),
        jars,
        tuple(image for image in images if image.component in there),
    )
