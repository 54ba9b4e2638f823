"""SIGTERM and SIGINT as an event. A thread waits for the signals: no handler ever runs in the middle of work."""

from __future__ import annotations

import logging
import signal
import threading

REQUESTS_END = 5
"""Seconds that requests have to end when we stop; event streams are simply taken up again by their readers."""
WORK_ENDS = 20.0
"""Seconds that running work has to come to an end of its own; then it is left to recovery, which is made for it."""
SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})

log = logging.getLogger(__name__)


def stop_on_signals() -> threading.Event:
    """Give an event that is set by the first SIGTERM or SIGINT. Call it in the main thread, before others start.

    The signals are blocked in every thread: `threading.Event.set` inside a handler can meet the lock that the
    interrupted thread holds, and would wait for ever.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    stop = threading.Event()

    def wait() -> None:
        number = signal.sigwait(SIGNALS)
        log.info("%s: stopping", signal.Signals(number).name)
        stop.set()

    threading.Thread(target=wait, name="signals", daemon=True).start()
    return stop
