"""Is the service alive, is it ready, and its figures."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST

from buildpacks.errors import Failure
from buildsvc.doors.http import auth
from buildsvc.doors.http.metrics import Metrics
from buildsvc.model.access import Role
from buildsvc.usecases.site import Site


def mount(app: Flask, site: Site, metrics: Metrics) -> None:
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

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", figures)


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
