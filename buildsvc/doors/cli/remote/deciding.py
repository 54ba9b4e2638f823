"""The commands about what waits: deployments, approve, reject, early."""

from __future__ import annotations

import click

from buildsvc.doors.cli.columns import table
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.follow import closing_line, detach_option, follow_until
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import (
    dump,
    dump_line,
    failures_end_it,
    in_words,
    json_option,
    line,
    note,
    require_yes,
    since,
)
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.approval_views import ApprovalView
from buildsvc.model.deployment import Deployment

_NAMED = 20
"""Classes of each kind that are named on the screen."""


@click.command(cls=Taught, example="buildsvc deployments --waiting")
@click.option("--app", "application", metavar="APP")
@click.option("--waiting", is_flag=True)
@click.option("--limit", metavar="N", type=click.IntRange(1, 500), default=20, show_default=True)
@json_option
@failures_end_it
def deployments(*, application: str | None, waiting: bool, limit: int, as_json: bool) -> None:
    """List deployments, the newest first."""
    with open_client() as client:
        found = client.waiting(application, limit) if waiting else client.deployments(application, None, limit)
    if as_json:
        dump(found)
    elif not found:
        note(in_words("said.nothing-waits" if waiting else "said.no-deployment"))
    else:
        table(
            ("DEPLOYMENT", "APPLICATION", "COMPONENT", "CAUSE", "STANDS", "BY", "MADE"),
            [
                (one.id, one.application, one.component, one.cause, one.phase, one.actor, since(one.created))
                for one in found
            ],
        )


@click.command(cls=Taught, example="buildsvc approve 0199c2f4-7c0e-7d11-9a55-2f6f0c1c7a10")
@click.argument("deployment")
@click.option("--reason", default="")
@click.option("--yes", is_flag=True)
@detach_option
@json_option
@failures_end_it
def approve(deployment: str, *, reason: str, yes: bool, detach: bool, as_json: bool) -> None:
    """Show what DEPLOYMENT (its id) changes, and let it go on to its switch."""
    with open_client() as client:
        seen = client.approval(deployment)
        if not as_json:
            _show(seen)
        if not yes:
            require_yes(in_words("said.let-it-replace", component=seen.deployment.component))
        now = client.decide(deployment, "approve", live=seen.live, reason=reason)
        _see_through(client, now, detach=detach, as_json=as_json)


@click.command(cls=Taught, example='buildsvc reject 0199c2f4-7c0e-7d11-9a55-2f6f0c1c7a10 --reason "tests are red"')
@click.argument("deployment")
@click.option("--reason", required=True)
@json_option
@failures_end_it
def reject(deployment: str, *, reason: str, as_json: bool) -> None:
    """Turn DEPLOYMENT (its id) away; what runs goes on."""
    with open_client() as client:
        now = client.decide(deployment, "reject", reason=reason)
    if as_json:
        dump(now)
    else:
        line(in_words("said.rejected", actor=now.actor, component=now.component, application=now.application))


@click.command(cls=Taught, example='buildsvc early 0199c2f4-7c0e-7d11-9a55-2f6f0c1c7a10 --reason "the shop is down"')
@click.argument("deployment")
@click.option("--reason", required=True)
@detach_option
@json_option
@failures_end_it
def early(deployment: str, *, reason: str, detach: bool, as_json: bool) -> None:
    """Let DEPLOYMENT (its id), which waits for a maintenance window, go on now."""
    with open_client() as client:
        now = client.let_go_early(deployment, reason)
        _see_through(client, now, detach=detach, as_json=as_json)


def _see_through(client: Client, now: Deployment, *, detach: bool, as_json: bool) -> None:
    """Show what was let go on until it serves."""
    if as_json:
        dump_line(now)
    if detach:
        return
    outcome = follow_until(client, now, as_json=as_json, soak=False)
    if not as_json:
        line(closing_line(now, outcome))


def _show(seen: ApprovalView) -> None:
    one = seen.deployment
    line(
        in_words(
            "said.pushed-by",
            component=one.component,
            application=one.application,
            actor=one.actor,
            made=since(one.created),
        )
    )
    line(seen.says)
    for what, names in (
        ("said.class-changed", seen.classes_changed),
        ("said.class-added", seen.classes_added),
        ("said.class-removed", seen.classes_removed),
    ):
        for name in names[:_NAMED]:
            line(in_words(what, name=name, more=""))
        if len(names) > _NAMED:
            line(in_words(what, name="", more=len(names) - _NAMED))
