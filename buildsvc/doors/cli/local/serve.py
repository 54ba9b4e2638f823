"""The commands that run one process each: web, worker, observer, watch."""

from __future__ import annotations

import click

from buildsvc.doors.cli.screen import failures_end_it
from buildsvc.doors.cli.taught import Taught
from buildsvc.doors.folder.watch import keep_watching
from buildsvc.doors.http.server import serve
from buildsvc.doors.processes.forking import log_to
from buildsvc.doors.processes.observer import keep_observing
from buildsvc.doors.processes.worker import work
from buildsvc.settings.reading import read


@click.command(cls=Taught, example="buildsvc web")
@failures_end_it
def web() -> None:
    """Run the web process alone, in the foreground, for a process manager of your own."""
    settings = read()
    log_to("web", None, settings.log_level)
    serve(settings)


@click.command(cls=Taught, example="buildsvc worker --number 2")
@click.option("--number", metavar="N", type=click.IntRange(min=1), default=1, show_default=True)
@failures_end_it
def worker(*, number: int) -> None:
    """Run one worker alone."""
    settings = read()
    log_to(f"worker-{number}", None, settings.log_level)
    work(settings, number)


@click.command(cls=Taught, example="buildsvc observer")
@failures_end_it
def observer() -> None:
    """Run the observer alone: it writes what really runs into the ledger."""
    settings = read()
    log_to("observer", None, settings.log_level)
    keep_observing(settings)


@click.command(cls=Taught, example="buildsvc watch")
@failures_end_it
def watch() -> None:
    """Run the folder watcher alone."""
    settings = read()
    log_to("watch", None, settings.log_level)
    keep_watching(settings)
