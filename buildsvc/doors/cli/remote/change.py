"""The commands that change what runs without a new jar: undo, rollback, cancel, remove."""

from __future__ import annotations

import click

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.doors.cli.remote.bring import roll_back
from buildsvc.doors.cli.remote.client import Client
from buildsvc.doors.cli.remote.data_asked import data_options
from buildsvc.doors.cli.remote.follow import closing_line, detach_option, see_through
from buildsvc.doors.cli.remote.listening import follow
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.version_calls import Wish
from buildsvc.doors.cli.screen import dump, failures_end_it, in_words, json_option, line, note, require_yes
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.deployment import Deployment, Phase


@click.command(cls=Taught, example="buildsvc undo shop order")
@click.argument("app")
@click.argument("component")
@detach_option
@json_option
@failures_end_it
def undo(app: str, component: str, *, detach: bool, as_json: bool) -> None:
    """Take the last change of COMPONENT of APP back: the release that was live before serves again."""
    with open_client() as client:
        accepted = client.undo(app, component)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=False)
    if accepted.deployment is not None and outcome is not None and not as_json:
        line(closing_line(accepted.deployment, outcome))


@click.command(
    cls=Taught,
    example=(
        "buildsvc rollback shop order            the release that was live before\n"
        "buildsvc rollback shop order --to 3\n"
        "buildsvc rollback shop --to 1.3.0      the whole application, to a version\n"
        "buildsvc rollback shop --to 1.3.0 --plan"
    ),
)
@click.argument("app")
@click.argument("component", required=False)
@click.option("--to", metavar="N|VERSION")
@click.option("--plan", is_flag=True)
@data_options
@detach_option
@json_option
@failures_end_it
def rollback(
    app: str,
    component: str | None,
    *,
    to: str | None,
    plan: bool,
    without_backup: tuple[str, ...],
    restored: tuple[str, ...],
    detach: bool,
    as_json: bool,
) -> None:
    """Bring an earlier release of COMPONENT of APP back: its image and the whole specification it ran with."""
    with open_client() as client:
        if component is None and to is not None:
            wish = Wish(app, to, "rollback", without_backup=without_backup, restored=restored)
            roll_back(client, wish, plan=plan, detach=detach, as_json=as_json)
            return
        if component is None:
            names = ", ".join(part.name for part in client.application(app).components if part.kind == "jar")
            raise Refused("component-missing", app=app, names=names)
        if plan:
            raise Refused("plan-of-component", component=component)
        accepted = client.rollback(app, component, _release(to), restored)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=False)
    if accepted.deployment is not None and outcome is not None and not as_json:
        line(closing_line(accepted.deployment, outcome))


def _release(to: str | None) -> int | None:
    if to is None:
        return None
    if not to.isdecimal() or int(to) == 0:
        raise Refused("bad-release.number", to=to)
    return int(to)


@click.command(cls=Taught, example="buildsvc cancel 0199c2f4-7c0e-7d11-9a55-2f6f0c1c7a10")
@click.argument("deployment")
@detach_option
@json_option
@failures_end_it
def cancel(deployment: str, *, detach: bool, as_json: bool) -> None:
    """Stop DEPLOYMENT (its id) before its switch; the former release serves on."""
    with open_client() as client:
        now = client.cancel(deployment)
        if not now.phase.ended and not detach:
            if not as_json:
                note(in_words("said.asked-to-stop", phase=sentence(f"phase.{now.phase}")))
            now = _end_of(client, deployment)
    if as_json:
        dump(now)
    else:
        line(_how_it_ended(now))
    if (now.phase.ended and now.phase is not Phase.CANCELLED) or now.phase.serving:
        raise click.exceptions.Exit(1)


def _end_of(client: Client, deployment: str) -> Deployment:
    for _ in follow(client, deployment):
        now = client.deployment(deployment)
        if now.phase.ended or now.phase.serving:
            return now
    return client.deployment(deployment)


def _how_it_ended(now: Deployment) -> str:
    thing, phase = now.component or now.application, sentence(f"phase.{now.phase}")
    if now.phase is Phase.CANCELLED:
        return in_words("said.cancelled", thing=thing, why=now.error_message or "")
    if now.phase.serving:
        return in_words("said.too-late", thing=thing, phase=phase, application=now.application, component=now.component)
    if now.phase.ended:
        return in_words("said.ended-by-itself", thing=thing, phase=phase, why=now.error_message or "")
    return in_words("said.still-stopping", thing=thing, phase=phase, deployment=now.id)


@click.command(cls=Taught, example="buildsvc remove shop")
@click.argument("app")
@click.option("--yes", is_flag=True)
@detach_option
@json_option
@failures_end_it
def remove(app: str, *, yes: bool, detach: bool, as_json: bool) -> None:
    """Stop and remove every container and network of APP."""
    with open_client() as client:
        view = client.application(app)
        if not yes:
            require_yes(in_words("said.remove-it", application=app, count=len(view.components)))
        accepted = client.remove(app)
        outcome = see_through(client, accepted, detach=detach, as_json=as_json, soak=True)
    if outcome is not None and not as_json:
        line(in_words("said.removed", application=app))
