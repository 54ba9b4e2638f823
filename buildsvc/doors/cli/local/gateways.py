"""`buildsvc gateway upgrade`: the one command that interrupts, and says so."""

from __future__ import annotations

import time

import click

from buildsvc import wiring
from buildsvc.doors import words
from buildsvc.doors.cli.screen import failures_end_it, in_words, line, note, require_yes
from buildsvc.doors.cli.taught import Family, Taught
from buildsvc.model.events import Event
from buildsvc.settings.reading import read
from buildsvc.settings.spoken import read_language
from buildsvc.usecases.apply.run import upgrade_gateways


@click.group(cls=Family)
def gateway() -> None:
    """Replace the gateways of an application."""


@gateway.command(cls=Taught, example="buildsvc gateway upgrade shop")
@click.argument("app")
@click.option("--yes", is_flag=True)
@failures_end_it
def upgrade(app: str, *, yes: bool) -> None:
    """Replace the gateways of APP by the newest gateway image in the cache."""
    workshop = wiring.open_workshop(read(), name="gateway-upgrade")
    try:
        stored = workshop.site.ledger.application(app)
        names = ", ".join(part.name for part in stored.application.jar_components)
        if not yes:
            require_yes(in_words("said.interrupts", names=names, application=app))

        def publish(event: Event) -> None:
            note(words.tell(event, language))

        began, language = time.monotonic(), read_language()
        upgrade_gateways(workshop, app, publish)
        line(in_words("said.gateways-replaced", application=app, seconds=time.monotonic() - began))
    finally:
        wiring.close(workshop.site)
