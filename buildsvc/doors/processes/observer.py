"""The observer: writes what really runs into the ledger, whenever the engine reports a change and every few seconds."""

from __future__ import annotations

import logging
import threading

from buildpacks.errors import Failure
from buildsvc import wiring
from buildsvc.doors.checkup import last_checkup
from buildsvc.doors.checkup.examining import examine
from buildsvc.doors.stopping import stop_on_signals
from buildsvc.settings.settings import Settings
from buildsvc.usecases.look import engine_facts, metering, observe
from buildsvc.usecases.site import Workshop
from buildsvc.usecases.tend import webhooks

LOOK_EVERY = 5.0
"""Seconds between two looks when nothing was reported."""
TELL_EVERY = 3.0
"""Seconds between two looks for what webhooks have to be told."""
CHECK_EVERY = 3.0
"""Seconds between two looks at whether this server itself has to be looked at."""
GATHER = 0.2
"""Seconds in which a burst of changes becomes one look."""

log = logging.getLogger(__name__)


def keep_observing(settings: Settings, stop: threading.Event | None = None) -> None:
    """Observe until `stop` (SIGTERM or SIGINT when it is not given)."""
    stop = stop or stop_on_signals()
    workshop = wiring.open_workshop(settings, name="observer")
    try:
        watch(workshop, stop)
    finally:
        wiring.close(workshop.site)


def watch(workshop: Workshop, stop: threading.Event, every: float = LOOK_EVERY) -> None:
    """Look at once, then on each change and every `every` seconds. An engine that is away only makes looks say so."""
    changed = threading.Event()
    threading.Thread(target=_listen, args=(workshop, changed, stop, every), name="changes", daemon=True).start()
    threading.Thread(target=_relay, args=(stop, changed), name="relay", daemon=True).start()
    threading.Thread(target=_meter, args=(workshop, stop), name="meter", daemon=True).start()
    threading.Thread(target=_check_up, args=(workshop, stop), name="checkup", daemon=True).start()
    threading.Thread(target=_tell_webhooks, args=(workshop, stop), name="webhooks", daemon=True).start()
    trouble = ""
    while not stop.is_set():
        changed.clear()
        trouble = _look(workshop, trouble)
        if changed.wait(every):
            stop.wait(GATHER)


def _look(workshop: Workshop, trouble: str) -> str:
    """Look once; what goes wrong is logged when it is new, and returned."""
    try:
        observe.look(workshop)
    except Failure as failure:
        if str(failure) != trouble:
            log.warning("looking: %s", failure)
        return str(failure)
    except Exception as defect:
        log.exception("looking")
        return repr(defect)
    if trouble:
        log.info("looking works again")
    return ""


def _listen(workshop: Workshop, changed: threading.Event, stop: threading.Event, every: float) -> None:
    """Pass the engine's changes on; when it goes away, ask again every few seconds."""
    while not stop.is_set():
        try:
            for _ in workshop.engine.changes():
                changed.set()
                if stop.is_set():
                    return
        except Failure as failure:
            log.debug("changes: %s", failure)
        except Exception:
            log.exception("changes")
        stop.wait(every)


def _meter(workshop: Workshop, stop: threading.Event) -> None:
    """Read what instances use, aside of the looks: sixty of them take the engine a while."""
    while not stop.wait(metering.EVERY):
        try:
            metering.read_usage(workshop)
        except Failure as failure:
            log.debug("usage: %s", failure)
        except Exception:
            log.exception("usage")


def _tell_webhooks(workshop: Workshop, stop: threading.Event) -> None:
    """Tell them how deployments ended, in a thread of its own: some answer late."""
    while not stop.wait(TELL_EVERY):
        try:
            webhooks.tell_all(workshop.site)
        except Failure as failure:
            log.warning("webhooks: %s", failure)
        except Exception:
            log.exception("webhooks")


def _check_up(workshop: Workshop, stop: threading.Event) -> None:
    """Look at the server itself, now and then and when somebody asks; aside, because a directory answers late."""
    while not stop.wait(CHECK_EVERY):
        try:
            if last_checkup.is_due(workshop.site):
                engine_facts.keep_facts(workshop)
                last_checkup.keep(workshop.site, examine(workshop.site.settings))
        except Failure as failure:
            log.warning("checkup: %s", failure)
        except Exception:
            log.exception("checkup")


def _relay(stop: threading.Event, changed: threading.Event) -> None:
    stop.wait()
    changed.set()
