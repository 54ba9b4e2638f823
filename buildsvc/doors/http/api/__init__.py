"""The HTTP API, one module a subject. `mount` puts all of it below `/api`, with its OpenAPI document."""

from __future__ import annotations

import functools

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.openapi import OpenAPI

from buildsvc.doors.http.api import (
    about,
    applications,
    approvals,
    artifacts,
    audits,
    bundles,
    checkups,
    composed_projects,
    configured_by_site,
    data_routes,
    deployments,
    histories,
    inventories,
    new_components,
    oneself,
    outlines,
    persons,
    policies,
    providers,
    restarts,
    rooms,
    sessions,
    site_keys,
    tokens,
    tus,
    uploads,
    usages,
    versions,
    webhooks_shown,
    wordlists,
)

__all__ = ["mount"]


def mount(app: OpenAPI) -> None:
    """Add every route to the application."""
    for routes in _routes():
        app.register_api(routes)
    app.register_api(about.routes(app))


@functools.cache
def _routes() -> tuple[APIBlueprint, ...]:
    """Give the routes of every subject: they know no application, and describing them takes a third of a second."""
    subjects = (
        artifacts,
        outlines,
        histories,
        uploads,
        tus,
        deployments,
        approvals,
        applications,
        composed_projects,
        usages,
        versions,
        bundles,
        data_routes,
        policies,
        tokens,
        sessions,
        providers,
        audits,
        configured_by_site,
        new_components,
        restarts,
        rooms,
        checkups,
        inventories,
        site_keys,
        webhooks_shown,
        wordlists,
        oneself,
        persons,
    )
    return tuple(subject.routes() for subject in subjects)
