"""How the site's webhooks stand, and what each answered last."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import RootModel

from buildsvc.doors.http import auth
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.model.access import Role
from buildsvc.model.webhook import Webhook
from buildsvc.model.webhook_views import WebhookView
from buildsvc.usecases.tend import webhooks


class WebhooksAnswer(RootModel[tuple[WebhookView, ...]]):
    pass


def routes() -> APIBlueprint:
    """Make the route of webhooks."""
    api = blueprint("webhooks", "Who is told how deployments ended")
    api.get("/webhooks", summary="The webhooks, and what each answered last", responses={200: WebhooksAnswer})(every)
    return api


@auth.needs(Role.ADMIN, auditor=True)
def every() -> Response:
    auth.reach_all()
    return answer(WebhooksAnswer(tuple(_view(one) for one in webhooks.hooks_of(the_site()))))


def _view(hook: Webhook) -> WebhookView:
    found = webhooks.standing_of(the_site(), hook) or webhooks.WebhookStanding("")
    return WebhookView(
        hook.name, hook.kind, hook.host, found.taken, found.answer, found.answered, found.tries, found.again
    )
