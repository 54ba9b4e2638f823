"""Observer and watcher in one process, as `up` runs them: both mostly wait, and each process costs 15 MB."""

from __future__ import annotations

import logging
import threading

from buildsvc.doors import observer, watch
from buildsvc.doors.stopping import stop_on_signals
from buildsvc.settings import Settings

log = logging.getLogger(__name__)


def main(settings: Settings, stop: threading.Event | None = None) -> None:
    """Run both until `stop` (SIGTERM or SIGINT when it is not given). When one ends by a defect both do: whoever
    supervises this process starts it anew.
    """
    stop = stop or stop_on_signals()
    lost: list[BaseException] = []

    def watching() -> None:
        try:
            watch.main(settings, stop)
        except Exception as error:
            log.exception("watch")
            lost.append(error)
            stop.set()

    watcher = threading.Thread(target=watching, name="watch")
    watcher.start()
    try:
        observer.main(settings, stop)
    finally:
        stop.set()
        watcher.join()
    if lost:
        raise lost[0]
