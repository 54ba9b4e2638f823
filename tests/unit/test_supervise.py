"""The supervisor's arithmetic; its processes are tried in integration."""

from __future__ import annotations

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
