"""A push that somebody else has to let go on: it is built, waits in nobody's way, and goes on or ends by his word."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, Denied, Refused
from buildsvc.model.access import Caller, Grants, Role
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Failed
from buildsvc.model.waiting_events import Approved
from buildsvc.usecases.admit.policing import keep_policy, policy_of
from buildsvc.usecases.approve import approving
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.perform import perform
from buildsvc.usecases.queueing import cancel
from buildsvc.usecases.tend import keeping, recovery
from tests.workshops import COMPOSE, Bench

BOB = Caller("bob", Grants(Role.OPERATOR), "id-of-bob", id="id-of-bob")
ANN = Caller("Ann", Grants(Role.ADMIN), "id-of-ann", id="id-of-ann")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.live("1.0")
    keep_policy(made.site, policy_of(made.site).with_rule("required", "approval", "shop"))
    return made


def waiting(bench: Bench, version: str = "2.0") -> Deployment:
    """A push of ann's that was built."""
    accepted = bench.push(version)
    assert accepted.deployment is not None
    perform(bench.workshop, accepted.deployment.id)
    return bench.ledger.deployment(accepted.deployment.id)


def applied(bench: Bench) -> None:
    """The component runs with another environment than it was pushed with."""
    bench.apply(COMPOSE.replace("hello", "goodbye"))
    for queued in bench.jobs.take():
        perform(bench.workshop, queued)


def version_of_live(bench: Bench) -> str | None:
    live = bench.ledger.live("shop", "order")
    assert live is not None
    return live.release.build.version


def test_a_push_is_built_and_waits_while_the_former_release_serves(bench: Bench) -> None:
    found = waiting(bench)
    assert (found.phase, found.release, version_of_live(bench)) == (Phase.AWAITING_APPROVAL, 2, "1.0")
    assert bench.ledger.is_abandoned(found.id, lambda _: True)
    perform(bench.workshop, found.id)
    recovery.tend(bench.workshop)
    assert bench.ledger.deployment(found.id).phase is Phase.AWAITING_APPROVAL


def test_what_somebody_else_approves_goes_live_and_says_by_whom(bench: Bench) -> None:
    found = waiting(bench)
    seen = approving.decision(bench.site, found)
    assert (seen.live, seen.difference is not None) == (1, True)
    approving.approve(bench.site, found.id, BOB, seen=seen.live)
    assert bench.jobs.take()[-1] == found.id
    perform(bench.workshop, found.id)
    now = bench.ledger.deployment(found.id)
    assert (now.phase, now.approved_by, version_of_live(bench)) == (Phase.LIVE, "bob", "2.0")
    assert Approved("bob") in [one.event for one in bench.ledger.events(found.id)]


def test_neither_the_pusher_nor_a_machine_approves(bench: Bench) -> None:
    found = waiting(bench)
    with pytest.raises(Denied) as own:
        approving.approve(bench.site, found.id, ANN, seen=1)
    with pytest.raises(Denied) as machine:
        approving.approve(bench.site, found.id, Caller("ci", Grants(Role.ADMIN), token="ci"), seen=1)
    assert (own.value.code, machine.value.code) == ("approval-of-own", "approval-by-person")
    assert bench.ledger.deployment(found.id).phase is Phase.AWAITING_APPROVAL


def test_what_was_compared_with_another_release_is_not_approved(bench: Bench) -> None:
    found = waiting(bench)
    with pytest.raises(Conflict) as refused:
        approving.approve(bench.site, found.id, BOB, seen=None)
    assert refused.value.code == "seen-otherwise"


def test_a_rejected_push_ends_and_tells_whoever_pushed(bench: Bench) -> None:
    found = waiting(bench)
    now = approving.reject(bench.site, found.id, BOB, "not today")
    assert (now.phase, now.error_code) == (Phase.CANCELLED, "rejected")
    assert now.error_message == "bob rejected it: not today"
    said = bench.ledger.events(found.id)[-1].event
    assert isinstance(said, Failed)
    with pytest.raises(Conflict):
        approving.approve(bench.site, found.id, BOB, seen=1)


def test_a_newer_push_supersedes_one_that_waits_and_anybody_may_cancel_it(bench: Bench) -> None:
    older, newer = waiting(bench, "2.0"), waiting(bench, "3.0")
    assert bench.ledger.deployment(older.id).error_code == "superseded"
    assert cancel(bench.site, newer.id).phase is Phase.CANCELLED


def test_nothing_waits_for_what_waits(bench: Bench) -> None:
    found = waiting(bench)
    applied(bench)
    live = bench.ledger.live("shop", "order")
    assert live is not None
    assert dict(live.release.spec.environment)["GREETING"] != "hello"
    assert bench.ledger.deployment(found.id).phase is Phase.AWAITING_APPROVAL


def test_what_was_approved_runs_with_what_was_applied_meanwhile(bench: Bench) -> None:
    found = waiting(bench)
    applied(bench)
    live = bench.ledger.live("shop", "order")
    assert live is not None
    approving.approve(bench.site, found.id, BOB, seen=live.release.number)
    perform(bench.workshop, found.id)
    now = bench.ledger.live("shop", "order")
    assert now is not None
    assert now.release.build.version == "2.0"
    assert now.release.spec == bench.ledger.component("shop", "order")


def test_what_was_approved_waits_for_what_was_begun_meanwhile(bench: Bench) -> None:
    applied(bench)
    found = waiting(bench)
    back = rollback.submit(bench.site, "shop", "order", to=1, actor="bob", door="cli").deployment
    assert back is not None
    claim = bench.ledger.claim(back.id, "one", lambda _: True)
    assert claim is not None
    live = bench.ledger.live("shop", "order")
    assert live is not None
    approving.approve(bench.site, found.id, BOB, seen=live.release.number)
    assert bench.ledger.claim(found.id, "two", lambda _: True) is None
    bench.ledger.advance(back.id, Phase.SETTLED, fence=claim.fence)
    assert bench.ledger.claim(found.id, "two", lambda _: True) is not None


def test_nobody_goes_round_it_by_a_rollback_to_what_was_never_approved(bench: Bench) -> None:
    waiting(bench)
    with pytest.raises(Refused) as refused:
        rollback.submit(bench.site, "shop", "order", to=2, actor="ann", door="cli")
    assert refused.value.code == "release-not-approved"


def test_the_release_of_what_waits_is_kept(bench: Bench) -> None:
    found = waiting(bench)
    bench.clock.forward(timedelta(days=400).total_seconds())
    assert found.release in {one.number for one in keeping.recorded(bench.site).kept_releases}


def test_what_nobody_looks_at_ends_after_the_days_of_the_site(bench: Bench) -> None:
    found = waiting(bench)
    bench.clock.forward(timedelta(days=7).total_seconds())
    recovery.tend(bench.workshop)
    now = bench.ledger.deployment(found.id)
    assert (now.phase, now.error_code) == (Phase.CANCELLED, "approval-overdue")


def test_other_applications_ask_nobody(bench: Bench) -> None:
    keep_policy(bench.site, policy_of(bench.site).without_rule("required", "approval", "shop"))
    keep_policy(bench.site, policy_of(bench.site).with_rule("required", "approval", "billing"))
    assert waiting(bench).phase is Phase.LIVE
