"""`buildsvc push`: upload a jar and watch it go live."""

from __future__ import annotations

from pathlib import Path

import click

from buildsvc.doors.cli.libraries import as_archive
from buildsvc.doors.cli.remote.follow import closing_line, follow_until
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
    help="The libraries that the Class-Path of a thin jar names: a folder, a zip or a tar.gz. Without JAR they replace "
    "those of the component's last artifact, or are kept for its next jar.",
)
@click.option("--app", "application", metavar="APP", help="The application; otherwise the jar itself says whose it is.")
@click.option("--component", metavar="NAME", help="The component to replace; otherwise found from the jar.")
@click.option("--force", is_flag=True, help="Deploy even when these very bytes are live already.")
@click.option("--anyway", is_flag=True, help="Deploy even where the jar says that it is another component's.")
@click.option("--detach", is_flag=True, help="Return once the upload is accepted.")
@click.option("--soak", is_flag=True, help="Wait until the former release has been stopped too.")
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
    detach: bool,
    soak: bool,
    as_json: bool,
) -> None:
    """Upload JAR, build an image of it, and replace its component. Returns once the new release answers requests.

    While the new release starts, the former one goes on serving; if the new one does not become healthy, it is taken
    away and nothing has changed (exit status 1). Ctrl-C detaches: the deployment goes on.

    A thin jar alone is enough where the service knows its libraries: those that the component had last, or that were
    pushed before.
    """
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
