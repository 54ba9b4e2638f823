"""Whatever strikes, at whichever step of a journal, under every kind of traffic: what serves goes on serving.

A worker is killed, the ledger is locked, the disk is full exactly between what a journal says and what is done. The
steps are those that the engines' code writes: one that is new needs its line here. `soak` marks what scripts/soak adds.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing

import pytest

from buildsvc.model.deployment import Phase
from tests.chaos.system import Struck
from tests.chaos.traffic import Traffic, crash
from tests.e2e.site import ROOT
from tests.small_disks import fill

pytestmark = [pytest.mark.engine, pytest.mark.long]
more = pytest.mark.soak

AFTERWARDS = {
    "start": Phase.FAILED,
    "switch": Phase.SETTLED,
    "live": Phase.SETTLED,
    "settle": Phase.SETTLED,
    "undo": Phase.FAILED,
    "switch-back": Phase.SWITCHED_BACK,
}
"""How a deployment ends whose worker was lost at this step."""
ELSEWHERE = {
    "look-failed": "says nothing but that a look failed; the contract suite stops there",
    "look-passed": "says nothing but that a look passed",
    "keep": "begins the time after the soak in which nothing is done",
    "registered": "says what a registry answered; tests/unit/test_engine_leaving.py loses it",
    "take-out": "repeats itself where it was lost; tests/unit/test_engine_leaving.py loses it",
    "stay": "follows a switch-back that failed; tests/unit/test_engine_switching_back.py",
}
"""Steps that do nothing to what runs, and where else they are looked at."""
SHORTLY, LONGER_THAN_ANYBODY_WAITS = 3.0, 34.0
"""Seconds."""


def test_every_step_that_an_engine_writes_has_its_case() -> None:
    sources = (ROOT / "buildsvc" / "engines").rglob("*.py")
    written = {name for file in sources for name in re.findall(r'journal\.step\("([a-z-]+)"', file.read_text())}
    assert written == {*AFTERWARDS, *ELSEWHERE}


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        pytest.param("start", "began", marks=more),
        ("start", "done"),
        ("switch", "began"),
        pytest.param("switch", "done", marks=more),
        pytest.param("live", "began", marks=more),
        pytest.param("live", "done", marks=more),
        ("settle", "began"),
        pytest.param("settle", "done", marks=more),
        ("undo", "began"),
        pytest.param("undo", "done", marks=more),
    ],
)
def test_a_worker_killed_at_a_step_breaks_no_visit_of_any_kind(struck: Struck, step: str, moment: str) -> None:
    before = struck.app.answer()
    others = struck.app.untouched("order")
    struck.site.order(step, moment, "kill")
    with Traffic(struck.ports) as traffic:
        version, deployment = struck.push("never-healthy" if step == "undo" else "healthy")
        struck.site.wait_until_reached()
        ended = struck.site.ended(deployment)
        assert traffic.everybody_was_served_again()
    assert (dict(traffic.failed), traffic.errors) == ({}, [])
    assert ended.phase is AFTERWARDS[step], ended
    struck.tells_the_truth(ended, before, version)
    assert struck.app.untouched("order") == others


@pytest.mark.parametrize("moment", ["began", pytest.param("done", marks=more)])
def test_a_worker_killed_while_it_switches_back_leaves_the_former_version_serving(struck: Struck, moment: str) -> None:
    before = struck.app.answer()
    struck.site.order("switch-back", moment, "kill")
    version, deployment = struck.push()
    assert struck.site.answered(deployment).phase is Phase.LIVE
    crash(struck.ports)
    struck.site.wait_until_reached()
    ended = struck.site.ended(deployment)
    assert ended.phase is AFTERWARDS["switch-back"], ended
    with Traffic(struck.ports) as traffic:
        assert traffic.everybody_was_served_again()
    assert (dict(traffic.failed), traffic.errors) == ({}, [])
    struck.tells_the_truth(ended, before, version)
    struck.next_push_works()


@pytest.mark.parametrize(
    ("step", "moment", "seconds"),
    [
        pytest.param("start", "done", SHORTLY, marks=more),
        ("switch", "began", SHORTLY),
        pytest.param("live", "began", SHORTLY, marks=more),
        pytest.param("settle", "began", SHORTLY, marks=more),
        pytest.param("switch", "began", LONGER_THAN_ANYBODY_WAITS, marks=more),
        pytest.param("settle", "began", LONGER_THAN_ANYBODY_WAITS, marks=more),
    ],
)
def test_a_ledger_locked_at_a_step_breaks_no_visit_and_wedges_nothing(
    struck: Struck, step: str, moment: str, seconds: float
) -> None:
    before = struck.app.answer()
    struck.site.order(step, moment, "hold")
    with Traffic(struck.ports) as traffic:
        version, deployment = struck.push()
        struck.site.wait_until_reached()
        with closing(sqlite3.connect(struck.site.data / "ledger.db", timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            struck.site.let_go()
            threading.Event().wait(seconds)
            other.execute("ROLLBACK")
        ended = struck.site.ended(deployment)
        assert traffic.everybody_was_served_again()
    assert (dict(traffic.failed), traffic.errors) == ({}, [])
    struck.tells_the_truth(ended, before, version)
    struck.next_push_works()


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        pytest.param("start", "began", marks=more),
        ("switch", "began"),
        pytest.param("live", "began", marks=more),
        pytest.param("settle", "began", marks=more),
    ],
)
def test_a_disk_that_is_full_at_a_step_breaks_no_visit_and_wedges_nothing(
    struck_on_a_small_disk: Struck, step: str, moment: str
) -> None:
    struck = struck_on_a_small_disk
    before = struck.app.answer()
    struck.site.order(step, moment, "hold")
    with Traffic(struck.ports) as traffic:
        version, deployment = struck.push()
        struck.site.wait_until_reached()
        filling = fill(struck.site.data)
        struck.site.let_go()
        threading.Event().wait(SHORTLY)
        filling.unlink()
        ended = struck.site.ended(deployment)
        assert traffic.everybody_was_served_again()
    assert (dict(traffic.failed), traffic.errors) == ({}, [])
    struck.tells_the_truth(ended, before, version)
    struck.next_push_works()
