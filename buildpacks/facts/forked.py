"""Work in processes of its own: spread over as many as the machine has processors, or apart, with nothing left here.

Threads do not help everywhere: unpacking the beginnings of 40,000 classes is mostly interpreter, and two threads that
hand it to and fro at each of them are slower than one (0.95 s in two threads, 0.75 s in one, 0.35 s in two processes).
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, BinaryIO, NoReturn, TypeVar

from buildpacks.errors import Failure, ToldError

Thing = TypeVar("Thing")
Result = TypeVar("Result")
_NOTHING = object()

WORTH = 4 << 20
"""Bytes of work that take longer than a process does to be born: some 10 ms."""
MOST = 4
"""Processes; each may hold a library of 16 MiB unpacked."""


class Lost(ToldError):
    """A process that worked for this one gave no answer; it says how it ended, as the end of a sentence."""


def spread(
    work: Callable[[Sequence[Thing]], Result],
    things: Sequence[Thing],
    weigh: Callable[[Thing], int],
    meanwhile: Callable[[], object] = lambda: None,
) -> list[Result]:
    """Run `work` on each share of `things` and return what each gives, shared out so that each weighs (bytes) about the
    same.

    One share, done here, where they are few and light, or the system is not Linux. `work` and what it gives must not
    need other threads or locks; what it gives, and the Failure or OSError that it may raise, travel by pickle. Raises
    that of the first share that has one, when all have ended; Lost where one ended without an answer. While others
    work, `meanwhile` is done here; what it raises is raised when they have ended.
    """
    count = _processors() if sum(map(weigh, things)) >= WORTH else 1
    shares = _shares(things, weigh, count)
    if len(shares) < 2:  # noqa: PLR2004
        return [work(share) for share in shares]
    children = [_fork(partial(work, share)) for share in shares]
    try:
        meanwhile()
    finally:
        told = [_told(*child) for child in children]
    answers: list[Result] = [_answer(one) for one in told]
    return answers


def apart(work: Callable[[], Result], seconds: float | None = None) -> Result:
    """Run `work` in a process of its own and return what it gives: what it loads is gone with it, and what ends it ends
    only that. Raises the Failure or OSError that it raises; they travel by pickle. Raises Lost where it ends without an
    answer or takes longer than `seconds`. Done here where the system has no processes to fork (a laptop's Windows).
    """
    if not hasattr(os, "fork"):
        return work()
    answer: Result = _answer(_told(*_fork(work), seconds))
    return answer


def _processors() -> int:
    return min(MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def _shares(things: Sequence[Thing], weigh: Callable[[Thing], int], count: int) -> list[list[Thing]]:
    shares: list[list[Thing]] = [[] for _ in range(count)]
    weights = [0] * count
    for thing in sorted(things, key=weigh, reverse=True):
        lightest = weights.index(min(weights))
        shares[lightest].append(thing)
        weights[lightest] += weigh(thing)
    return [share for share in shares if share]


def _fork(work: Callable[[], object]) -> tuple[int, int]:
    """Fork a process that does this; return its pid, and the end of a pipe that it answers through."""
    ours, its = os.pipe()
    with warnings.catch_warnings():
        # Newer Pythons warn of forking beside threads: the child takes no lock that one of them could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(ours)
        _be_child(work, its)
    os.close(its)
    return pid, ours


def _be_child(work: Callable[[], object], its: int) -> NoReturn:
    status = 1
    # Looking for circles writes into every object, and each page written is one more in memory.
    gc.disable()
    try:
        # What the parent does on a signal is not the child's to do.
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        answer: object
        try:
            answer = work()
        except (Failure, OSError) as expected:
            answer = expected
        with os.fdopen(its, "wb") as pipe:
            pickle.dump(answer, pipe)
        status = 0
    except BrokenPipeError:
        # The parent is gone, and with it everybody who wanted to know.
        status = 0
    except BaseException:  # noqa: BLE001 - no defect of a child may run on in the parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def _told(pid: int, ours: int, seconds: float | None = None) -> Any:
    # One object and not the end of the pipe: a process that the child leaves behind would hold that open.
    with os.fdopen(ours, "rb") as pipe:
        if seconds is not None and not _speaks(pipe, seconds):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise Lost("process-lost.late", seconds=seconds)
        try:
            told = pickle.load(pipe)  # noqa: S301 - from our own child
        except EOFError:
            told = _NOTHING
    os.waitpid(pid, 0)
    return told


def _speaks(pipe: BinaryIO, seconds: float) -> bool:
    # Not select(2), which knows no descriptor above 1023.
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _answer(told: Any) -> Any:
    if told is _NOTHING:
        raise Lost("process-lost.silent")
    if isinstance(told, (Failure, OSError)):
        raise told
    return told
