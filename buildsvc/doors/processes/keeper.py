"""Workers, observer and watcher in one process, as `up` runs them: mostly they wait, and each process costs 30 MB."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from buildsvc.doors.folder.watch import keep_watching
from buildsvc.doors.processes.observer import keep_observing
from buildsvc.doors.processes.worker import work
from buildsvc.doors.stopping import stop_on_signals
from buildsvc.settings.settings import Settings

log = logging.getLogger(__name__)


def keep(settings: Settings, stop: threading.Event | None = None) -> None:
    """Run them until `stop` (SIGTERM or SIGINT when it is not given). When one ends by a defect all do: whoever
    supervises this process starts it anew.
    """
    stop = stop or stop_on_signals()
    lost: list[BaseException] = []

    def run(part: Callable[[], None], name: str) -> None:
        try:
            part()
        except Exception as error:
            log.exception("%s", name)
            lost.append(error)
        finally:
            stop.set()

    beside = [
        threading.Thread(target=run, args=(partial(part, settings, stop), name), name=name)
        for name, part in (("observe", keep_observing), ("watch", keep_watching))
    ]
    for thread in beside:
        thread.start()
    run(partial(work, settings, 1, stop, hands=settings.workers), "work")
    for thread in beside:
        thread.join()
    if lost:
        raise lost[0]
