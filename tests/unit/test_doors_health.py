"""Alive, ready, and the figures."""

from pathlib import Path

import pytest

from buildsvc.doors.front import certificate
from buildsvc.doors.http.readiness import PROVEN_FOR, LedgerProbe
from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from buildsvc.model.instance import Snapshot
from tests.doors_site import Door, record_release


def figures(door: Door) -> dict[str, float]:
    text = door.client().get("/metrics", headers=door.headers(Role.VIEWER)).text
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_alive_needs_nothing(door: Door) -> None:
    door.feed.up = False
    assert door.client().get("/healthz").get_json() == {"status": "alive"}


def test_ready_tells_how_old_the_last_look_is(door: Door) -> None:
    door.ledger.save_snapshots([Snapshot("shop", door.clock.now(), "docker", ())])
    door.clock.forward(7)
    answer = door.client().get("/readyz")
    assert (answer.status_code, answer.get_json()["observation_age"]) == (200, 7)


def test_without_redis_it_is_not_ready_and_says_why(door: Door) -> None:
    door.feed.up = False
    answer = door.client().get("/readyz")
    assert (answer.status_code, answer.get_json()["faults"]) == (503, ["redis"])


def test_whoever_asks_whether_it_is_ready_does_not_decide_how_often_is_written(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(door.ledger, "remember", lambda key, _: written.append(key))
    seconds = [100.0]
    probe = LedgerProbe(door.site, lambda: seconds[0])
    for _ in range(50):
        assert probe.takes_writes()
    assert written == ["ready-probe"]
    seconds[0] += PROVEN_FOR
    assert probe.takes_writes()
    assert written == ["ready-probe"] * 2


def test_the_figures_count_deployments_the_queue_and_bytes(door: Door) -> None:
    record_release(door, "order", "order-1.jar", "1")
    door.deployment()
    door.client().post("/api/artifacts?filename=a.jar", data=b"x" * 1234, headers=door.headers())
    found = figures(door)
    assert found['buildsvc_recent_deployments{phase="settled"}'] == 1
    assert found['buildsvc_recent_deployments{phase="failed"}'] == 0
    assert found["buildsvc_queue_length"] == 1
    assert found["buildsvc_upload_bytes_total"] == 1234


def test_the_figures_tell_how_long_it_takes_to_be_live(door: Door) -> None:
    for seconds in (4, 10, 30):
        deployment = door.deployment()
        door.clock.forward(seconds)
        door.ledger.advance(deployment.id, Phase.LIVE)
    found = figures(door)
    assert (found["buildsvc_recent_live_seconds_median"], found["buildsvc_recent_live_seconds_max"]) == (10, 30)


def test_the_figures_are_not_for_a_token_of_one_application(door: Door) -> None:
    assert door.client().get("/metrics", headers=door.limited(Role.ADMIN, "shop")).status_code == 403


def test_the_figures_tell_what_whoever_keeps_the_site_watches(door: Door) -> None:
    door.site.tell("crash-loop", "shop/order", "It loops.", {})
    door.ledger.remember("backup", {"tried": "2026-01-02T00:00:00+00:00", "why": "no room"})
    found = figures(door)
    assert found["buildsvc_disk_free_bytes"] > 0
    assert found["buildsvc_pruned_bytes_total"] == 0
    assert (found["buildsvc_damaged"], found["buildsvc_backup_failed"]) == (0, 1)
    assert found['buildsvc_notices_total{kind="crash-loop"}'] == 1
    assert "buildsvc_certificate_ends_seconds" not in found


def test_the_figures_tell_until_when_the_certificate_is_valid(door: Door, tmp_path: Path) -> None:
    served = tmp_path / "front" / "certificate.pem"
    door.settings.served_certificate = served
    assert "buildsvc_certificate_ends_seconds" not in figures(door), "not made yet"
    certificate.make(served, "127.0.0.1", door.clock.now())
    ends = (door.clock.now() + certificate.LIFETIME).timestamp()
    assert figures(door)["buildsvc_certificate_ends_seconds"] == pytest.approx(ends, abs=1)
