"""A worker: takes deployments from the queue, tends what others lost, and streams logs to whoever asked.

`run_deployment` and `follow_logs` are what jobs name; they find the process's workshop where `main` put it.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from buildpacks.errors import Failure, no_room
from buildsvc import wiring
from buildsvc.doors.front import certificate
from buildsvc.doors.memory import give_back_memory
from buildsvc.doors.stopping import WORK_ENDS, stop_on_signals
from buildsvc.live.jobs import FOLLOWS
from buildsvc.settings.settings import Settings
from buildsvc.store.journal import Interrupted
from buildsvc.usecases.aside import class_archiving, part_listing, sbom
from buildsvc.usecases.look import logs
from buildsvc.usecases.people import auditing
from buildsvc.usecases.perform import perform
from buildsvc.usecases.site import Workshop
from buildsvc.usecases.tend import backups, forecast, patrol, pruning, recovery, surroundings
from buildsvc.usecases.tend.steward import Steward

TEND_EVERY = 2.0
"""Seconds between two looks at what is interrupted, queued or soaking."""
ASIDE_EVERY = 5.0
"""Seconds between two steps of what no push waits for: bills of materials, CDS archives. One worker does it."""
PATROL_EVERY = 600.0
"""Seconds between two questions whether a round over everything that is kept is due. One worker goes it."""
AROUND_EVERY = 60.0
"""Seconds between two looks at what runs out, and whether a backup or pruning is due. One worker looks."""
STEWARD_EVERY = 3.0
"""Seconds between two comparisons of what is to run with what runs. One worker does it."""
FOLLOWERS = 16
"""Logs that one worker streams at a time."""

log = logging.getLogger(__name__)


@dataclass
class _Bench:
    """The process's workshop: a job is only a name and an id, so what it works with has to be found."""

    workshop: Workshop | None = None
    followers: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(FOLLOWERS))


_bench = _Bench()


def work(settings: Settings, number: int = 1, stop: threading.Event | None = None, *, hands: int = 1) -> None:
    """Work until `stop` (SIGTERM or SIGINT when it is not given), on `hands` deployments at a time. Connections are
    opened here, behind the fork.
    """
    name = f"worker-{number}"
    stop = stop or stop_on_signals()
    workshop = wiring.open_workshop(settings, name=name, stopping=stop.is_set)
    _bench.workshop = workshop
    beside = [_start(partial(_tend, workshop, stop), "recovery")]
    if number == 1:
        beside.append(_start(partial(_work_aside, workshop, stop), "aside"))
        beside.append(_start(partial(_patrol, workshop, stop), "patrol"))
        beside.append(_start(partial(_look_around, workshop, stop), "surroundings"))
        beside.append(_start(partial(_keep_running, workshop, stop), "steward"))
    _start(partial(_end_late_work, stop), "ender")
    log.info("%s is ready", name)
    try:
        _start(partial(workshop.site.jobs.work, f"{name}-logs", stop.is_set, queue=FOLLOWS, pause=stop.wait), "follows")
        _with_hands(workshop, name, stop, hands)
    finally:
        stop.set()
        for thread in beside:
            thread.join(WORK_ENDS)
        wiring.close(workshop.site)
    log.info("%s has ended", name)


def _start(run: Callable[[], None], name: str) -> threading.Thread:
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def _with_hands(workshop: Workshop, name: str, stop: threading.Event, hands: int) -> None:
    """Take deployments off the queue with each hand: mostly they wait for programs to start, so threads will do."""
    others = [
        _start(partial(workshop.site.jobs.work, f"{name}-{hand}", stop.is_set, pause=stop.wait), f"hand-{hand}")
        for hand in range(2, hands + 1)
    ]
    workshop.site.jobs.work(f"{name}-1", stop.is_set, pause=stop.wait)
    for other in others:
        other.join()


def run_deployment(deployment_id: str) -> None:
    """Job: take one deployment as far as it goes."""
    try:
        perform(_workshop(), deployment_id)
    except Interrupted as interrupted:
        log.info("stopping: %s", interrupted)
    finally:
        give_back_memory()


def follow_logs(application: str, component: str, channel: str, tail: int, follow: bool) -> None:
    """Job: stream a component's log into the feed, in a thread, so that the worker is free for the next at once."""
    workshop = _workshop()
    if not _bench.followers.acquire(blocking=False):
        log.warning("no log follower is free for %s of %s", component, application)
        return

    def stream() -> None:
        try:
            logs.follow(workshop, application, component, channel, follow=follow, tail=tail)
        except Failure as failure:
            log.warning("log of %s of %s: %s", component, application, failure)
        finally:
            _bench.followers.release()

    _start(stream, f"logs-{component}")


def _workshop() -> Workshop:
    if _bench.workshop is None:
        raise Failure("no-workshop")
    return _bench.workshop


def _tend(workshop: Workshop, stop: threading.Event) -> None:
    _again_and_again(recovery.tend, workshop, stop, TEND_EVERY)


def _keep_running(workshop: Workshop, stop: threading.Event) -> None:
    steward = Steward()
    _again_and_again(lambda workshop: steward.tend(workshop.site), workshop, stop, STEWARD_EVERY)


def _work_aside(workshop: Workshop, stop: threading.Event) -> None:
    def look(workshop: Workshop) -> None:
        sbom.tend(workshop)
        class_archiving.tend(workshop)
        part_listing.tend(workshop.site)
        # Either may have been large work, and on most sites nothing follows for hours.
        give_back_memory()

    _again_and_again(look, workshop, stop, ASIDE_EVERY)


def _look_around(workshop: Workshop, stop: threading.Event) -> None:
    settings = workshop.site.settings

    def ends() -> datetime | None:
        served = settings.served_certificate
        return certificate.read(served).not_valid_after_utc if served is not None and served.exists() else None

    def look(workshop: Workshop) -> None:
        backups.tend(workshop.site)
        forecast.sample(workshop.site, shutil.disk_usage(settings.data).free)
        surroundings.look(workshop.site, lambda: shutil.disk_usage(settings.data).free, ends)
        # The last: whatever keeps it from its work keeps no notice.
        pruning.tend(workshop)

    _again_and_again(look, workshop, stop, AROUND_EVERY)


def _patrol(workshop: Workshop, stop: threading.Event) -> None:
    def look(workshop: Workshop) -> None:
        auditing.cut_old(workshop.site)
        patrol.patrol(workshop.site, stop.wait)

    _again_and_again(look, workshop, stop, PATROL_EVERY)


def _again_and_again(look: Callable[[Workshop], None], workshop: Workshop, stop: threading.Event, pause: float) -> None:
    """Go on whatever one pass raises: a steward that died would leave interrupted work lying."""
    while not stop.is_set():
        try:
            look(workshop)
        except Interrupted:
            return
        except Failure as failure:
            log.warning("tending: %s", failure)
        except Exception as defect:
            full = no_room(defect)
            if full is None:
                log.exception("tending")
            else:
                log.warning("tending: %s", full)
        stop.wait(pause)


def _end_late_work(stop: threading.Event) -> None:
    stop.wait()
    threading.Event().wait(WORK_ENDS)
    log.warning("work is still going on after %.0f s; it is taken up again at the next start", WORK_ENDS)
    logging.shutdown()
    os._exit(0)
