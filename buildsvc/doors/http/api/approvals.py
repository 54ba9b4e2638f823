"""What waits: pushes for somebody else's word, changes for a maintenance window; and the word that lets them go on."""

from __future__ import annotations

from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, RootModel

from buildpacks.errors import Refused
from buildpacks.sentences import catalogue
from buildsvc.doors import words
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.api.common import answer, blueprint, for_caller, the_site
from buildsvc.doors.http.api.shapes import LARGEST, DeploymentAnswer, OfDeployment
from buildsvc.doors.http.problems import Asked
from buildsvc.model.access import Role
from buildsvc.model.approval_views import ApprovalView
from buildsvc.model.deployment import Deployment
from buildsvc.usecases.approve import approving, timely

MOST_CLASSES = 300
"""Names of classes of each kind that are listed; the difference counts all."""


class DecisionBody(Asked):
    """`live` is that of what was looked at: with another release live by now nothing is approved. `reason` goes to the
    audit log, and with a rejection to whoever pushed.
    """

    decision: Literal["approve", "reject"]
    live: int | None = Field(default=None, ge=0, le=LARGEST)
    reason: str = Field(default="", max_length=500)


class EarlyBody(Asked):
    """`reason` goes to the audit log, and to everybody who reads the deployment."""

    reason: str = Field(min_length=1, max_length=500)


class ApprovalAnswer(RootModel[ApprovalView]):
    pass


def routes() -> APIBlueprint:
    """Make the routes of approvals."""
    api = blueprint("approvals", "Let pushes go on that wait for somebody else's word")
    path = "/deployments/<deployment>/approval"
    api.get(path, summary="What is to be decided: how it differs from what is live", responses={200: ApprovalAnswer})(
        look
    )
    api.post(path, summary="Approve it, or reject it with a reason", responses={200: DeploymentAnswer})(decide)
    api.post(
        "/deployments/<deployment>/early",
        summary="Let it go on outside of the maintenance windows, with a reason",
        responses={200: DeploymentAnswer},
    )(early)
    return api


@auth.needs(Role.VIEWER)
def look(path: OfDeployment) -> Response:
    found = approving.decision(the_site(), _reached(path.deployment))
    classes, language = found.difference.classes if found.difference else None, problems.language()
    short = found.difference.short if found.difference else None
    return answer(
        ApprovalView(
            deployment=for_caller(found.deployment),
            live=found.live,
            says=words.tell(short, language) if short else _nothing(found, language),
            difference=short,
            classes_changed=classes.changed[:MOST_CLASSES] if classes else (),
            classes_added=classes.added[:MOST_CLASSES] if classes else (),
            classes_removed=classes.removed[:MOST_CLASSES] if classes else (),
        )
    )


@auth.needs(Role.OPERATOR, "approval")
def decide(path: OfDeployment, body: DecisionBody) -> Response:
    deployment = _reached(path.deployment)
    auth.require(Role.OPERATOR, deployment.application)
    auth.aim(deployment.application, deployment.component, path.deployment, body.decision)
    auth.because(body.reason)
    if body.decision == "approve":
        now = approving.approve(the_site(), path.deployment, auth.caller(), seen=body.live)
    elif not body.reason.strip():
        raise Refused("reason-missing")
    else:
        now = approving.reject(the_site(), path.deployment, auth.caller(), body.reason)
    return answer(DeploymentAnswer(for_caller(now)))


@auth.needs(Role.OPERATOR, "early")
def early(path: OfDeployment, body: EarlyBody) -> Response:
    deployment = _reached(path.deployment)
    auth.require(Role.OPERATOR, deployment.application)
    auth.aim(deployment.application, deployment.component, path.deployment)
    auth.because(body.reason)
    return answer(
        DeploymentAnswer(for_caller(timely.let_go_early(the_site(), path.deployment, auth.caller().name, body.reason)))
    )


def _reached(identifier: str) -> Deployment:
    deployment = the_site().ledger.deployment(identifier)
    auth.reach(deployment.application)
    return deployment


def _nothing(found: approving.Decision, language: str) -> str:
    key = "approval-difference.first" if found.live is None else "approval-difference.none"
    return catalogue.tell(key, {"release": found.live}, language).message
