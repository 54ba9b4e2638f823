"""The commands that let components stand still and run again: stop, start, restart."""

from __future__ import annotations

import click

from buildpacks.errors import Conflict
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.follow import detach_option, see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import failures_end_it, in_words, json_option, line
from buildsvc.doors.cli.taught import Taught


@click.command(cls=Taught, example="buildsvc stop shop order\nbuildsvc stop shop --minutes 90")
@click.argument("app")
@click.argument("component", required=False)
@click.option("--minutes", metavar="N", type=click.FloatRange(min=0, min_open=True))
@detach_option
@json_option
@failures_end_it
def stop(app: str, component: str | None, *, minutes: float | None, detach: bool, as_json: bool) -> None:
    """Stop COMPONENT of APP, or all of its components."""
    with open_client() as client:
        accepted = client.stop(app, component, None if minutes is None else minutes * 60)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.stopped", thing=component or app, application=app, component=component or ""))


@click.command(cls=Taught, example="buildsvc start shop order")
@click.argument("app")
@click.argument("component", required=False)
@detach_option
@json_option
@failures_end_it
def start(app: str, component: str | None, *, detach: bool, as_json: bool) -> None:
    """Start COMPONENT of APP again, or all that does not run: gateways, image components, the live releases."""
    with open_client() as client:
        accepted = client.start(app, component)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.started", thing=component or app))


@click.command(cls=Taught, example="buildsvc restart shop order\nbuildsvc restart shop --reason 'new certificate'")
@click.argument("app")
@click.argument("component", required=False)
@click.option("--reason", default="")
@detach_option
@json_option
@failures_end_it
def restart(app: str, component: str | None, *, reason: str, detach: bool, as_json: bool) -> None:
    """Restart COMPONENT of APP, or all of its jar components that serve, one after the other."""
    with open_client() as client:
        for name in (component,) if component else _serving(client, app):
            accepted = client.restart(app, name, reason)
            outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=False)
            if outcome is not None and not as_json:
                line(in_words("said.restarted", thing=name))


def _serving(client: Client, app: str) -> tuple[str, ...]:
    """Return the jar components that have a live release. Raises Conflict where there is none."""
    found = tuple(one.name for one in client.application(app).components if one.kind == "jar" and one.release)
    if not found:
        raise Conflict("nothing-to-restart", component="", application=app)
    return found
