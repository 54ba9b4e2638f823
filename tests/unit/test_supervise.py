"""The supervisor's arithmetic; its processes are tried in integration."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from buildsvc.doors.processes import forking
from buildsvc.doors.processes.supervise import FIRST_PAUSE, LONGEST_PAUSE, STEADY, pause_after


def test_pauses_double_up_to_a_limit() -> None:
    pause, waited = FIRST_PAUSE, []
    for _ in range(9):
        wait, pause = pause_after(pause, lived=0.1)
        waited.append(wait)
    assert waited[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waited[-1] == LONGEST_PAUSE


def test_a_process_that_lived_long_is_started_again_at_once() -> None:
    assert pause_after(LONGEST_PAUSE, lived=STEADY) == (FIRST_PAUSE, FIRST_PAUSE * 2)


@pytest.mark.parametrize(("level", "told"), [("debug", True), ("info", False)])
def test_a_forked_process_logs_as_much_as_the_one_it_comes_from(tmp_path: Path, level: str, told: bool) -> None:
    def chat() -> None:
        logging.getLogger("chat").debug("a detail")
        logging.getLogger("chat").info("a fact")

    root = logging.getLogger()
    before, handlers = root.level, list(root.handlers)
    try:
        forking.log_to("up", tmp_path, level)
        os.waitpid(forking.fork("web", chat, tmp_path), 0)
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
    written = (tmp_path / "web.log").read_text()
    assert "a fact" in written
    assert ("a detail" in written) is told
