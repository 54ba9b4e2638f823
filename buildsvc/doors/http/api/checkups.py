"""The site's own health: what was found when its server was looked at, and its engines."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import RootModel

from buildpacks.sentences.wording import Wording, in_language
from buildsvc.doors.checkup import last_checkup
from buildsvc.doors.checkup.findings import Finding, subject_of
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.model.access import Role
from buildsvc.model.system_views import CheckupView, EngineView, FindingView
from buildsvc.usecases.look import engine_facts

_BUTTONS = {"doctor.tight": "prune", "doctor.full-soon": "prune"}
"""Which button of the page does what a finding's remedy says."""


class CheckupAnswer(RootModel[CheckupView]):
    pass


class EnginesAnswer(RootModel[tuple[EngineView, ...]]):
    pass


def routes() -> APIBlueprint:
    """Make the routes of the site's own health."""
    api = blueprint("health", "How the site itself stands")
    api.get(
        "/doctor",
        summary="What was found when this server was looked at, as buildsvc doctor says it",
        responses={200: CheckupAnswer},
    )(found)
    api.post("/doctor", summary="Look at this server anew, within seconds", responses={202: CheckupAnswer})(look_anew)
    api.get("/engines", summary="The engines, and what each says of itself", responses={200: EnginesAnswer})(engines)
    return api


@auth.needs(Role.OPERATOR)
def found() -> Response:
    auth.reach_all()
    return answer(_checkup())


@auth.needs(Role.OPERATOR, "doctor.ask")
def look_anew() -> Response:
    auth.reach_all()
    last_checkup.ask(the_site())
    return answer(_checkup(), 202)


@auth.needs(Role.OPERATOR)
def engines() -> Response:
    auth.reach_all()
    site, language = the_site(), problems.language()
    told = engine_facts.facts_of(site)
    name = site.settings.engine
    if told is None:
        return answer(EnginesAnswer((EngineView(name, None, None, ()),)))
    facts = tuple((in_language(subject_of(one), language), in_language(value, language)) for one, value in told.facts)
    return answer(EnginesAnswer((EngineView(name, told.answers, told.at, facts),)))


def _checkup() -> CheckupView:
    site, language = the_site(), problems.language()
    last = last_checkup.last(site)
    findings = last.findings if last else ()
    return CheckupView(
        last.at if last else None, last_checkup.is_asked(site), tuple(_view(one, language) for one in findings)
    )


def _view(one: Finding, language: str) -> FindingView:
    button = _BUTTONS.get(one.text.key, "") if isinstance(one.text, Wording) else ""
    subject = in_language(subject_of(one.subject), language)
    return FindingView(one.verdict, subject, in_language(one.text, language), in_language(one.remedy, language), button)
