"""What the site has of its own: base images, buildpacks, settings, and what lies in its watched folder."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field, RootModel

from buildpacks.buildpack import Broken, Buildpack, Buildpacks
from buildpacks.errors import Refused
from buildpacks.sentences.wording import in_language
from buildsvc.doors.folder.shown import look_into
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.image.types import BaseImage
from buildsvc.model.access import Role
from buildsvc.model.system_views import BaseRemoved, BaseView, BuildpackView, InboxView, SettingsView, SettingView
from buildsvc.settings import reading
from buildsvc.settings.settings import Settings
from buildsvc.settings.written import meaning_of
from buildsvc.usecases.tend import keeping


class BasesAnswer(RootModel[tuple[BaseView, ...]]):
    pass


class BaseRemovedAnswer(RootModel[BaseRemoved]):
    pass


class BuildpacksAnswer(RootModel[tuple[BuildpackView, ...]]):
    pass


class SettingsAnswer(RootModel[SettingsView]):
    pass


class InboxesAnswer(RootModel[tuple[InboxView, ...]]):
    pass


class BasePath(BaseModel):
    """A base image of the cache."""

    base: str = Field(description="The base image's name.")


def routes() -> APIBlueprint:
    """Make the routes about what the site has."""
    api = blueprint("inventory", "What the site has of its own")
    api.get("/bases", summary="The base images that are here", responses={200: BasesAnswer})(bases)
    api.delete(
        "/bases/<string:base>",
        summary="Remove a base image that nothing was built on",
        responses={200: BaseRemovedAnswer},
    )(remove)
    api.get(
        "/buildpacks",
        summary="The buildpacks, in the order in which they are asked",
        responses={200: BuildpacksAnswer},
    )(buildpacks)
    api.get(
        "/settings",
        summary="Every setting with its value and where that comes from; those of a secret are hidden",
        responses={200: SettingsAnswer},
    )(in_force)
    api.get(
        "/inboxes",
        summary="The watched folder, what lies there and what was answered",
        responses={200: InboxesAnswer},
    )(watched)
    return api


@auth.needs(Role.OPERATOR)
def bases() -> Response:
    auth.reach_all()
    site = the_site()
    needed = keeping.built_on(site)
    return answer(BasesAnswer(tuple(_base(one, needed) for one in site.bases.list())))


@auth.needs(Role.ADMIN, "base.remove")
def remove(path: BasePath) -> Response:
    auth.reach_all()
    auth.aim("base", path.base)
    return answer(BaseRemoved(path.base, keeping.remove_base(the_site(), path.base)))


@auth.needs(Role.OPERATOR)
def buildpacks() -> Response:
    auth.reach_all()
    current, language = the_site().buildpacks.current(), problems.language()
    usable = (_usable(one, current, language) for one in current.ordered)
    return answer(BuildpacksAnswer((*usable, *(_broken(one, language) for one in current.broken))))


@auth.needs(Role.ADMIN, auditor=True)
def in_force() -> Response:
    auth.reach_all()
    language = problems.language()
    written, fault, hint = None, "", ""
    try:
        written = reading.read()
    except Refused as refused:
        told = refused.told(language)
        fault, hint = told.message, told.hint
    rows = zip(Settings.model_fields, reading.in_force(reading.gather()), strict=True)
    views = tuple(
        SettingView(
            row.name,
            in_language(meaning_of(field), language),
            in_language(row.value, language),
            in_language(row.place, language),
            _waits(field, written),
        )
        for field, row in rows
    )
    return answer(SettingsView(views, fault, hint))


@auth.needs(Role.OPERATOR)
def watched() -> Response:
    auth.reach_all()
    return answer(InboxesAnswer((look_into(the_site().settings.inbox),)))


def _base(one: BaseImage, needed: frozenset[str]) -> BaseView:
    return BaseView(
        name=one.name,
        kind=one.kind,
        java=one.java,
        java_version=one.java_version,
        release=one.release or None,
        platform=str(one.image.platform),
        unpacked_size=one.unpacked_size,
        glibc=one.glibc,
        manifest=one.image.manifest.digest,
        config=one.image.config.digest,
        source=one.source,
        built_on=one.image.manifest.digest in needed,
    )


def _usable(one: Buildpack, among: Buildpacks, language: str) -> BuildpackView:
    behind = tuple(other.name for other in among.behind(one))
    return BuildpackView(one.name, one.file, behind, in_language(one.description, language), "", "")


def _broken(one: Broken, language: str) -> BuildpackView:
    told = one.fault.told(language)
    return BuildpackView(None, one.file, (), "", told.message, told.hint)


def _waits(field: str, written: Settings | None) -> bool:
    """Whether what is written now is something else than what this service began with."""
    if written is None:
        return False
    fresh = getattr(written, field)
    return bool(getattr(the_site().settings, field, fresh) != fresh)
