"""The site's keepers are told by a program of theirs: at once, not too often, and nobody waits for it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from time import monotonic

import pytest

from buildsvc.live.notices import AGAIN, MOST, Notices
from tests.workshops import Bench


def writing(file: Path) -> str:
    program = file.with_suffix(".py")
    program.write_text(f"import sys; open({str(file)!r}, 'a').write(sys.stdin.read() + '\\n')")
    return shlex.join([sys.executable, str(program)])


def test_a_notice_arrives_as_json(tmp_path: Path) -> None:
    thread = Notices(writing(tmp_path / "told")).tell("backup", "/mnt/b", "It failed.", {"last": None})
    assert thread is not None
    thread.join(30)
    told = json.loads((tmp_path / "told").read_text())
    assert told == {"kind": "backup", "about": "/mnt/b", "text": "It failed.", "facts": {"last": None}}


def test_the_same_is_told_once_an_hour_and_others_meanwhile(tmp_path: Path) -> None:
    seconds = [0.0]
    notices = Notices(writing(tmp_path / "told"), lambda: seconds[0])
    first, again = (notices.tell("disk", "/data", "Full.", {}) for _ in range(2))
    other = notices.tell("crash-loop", "shop/order", "It loops.", {})
    seconds[0] = AGAIN
    later = notices.tell("disk", "/data", "Full.", {})
    assert [thread is not None for thread in (first, again, other, later)] == [True, False, True, True]
    for thread in (first, other, later):
        assert thread is not None
        thread.join(30)


def test_a_flood_ends_at_a_bound() -> None:
    notices = Notices("true", lambda: 0.0)
    handed = [notices.tell("damage", str(number), "x", {}) for number in range(MOST + 20)]
    assert sum(thread is not None for thread in handed) == MOST


def test_a_program_that_hangs_or_is_not_there_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    began = monotonic()
    assert Notices("sleep 20").tell("disk", "a", "x", {}) is not None
    assert monotonic() - began < 15
    absent = Notices("/nowhere/tell").tell("disk", "a", "x", {})
    assert absent is not None
    absent.join(30)
    assert "a notice was not handed over" in caplog.text


def test_without_a_program_it_is_counted_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path / "data")
    for _ in range(3):
        bench.site.tell("crash-loop", "shop/order", "It loops.", {})
    assert bench.ledger.notices() == {"crash-loop": 3}
    assert "notice: crash-loop shop/order: It loops." in caplog.text
