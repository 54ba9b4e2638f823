"""The site policy: what Compose files may ask of this host. Everybody who may apply reads it, an admin changes it."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.sentences import catalogue
from buildsvc.compose.places import Places
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.doors.http.api.composed_bodies import MOST_COMPOSED, composed_body
from buildsvc.doors.http.api.shapes import (
    ApplyQuery,
    PolicyAnswer,
    PolicyBody,
    PolicyDenialsAnswer,
    PolicyRuleBody,
)
from buildsvc.model import policy
from buildsvc.model.access import Role
from buildsvc.model.api import PolicyDenial, PolicyView
from buildsvc.usecases.admit import policing
from buildsvc.usecases.apply import submit


def routes() -> APIBlueprint:
    """Make the routes of the policy."""
    api = blueprint("policy", "What Compose files may ask of this host")
    api.get("/policy", summary="The site policy", responses={200: PolicyAnswer})(show)
    api.put("/policy", summary="Replace the whole policy", responses={200: PolicyAnswer})(put)
    api.post("/policy/rules", summary="Add a rule, or take one back", responses={200: PolicyAnswer})(change)
    api.post(
        "/policy/check",
        summary="What the policy does not allow of a Compose file; nothing is changed",
        responses={200: PolicyDenialsAnswer},
        openapi_extensions=composed_body(),
    )(check)
    return api


@auth.needs(Role.OPERATOR, auditor=True)
def show() -> Response:
    auth.reach_all()
    return answer(_view(policing.policy_of(the_site())))


@auth.needs(Role.ADMIN, "policy.set")
def put(body: PolicyBody) -> Response:
    auth.reach_all()
    auth.aim("policy")
    asked = policy.read(body.model_dump())
    policing.keep_policy(the_site(), asked)
    return answer(_view(asked))


@auth.needs(Role.ADMIN, "policy.change")
def change(body: PolicyRuleBody) -> Response:
    auth.reach_all()
    auth.aim("policy", "allow" if body.allow else "deny", body.key, body.value, body.application)
    now = policing.policy_of(the_site())
    done = (now.with_rule if body.allow else now.without_rule)(body.key, body.value, body.application)
    policing.keep_policy(the_site(), done)
    return answer(_view(done))


@auth.needs(Role.OPERATOR, "policy.check")
def check(query: ApplyQuery) -> Response:
    auth.reach_all()
    request.max_content_length = MOST_COMPOSED
    denials, places = submit.check(
        the_site(), cast("BinaryIO", request.stream), file=query.file, content_type=request.content_type or ""
    )
    return answer(PolicyDenialsAnswer(tuple(_denial(one, places, problems.language()) for one in denials)))


def _view(found: policy.SitePolicy) -> PolicyView:
    told = policy.document(found)
    own = {name: _tuples(rules) for name, rules in told["applications"].items()}
    return PolicyView(site=_tuples(told["site"]), applications=own)


def _tuples(rules: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in rules.items()}


def _denial(one: policing.Denial, places: Places, language: str) -> PolicyDenial:
    says = catalogue.told(one.said_at(places), language).message
    return PolicyDenial(thing=one.thing, says=says, rule=one.rule)
