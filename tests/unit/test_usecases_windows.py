"""Maintenance windows: how they are written, when they are open, and what waits for them and goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from buildpacks.errors import Conflict, Refused
from buildsvc.model import maintenance
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.policy import SitePolicy
from buildsvc.model.waiting_events import LetGoEarly, WindowAwaited
from buildsvc.usecases.admit.policing import keep_policy, policy_of
from buildsvc.usecases.approve.timely import let_go_early
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.perform import perform
from buildsvc.usecases.queueing import cancel
from buildsvc.usecases.tend import recovery
from tests.workshops import COMPOSE, Bench

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, clock: str) -> datetime:
    """A moment of the week that begins on Monday the 2nd of March 2026."""
    hour, minute = clock.split(":")
    return datetime(2026, 3, 1 + day, int(hour), int(minute), tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("mon-fri 20:00-23:00", (at(1, "20:00"), at(5, "22:59")), (at(1, "19:59"), at(5, "23:00"), at(6, "21:00"))),
        ("sat,sun 00:00-24:00", (at(6, "00:00"), at(7, "23:59")), (at(5, "23:59"), at(8, "00:00"))),
        ("22:00-02:00", (at(3, "23:00"), at(4, "01:59")), (at(4, "02:00"), at(4, "21:59"))),
        ("fri 22:00-02:00", (at(5, "22:00"), at(6, "01:00")), (at(5, "01:00"), at(6, "22:00"))),
        ("sat-mon 10:00-11:00", (at(7, "10:30"), at(8, "10:30")), (at(3, "10:30"),)),
    ],
)
def test_a_window_is_open_as_it_is_written(
    window: str, inside: tuple[datetime, ...], outside: tuple[datetime, ...]
) -> None:
    assert [maintenance.is_open((window,), one) for one in inside] == [True] * len(inside)
    assert [maintenance.is_open((window,), one) for one in outside] == [False] * len(outside)


def test_the_next_opening_is_the_nearest_of_all_windows() -> None:
    windows = ("mon 20:00-21:00", "wed 08:00-09:00")
    assert maintenance.opens(windows, at(1, "20:00")) == at(3, "08:00")
    assert maintenance.opens(windows, at(3, "08:00")) == at(8, "20:00")


@pytest.mark.parametrize(
    "text", ["", "mon", "20:00", "mon 20:00", "mon 25:00-26:00", "moon 20:00-21:00", "20:00-20:00"]
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        SitePolicy().with_rule("windows", text)
    assert refused.value.code == "bad-policy"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data", BUILDSVC_TIME_ZONE="Asia/Shanghai")
    made.apply()
    made.live("1.0")
    keep_policy(made.site, policy_of(made.site).with_rule("windows", "mon-fri 20:00-23:00", "shop"))
    made.clock.time = at(1, "12:00").astimezone(UTC)
    return made


def waiting(bench: Bench) -> Deployment:
    accepted = bench.push("2.0")
    assert accepted.deployment is not None
    perform(bench.workshop, accepted.deployment.id)
    return bench.ledger.deployment(accepted.deployment.id)


def test_a_push_outside_is_built_and_goes_on_by_itself_when_the_window_opens(bench: Bench) -> None:
    found = waiting(bench)
    assert (found.phase, found.release, bench.serving()) == (Phase.AWAITING_WINDOW, 2, 1)
    assert WindowAwaited(at(1, "20:00")) in [one.event for one in bench.ledger.events(found.id)]
    bench.jobs.take()
    recovery.tend(bench.workshop)
    assert bench.jobs.take() == []
    bench.clock.time = at(1, "20:00").astimezone(UTC)
    recovery.tend(bench.workshop)
    assert found.id in bench.jobs.take()
    perform(bench.workshop, found.id)
    assert (bench.ledger.deployment(found.id).phase, bench.serving()) == (Phase.LIVE, 2)


def test_an_operator_lets_it_go_on_early_with_a_reason(bench: Bench) -> None:
    found = waiting(bench)
    with pytest.raises(Refused):
        let_go_early(bench.site, found.id, "bob", " ")
    let_go_early(bench.site, found.id, "bob", "it is down")
    perform(bench.workshop, found.id)
    now = bench.ledger.deployment(found.id)
    assert (now.phase, now.early_by) == (Phase.LIVE, "bob")
    assert LetGoEarly("bob", "it is down") in [one.event for one in bench.ledger.events(found.id)]
    with pytest.raises(Conflict):
        let_go_early(bench.site, found.id, "bob", "again")


def test_an_apply_outside_waits_before_anything_of_it_is_done(bench: Bench) -> None:
    before = len(bench.engine.calls)
    now = bench.apply(COMPOSE.replace("redis:7", "redis:7-alpine"))
    assert now.phase is Phase.AWAITING_WINDOW
    assert not [call for call in bench.engine.calls[before:] if call[0] != "platform"]
    assert cancel(bench.site, now.id).phase is Phase.CANCELLED


def test_going_back_never_waits(bench: Bench) -> None:
    bench.clock.time = at(1, "20:00").astimezone(UTC)
    bench.live("1.5")
    bench.clock.time = at(2, "12:00").astimezone(UTC)
    accepted = rollback.submit(bench.site, "shop", "order", to=1, actor="bob", door="cli")
    assert bench.run(accepted).phase is Phase.LIVE


def test_who_lets_it_go_on_early_does_not_go_round_the_approval(bench: Bench) -> None:
    found = waiting(bench)
    keep_policy(bench.site, policy_of(bench.site).with_rule("required", "approval", "shop"))
    let_go_early(bench.site, found.id, "bob", "it is down")
    perform(bench.workshop, found.id)
    assert bench.ledger.deployment(found.id).phase is Phase.AWAITING_APPROVAL
