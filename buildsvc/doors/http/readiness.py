"""Is the service alive, is it ready, and its figures."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, Final

from flask import Response, jsonify
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from prometheus_client import CONTENT_TYPE_LATEST

from buildpacks.errors import Failure
from buildsvc.doors.http import auth, problems
from buildsvc.doors.http.metrics import Metrics
from buildsvc.model.access import Role
from buildsvc.usecases.site import Site

_log = logging.getLogger(__name__)
_SIGNED_IN: Final[list[dict[str, list[Any]]]] = [{"token": []}, {"session": []}]
_READY: Final[dict[str, Any]] = {
    "description": "`status`, `faults` by name, and the seconds since the observer last looked",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
_ALIVE: Final[dict[str, Any]] = {
    "description": "`status`",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
_FIGURES: Final[dict[str, Any]] = {
    "description": "In the text format of Prometheus",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}


PROVEN_FOR = 5.0
"""Seconds that one write to the ledger counts: whoever asks does not decide how often something is written."""
_PROBE = "ready-probe"
_AS_MUCH = 32 * 1024
"""Characters that are written, others each time: as many pages as a deployment's next step changes. One small row finds
room in a log that nothing else fits in, and what is the same is not written.
"""


class LedgerProbe:
    """Whether the ledger can be written, by writing to it. `now` gives seconds that only grow. Threads may share one:
    while one writes, the others go by what was found last.
    """

    def __init__(self, site: Site, now: Callable[[], float]) -> None:
        self._site, self._now = site, now
        self._lock = Lock()
        self._at = -inf
        self._takes = True

    def takes_writes(self) -> bool:
        """Whether the last write, a few seconds ago or now, was taken."""
        if self._lock.acquire(blocking=False):
            try:
                if self._now() - self._at >= PROVEN_FOR:
                    self._takes = self._try()
                    self._at = self._now()
            finally:
                self._lock.release()
        return self._takes

    def _try(self) -> bool:
        try:
            self._site.ledger.remember(_PROBE, secrets.token_hex(_AS_MUCH // 2))
        except Failure as failure:
            _log.warning("not ready: %s", failure)
            return False
        return True


def mount(app: OpenAPI, site: Site, metrics: Metrics) -> None:
    """Add `/healthz`, `/readyz` and `/metrics`."""
    probe = LedgerProbe(site, monotonic)

    @auth.is_open
    def healthz() -> Response:
        return jsonify(status="alive")

    @auth.is_open
    def readyz() -> tuple[Response, int]:
        faults, age = _faults(site, probe)
        return jsonify(status="not ready" if faults else "ready", faults=faults, observation_age=age), (
            503 if faults else 200
        )

    @auth.needs(Role.VIEWER)
    def figures() -> Response:
        auth.reach_all()
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    tags = [Tag(name="health", description="For what watches the service")]
    app.get("/healthz", summary="The process lives; needs no token", tags=tags, responses={200: _ALIVE})(healthz)
    app.get(
        "/readyz",
        summary="The ledger can be written, Redis and observer answer; 503 with what does not. Needs no token",
        tags=tags,
        responses={200: _READY, 503: _READY},
    )(readyz)
    app.get(
        "/metrics",
        summary="Figures for Prometheus",
        tags=tags,
        security=_SIGNED_IN,
        responses={200: _FIGURES, "default": problems.in_the_document()},
    )(figures)


def _faults(site: Site, probe: LedgerProbe) -> tuple[list[str], float | None]:
    """Return what is missing, by name only (this answers anybody), and the seconds since the observer last looked."""
    faults = []
    age = None
    try:
        snapshots = site.ledger.snapshots()
        age = min((one.silence(site.clock.now()) for one in snapshots), default=None)
        if not probe.takes_writes():
            faults.append("ledger")
    except Failure:
        faults.append("ledger")
    if not site.feed.nudge("ready"):
        faults.append("redis")
    return faults, age
