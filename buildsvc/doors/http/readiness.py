"""Is the service alive, is it ready, and its figures."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, jsonify
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from prometheus_client import CONTENT_TYPE_LATEST

from buildpacks.errors import Failure
from buildsvc.doors.http import auth
from buildsvc.doors.http.metrics import Metrics
from buildsvc.model.access import Role
from buildsvc.usecases.site import Site

_SIGNED_IN: Final[list[dict[str, list[Any]]]] = [{"token": []}, {"session": []}]
_READY: Final[dict[str, Any]] = {
    "description": "`status`, `faults` by name, and the seconds since the observer last looked",
    "content": {"application/json": {"schema": {"type": "object"}}},
}


def mount(app: OpenAPI, site: Site, metrics: Metrics) -> None:
    """Add `/healthz`, `/readyz` and `/metrics`."""

    @auth.is_open
    def healthz() -> Response:
        return jsonify(status="alive")

    @auth.is_open
    def readyz() -> tuple[Response, int]:
        faults, age = _faults(site)
        return jsonify(status="not ready" if faults else "ready", faults=faults, observation_age=age), (
            503 if faults else 200
        )

    @auth.needs(Role.VIEWER)
    def figures() -> Response:
        auth.reach_all()
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    tags = [Tag(name="health", description="For what watches the service")]
    app.get("/healthz", summary="The process lives; needs no token", tags=tags)(healthz)
    app.get(
        "/readyz",
        summary="Ledger, Redis and observer answer; 503 with what does not. Needs no token",
        tags=tags,
        responses={200: _READY, 503: _READY},
    )(readyz)
    app.get("/metrics", summary="Figures for Prometheus", tags=tags, security=_SIGNED_IN)(figures)


def _faults(site: Site) -> tuple[list[str], float | None]:
    """What is missing, by name only (this answers anybody), and the seconds since the observer last looked."""
    faults = []
    age = None
    try:
        snapshots = site.ledger.snapshots()
        age = min(((site.clock.now() - one.at).total_seconds() for one in snapshots), default=None)
    except Failure:
        faults.append("ledger")
    if not site.feed.nudge("ready"):
        faults.append("redis")
    return faults, age
