"""Tell the site's webhooks how deployments ended: each in order, again and again with growing pauses until it is taken.

How far each has come, and what it answered last, lies in the ledger, so a process that is started again goes on there.
"""

from __future__ import annotations

import logging
import tomllib
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import requests

from buildpacks.errors import Failure, Refused
from buildpacks.sentences import catalogue
from buildsvc.live.bounded_answers import BoundedAnswers
from buildsvc.model import webhook
from buildsvc.model.deployment import Deployment
from buildsvc.model.webhook import Webhook
from buildsvc.usecases.site import Site

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
MOST_TRIES = 12
"""About five hours; then that one is given up, and the next is told."""
AT_ONCE = 50
"""Deployments that one pass tells a webhook of."""
_SECONDS, _WHOLE = 5.0, 15.0
"""Between two bytes of an answer, and until it is there whole."""
_LONGEST = 1 << 20
"""Bytes of an answer."""
_SHOWN = 300
_FACT = "webhook:"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WebhookStanding:
    """How far a webhook has come: all up to `at` (and of that moment up to the id `last`) is told. `tries` failed of
    the next one, which is tried again at `again`. `answer` is the last one, at `answered`; `taken` whether it took it.
    """

    at: str
    last: str = ""
    tries: int = 0
    again: str = ""
    answer: str = ""
    answered: str = ""
    taken: bool = True


def hooks_of(site: Site) -> tuple[Webhook, ...]:
    """Return the webhooks of the site's file. Raises Refused `bad-webhook`."""
    file = site.settings.webhooks
    if file is None:
        return ()
    try:
        return webhook.read(tomllib.loads(file.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise Refused("bad-webhook.file", file=file, why=error) from error


def standing_of(site: Site, hook: Webhook) -> WebhookStanding | None:
    """Return how far it has come; None before the first pass."""
    told: dict[str, Any] | None = site.ledger.recall(f"{_FACT}{hook.name}")
    return None if told is None else WebhookStanding(**told)


def tell_all(site: Site) -> None:
    """One pass over every webhook; what one of them does keeps no other waiting for long."""
    for hook in hooks_of(site):
        try:
            _tell(site, hook)
        except Failure as failure:
            log.warning("webhook %s: %s", hook.name, failure)


def _tell(site: Site, hook: Webhook) -> None:
    now = site.clock.now()
    standing = standing_of(site, hook)
    if standing is None:
        # What ended before it was there is no news.
        _keep(site, hook, WebhookStanding(now.isoformat()))
        return
    if standing.again and now < datetime.fromisoformat(standing.again):
        return
    for ended in site.ledger.ended_since(datetime.fromisoformat(standing.at), standing.last, AT_ONCE):
        standing = _sent(site, hook, standing, ended) if hook.wants(ended) else _past(standing, ended)
        _keep(site, hook, standing)
        if standing.tries:
            return


def _sent(site: Site, hook: Webhook, standing: WebhookStanding, ended: Deployment) -> WebhookStanding:
    now = site.clock.now()
    made = webhook.sending(hook, ended, _text(site, ended), int(now.timestamp()))
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, BoundedAnswers(_LONGEST, _WHOLE))
            answer = session.post(
                made.url, data=made.body, headers=dict(made.headers), timeout=_SECONDS, allow_redirects=False
            )
            body = answer.content
            taken, said = webhook.was_taken(hook, answer.status_code, body), f"{answer.status_code} {_shown(body)}"
    except (OSError, ValueError) as error:
        # Not the error itself: it may name the address, which is a secret with some.
        taken, said = False, type(error).__name__
    told: dict[str, Any] = {"answer": said.strip(), "answered": now.isoformat(), "taken": taken}
    if taken or standing.tries + 1 >= MOST_TRIES:
        if not taken:
            log.warning("webhook %s was not told of %s: %s", hook.name, ended.id, said)
        return replace(_past(standing, ended), **told)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**standing.tries)
    return replace(standing, **told, tries=standing.tries + 1, again=(now + pause).isoformat())


def _past(standing: WebhookStanding, ended: Deployment) -> WebhookStanding:
    at = (ended.ended or ended.created).isoformat()
    return replace(standing, at=at, last=ended.id, tries=0, again="")


def _keep(site: Site, hook: Webhook, standing: WebhookStanding) -> None:
    site.ledger.remember(f"{_FACT}{hook.name}", asdict(standing))


def _text(site: Site, ended: Deployment) -> str:
    language = site.settings.language
    phase = catalogue.tell(f"phase.{ended.phase}", {}, language).message
    cause = catalogue.tell(f"cause.{ended.cause}", {}, language).message
    why = catalogue.told(ended.error_said, language).message if ended.error_said else ended.error_message or ""
    thing = f"{ended.component} ({ended.application})" if ended.component else ended.application
    told = {
        "site": site.settings.site_name,
        "thing": thing,
        "cause": cause,
        "phase": phase,
        "by": ended.actor,
        "why": why,
    }
    return catalogue.tell("webhook-text", told, language).message


def _shown(answer: bytes) -> str:
    return "".join(one if one.isprintable() else " " for one in answer.decode("utf-8", "replace"))[:_SHOWN]
