"""Keep a set of processes alive, restart them with back-off, and end them in order, whatever it is that they do."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from buildsvc.doors.processes.forking import UNBLOCKED, fork, fork_together

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""Seconds of life after which a process counts as healthy again and its back-off starts anew."""
TICK = 0.25

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One process to keep alive. Stages end one after the other, the lowest first; `grace` in seconds, then SIGKILL."""

    name: str
    run: Callable[[], None]
    stage: int = 0
    grace: float = 10.0
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass
class Child:
    """A job's process: `pid` 0 while it waits for its restart at `due`."""

    job: Job
    pid: int = 0
    born: float = 0.0
    due: float = 0.0
    pause: float = FIRST_PAUSE
    deaths: int = 0


def pause_after(pause: float, lived: float) -> tuple[float, float]:
    """Decide how long to wait before a restart, and the pause after that one."""
    now = FIRST_PAUSE if lived >= STEADY else pause
    return now, min(LONGEST_PAUSE, now * 2)


@dataclass
class Supervisor:
    """Runs jobs until told to stop. `each_tick` is called in between; `logs` None keeps all logs on standard error."""

    jobs: list[Job]
    logs: Path | None
    each_tick: Callable[[], None] = lambda: None
    children: list[Child] = field(default_factory=list)

    def give_birth(self, load: Callable[[], None]) -> None:
        """Start all jobs out of one process that has run `load`. What is loaded there they share, as long as nobody
        writes to it, and this process is spared it. A job that is started again later loads what it needs alone.
        Raises the Failure of `load`; nothing runs then.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, UNBLOCKED)
        pids = fork_together({job.name: job.run for job in self.jobs}, load, self.logs)
        now = time.monotonic()
        self.children = [Child(job, pids[job.name], now) for job in self.jobs]
        for name, pid in pids.items():
            log.info("%s runs as %d", name, pid)

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT; returns the exit status: 0, or 1 when something had to be killed."""
        try:
            while True:
                self._start_due()
                self.each_tick()
                caught = signal.sigtimedwait(UNBLOCKED, TICK)
                self._reap()
                if caught is not None and caught.si_signo in {signal.SIGTERM, signal.SIGINT}:
                    return self._stop()
        except BaseException:
            self._kill_all()
            raise

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.pid == 0 and now >= child.due:
                child.pid = fork(child.job.name, child.job.run, self.logs)
                child.born = now
                log.info("%s runs as %d", child.job.name, child.pid)

    def _reap(self) -> None:
        """Take the exit status of every ended process, also of orphans that came to us (we may be PID 1)."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self.children:
                if child.pid == pid:
                    self._lost(child, os.waitstatus_to_exitcode(status))

    def _lost(self, child: Child, status: int) -> None:
        _kill_group(child.pid, signal.SIGKILL)
        lived = time.monotonic() - child.born
        wait, child.pause = pause_after(child.pause, lived)
        child.pid, child.due, child.deaths = 0, time.monotonic() + wait, child.deaths + 1
        log.warning(
            "%s ended (%s) after %.0f s; it is started again in %.1f s", child.job.name, _say(status), lived, wait
        )

    def _stop(self) -> int:
        log.info("stopping")
        killed = False
        for stage in sorted({child.job.stage for child in self.children}):
            ending = [child for child in self.children if child.job.stage == stage and child.pid]
            for child in ending:
                _kill(child.pid, child.job.stop_signal)
            killed = self._await_end(ending) or killed
        return int(killed)

    def _await_end(self, ending: list[Child]) -> bool:
        """Wait for these to end. A second signal, or the end of their grace, kills what is left; True when it did."""
        began = time.monotonic()
        killed = False
        while any(child.pid for child in ending):
            caught = signal.sigtimedwait(UNBLOCKED, TICK)
            impatient = caught is not None and caught.si_signo in {signal.SIGTERM, signal.SIGINT}
            for child in ending:
                if child.pid and (impatient or time.monotonic() - began > child.job.grace):
                    log.warning(
                        "%s did not end in time and is killed; it is put right at the next start", child.job.name
                    )
                    _kill(child.pid, signal.SIGKILL)
                    killed = True
            self._collect(ending)
        return killed

    def _collect(self, ending: list[Child]) -> None:
        for child in ending:
            if child.pid and os.waitpid(child.pid, os.WNOHANG)[0] == child.pid:
                _kill_group(child.pid, signal.SIGKILL)
                child.pid = 0

    def _kill_all(self) -> None:
        for child in self.children:
            if child.pid:
                _kill_group(child.pid, signal.SIGKILL)


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _kill_group(pid: int, number: signal.Signals) -> None:
    """Kill a child's whole group: it leads its own, and what it left behind there goes with it."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _say(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
