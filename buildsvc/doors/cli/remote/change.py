"""The commands that change what runs without a new jar: rollback, remove."""

from __future__ import annotations

import click

from buildpacks.errors import Refused
from buildsvc.doors.cli.remote.follow import closing_line, see_through
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.screen import failures_end_it, json_option, line
from buildsvc.doors.cli.taught import Taught


@click.command(
    cls=Taught,
    example=(
        "buildsvc rollback shop order            the release that was live before\nbuildsvc rollback shop order --to 3"
    ),
)
@click.argument("app")
@click.argument("component", required=False)
@click.option("--to", type=click.IntRange(min=1), metavar="N", help="The release to go to; otherwise the one before.")
@click.option("--detach", is_flag=True, help="Return at once.")
@json_option
@failures_end_it
def rollback(app: str, component: str | None, *, to: int | None, detach: bool, as_json: bool) -> None:
    """Bring an earlier release of COMPONENT of APP back: its image and the whole specification it ran with.

    It is a swap like any other: the new instance must be healthy before the old one goes. Secrets keep today's values.
    """
    with open_client() as client:
        if component is None:
            names = ", ".join(part.name for part in client.application(app).components if part.kind == "jar")
            raise Refused(
                "component-missing",
                f"Name the component of {app} to roll back; a whole application cannot be rolled back yet.",
                f"buildsvc rollback {app} COMPONENT, which is one of: {names or '(it has no jar component)'}.",
            )
        accepted = client.rollback(app, component, to)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=False)
    if accepted.deployment is not None and outcome is not None and not as_json:
        line(closing_line(accepted.deployment, outcome))


@click.command(cls=Taught, example="buildsvc remove shop")
@click.argument("app")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--detach", is_flag=True, help="Return at once.")
@json_option
@failures_end_it
def remove(app: str, *, yes: bool, detach: bool, as_json: bool) -> None:
    """Stop and remove every container and network of APP. Its volumes stay."""
    with open_client() as client:
        view = client.application(app)
        if not yes:
            question = f"Remove {app} with its {len(view.components)} components (volumes stay)?"
            click.confirm(question, abort=True, err=True)
        accepted = client.remove(app)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(f"{app} is removed; its volumes stay.")
