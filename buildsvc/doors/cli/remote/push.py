"""`buildsvc push`: upload a jar and watch it go live."""

from __future__ import annotations

from pathlib import Path

import click

from buildsvc.doors.cli.libraries import as_archive
from buildsvc.doors.cli.remote.follow import closing_line, detach_option, follow_until
from buildsvc.doors.cli.remote.session import open_client
from buildsvc.doors.cli.remote.shown_live import UploadProgress
from buildsvc.doors.cli.screen import dump_line, failures_end_it, in_words, json_option, line, note
from buildsvc.doors.cli.taught import Taught
from buildsvc.model.api import Accepted


@click.command(
    cls=Taught,
    example=(
        "buildsvc push target/order-service-1.4.2.jar\n"
        "buildsvc push app.jar --app shop --component order\n"
        "buildsvc push target/thin.jar --libs target/lib\n"
        "buildsvc push --libs lib.zip --component order\n"
        "buildsvc push app.jar --json | jq -r .event.kind"
    ),
)
@click.argument("jar", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--libs",
    "libraries",
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
)
@click.option("--app", "application", metavar="APP")
@click.option("--component", metavar="NAME")
@click.option("--force", is_flag=True)
@click.option("--anyway", is_flag=True)
@click.option("--accept-gap", is_flag=True)
@detach_option
@click.option("--soak", is_flag=True)
@json_option
@failures_end_it
def push(
    jar: Path | None,
    *,
    libraries: Path | None,
    application: str | None,
    component: str | None,
    force: bool,
    anyway: bool,
    accept_gap: bool,
    detach: bool,
    soak: bool,
    as_json: bool,
) -> None:
    """Upload JAR, build an image of it, and replace its component."""
    name = " and ".join(file.name for file in (jar, libraries) if file is not None)
    if not name:
        raise click.UsageError(in_words("said.name-a-jar"))
    with open_client() as client:
        with as_archive(libraries) as packed, UploadProgress(name, quiet=as_json) as progress:
            accepted = client.push(
                jar,
                libraries=packed,
                application=application,
                component=component,
                force=force,
                anyway=anyway,
                accept_gap=accept_gap,
                progress=progress,
            )
        if as_json:
            dump_line(accepted)
        else:
            _introduce(jar, libraries, accepted)
        if accepted.deployment is None:
            if not as_json:
                line(accepted.message)
            return
        if detach:
            if not as_json:
                line(in_words("said.accepted", deployment=accepted.deployment.id))
            return
        outcome = follow_until(client, accepted.deployment, as_json=as_json, soak=soak)
    if not as_json:
        line(closing_line(accepted.deployment, outcome))


def _introduce(jar: Path | None, libraries: Path | None, accepted: Accepted) -> None:
    names = [file.name for file in (jar, libraries) if file is not None]
    note(
        in_words(
            "said.for-one" if len(names) == 1 else "said.for-several",
            names=names,
            component=accepted.component,
            application=accepted.application,
            by=accepted.matched_by,
        )
    )
