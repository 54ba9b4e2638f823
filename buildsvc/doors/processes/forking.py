"""One forked process of ours: how it is born, logs, and dies. Unix only; what it does is handed in.

A child gets its own process group (Ctrl-C on the terminal reaches the supervisor alone) and is killed by the kernel
when its parent dies (prctl(2), PR_SET_PDEATHSIG), so that a `kill -9` of the supervisor leaves nothing behind.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import logging.handlers
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from buildpacks.errors import Failure, no_room
from buildpacks.facts.forked import apart
from buildsvc.doors.memory import be_frugal, share_what_is_loaded

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""From <linux/prctl.h>."""
LOG_BYTES = 5_000_000
LOG_FILES = 3
LOG_MODE = 0o640
DEFECT = 70
"""Exit status of a process that ended by a defect; EX_SOFTWARE of <sysexits.h>."""
UNBLOCKED = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger(__name__)
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when `parent` dies; ends it at once when that has happened already."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(DEFECT)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def fork_together(
    runs: Mapping[str, Callable[[], None]], load: Callable[[], None], logs: Path | None
) -> dict[str, int]:
    """Start each of `runs` in a process of its own, all forked from one that has run `load` and then goes: they become
    our children. Returns their pids. Raises the Failure of `load`.
    """
    parent = os.getpid()
    # Who loses its parent comes to us, not to process 1.
    _prctl(PR_SET_CHILD_SUBREAPER, 1)

    def give_birth() -> dict[str, int]:
        die_with_parent(parent)
        be_frugal()
        load()
        share_what_is_loaded()
        return {name: fork(name, run, logs, parent) for name, run in runs.items()}

    return apart(give_birth)


def fork(name: str, run: Callable[[], None], logs: Path | None, parent: int = 0) -> int:
    """Start `run` in a new process and return its pid. `logs` None keeps standard error as its only log. `parent` is
    whose child it will be when this process has gone; 0 where this one stays.
    """
    here = os.getpid()
    parent = parent or here
    pid = os.fork()
    if pid:
        return pid
    status = DEFECT
    try:
        _come_to(parent, here)
        _be_born(parent, name, logs)
        status = _run(name, run)
    except BaseException:
        log.exception("%s", name)
    finally:
        logging.shutdown()
        os._exit(status)


def _come_to(parent: int, here: int) -> None:
    """Wait until this process is the child of `parent`: what the kernel is asked to do counts for one parent only."""
    while parent != here and os.getppid() == here:
        time.sleep(0.001)


def _be_born(parent: int, name: str, logs: Path | None) -> None:
    gc.enable()
    be_frugal()
    os.setpgid(0, 0)
    die_with_parent(parent)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, UNBLOCKED)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    log_to(name, logs)


def _run(name: str, run: Callable[[], None]) -> int:
    try:
        run()
    except Failure as failure:
        log.error("%s ended: %s", name, failure)  # noqa: TRY400 - an expected failure needs no traceback
        return failure.exit_status
    except OSError as error:
        full = no_room(error)
        if full is None:
            raise
        log.error("%s ended: %s", name, full)  # noqa: TRY400 - see above
        return full.exit_status
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    return 0


def log_to(name: str, folder: Path | None, level: str | None = None) -> None:
    """Log in full to a file of this process that rotates, and warnings in short to standard error. `level` None goes
    on with the one in force: a forked process logs as much as the one it comes from.

    Without a folder everything goes to standard error: that is what a process manager of others wants.
    """
    # A log whose disk is full must not fill standard error with tracebacks.
    logging.raiseExceptions = False
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    if level is not None:
        root.setLevel(level.upper())
    stderr = logging.StreamHandler(sys.stderr)
    stderr.setFormatter(logging.Formatter(FORMAT if folder is None else f"{name}: %(message)s"))
    root.addHandler(stderr)
    for noisy in ("docker", "urllib3", "watchdog", "alembic", "rq"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if folder is None:
        return
    stderr.setLevel(logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    rotating = _OwnLog(folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True)
    rotating.setFormatter(logging.Formatter(FORMAT))
    root.addHandler(rotating)


def open_log(path: Path) -> IO[bytes]:
    """Open a log at its end, for its owner and the group only, also where it was there before."""
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, LOG_MODE)
    with suppress(PermissionError):
        os.fchmod(descriptor, LOG_MODE)
    return os.fdopen(descriptor, "ab")


class _OwnLog(logging.handlers.RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(open_log(Path(self.baseFilename)), encoding="utf-8", write_through=True)


def become(argv: list[str], output: Path) -> None:
    """Turn this process into another program; what it prints goes to the end of `output`."""
    output.parent.mkdir(parents=True, exist_ok=True)
    if output.exists() and output.stat().st_size > LOG_BYTES:
        output.replace(output.with_suffix(".1.log"))
    with open_log(output) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.execvp(argv[0], argv)  # noqa: S606 - a program found on PATH, without a shell
