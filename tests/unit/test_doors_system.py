"""What the API says of the site itself: its health, what fills its disk, what is kept, what it has of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from buildsvc.doors.checkup import last_checkup
from buildsvc.doors.checkup.findings import Finding, found
from buildsvc.doors.folder import markers
from buildsvc.model.access import Role
from buildsvc.usecases.look import engine_facts
from buildsvc.usecases.tend import pruning, retention
from tests import bundles
from tests.doors_site import Door, record_release

CHINESE = {"Accept-Language": "zh"}


def get(door: Door, path: str, role: Role = Role.OPERATOR, **headers: str) -> Any:
    return door.client().get(f"/api/{path}", headers={**door.headers(role), **headers}).get_json()


def test_what_was_found_is_told_with_its_remedy_in_the_readers_language(door: Door) -> None:
    assert get(door, "doctor") == {"at": None, "waits": False, "findings": []}
    last_checkup.keep(
        door.site,
        [
            Finding("ok", "front", "/usr/sbin/haproxy"),
            found("warn", "disk", "doctor.tight", free=3 << 30, place="/srv"),
        ],
    )
    told = get(door, "doctor")
    fine, tight = told["findings"]
    assert (fine["text"], fine["remedy"], fine["button"]) == ("/usr/sbin/haproxy", "", "")
    assert (tight["verdict"], tight["button"]) == ("warn", "prune")
    assert "free below /srv" in tight["text"]
    assert "free some space" in tight["remedy"]
    in_chinese = door.client().get("/api/doctor", headers={**door.headers(Role.OPERATOR), **CHINESE}).get_json()
    assert in_chinese["findings"][1]["subject"] == "磁盘"


def test_whoever_asks_for_a_look_waits_until_it_was_taken(door: Door) -> None:
    last_checkup.keep(door.site, [])
    assert not last_checkup.is_due(door.site)
    door.clock.forward(5)
    answer = door.client().post("/api/doctor", headers=door.headers(Role.OPERATOR))
    assert (answer.status_code, answer.get_json()["waits"]) == (202, True)
    assert last_checkup.is_due(door.site)
    door.clock.forward(3)
    last_checkup.keep(door.site, [])
    assert not last_checkup.is_due(door.site)
    door.clock.forward(last_checkup.EVERY.total_seconds())
    assert last_checkup.is_due(door.site)


def test_an_engine_that_was_not_asked_yet_is_not_said_to_answer(door: Door) -> None:
    assert get(door, "engines") == [{"name": "docker", "answers": None, "at": None, "facts": []}]
    facts = {"at": door.clock.now().isoformat(), "answers": True, "facts": [["data folder", "/var/lib/docker"]]}
    door.ledger.remember(engine_facts._FACT, facts)
    (engine,) = get(door, "engines")
    assert (engine["answers"], engine["facts"]) == (True, [["data folder", "/var/lib/docker"]])


def test_the_rule_is_set_here_before_the_settings_and_taken_back(door: Door) -> None:
    body = {"releases": 3, "versions": 4, "history": 50}
    assert door.client().put("/api/retention", json=body, headers=door.headers(Role.OPERATOR)).status_code == 403
    told = door.client().put("/api/retention", json=body, headers=door.headers(Role.ADMIN)).get_json()
    assert (told["releases"], told["set_here"]) == (3, True)
    assert retention.rule_of(door.site) == retention.RetentionRule(3, 4, 50)
    refused = door.client().put("/api/retention", json={**body, "releases": 0}, headers=door.headers(Role.ADMIN))
    assert refused.status_code == 422
    back = door.client().delete("/api/retention", headers=door.headers(Role.ADMIN)).get_json()
    assert (back["releases"], back["set_here"]) == (10, False)


def test_the_rule_that_is_set_here_is_what_lets_releases_go(door: Door) -> None:
    for version in ("1", "2", "3"):
        record_release(door, "order", f"order-{version}.jar", version, manifest=f"sha256:{version * 64}")
    door.clock.forward(timedelta(days=2).total_seconds())
    before = get(door, "retention")
    retention.set_rule(door.site, retention.RetentionRule(1, 1, 1))
    after = get(door, "retention")
    assert before["going_releases"] == []
    assert [one["number"] for one in after["going_releases"]] == [1]


def test_pruning_that_was_asked_for_is_due_until_it_was_done(door: Door) -> None:
    told = door.client().post("/api/retention/prune", headers=door.headers(Role.ADMIN)).get_json()
    assert told["waits"]
    door.clock.forward(30)
    door.ledger.remember(pruning.FACT, {"at": door.clock.now().isoformat()})
    assert not pruning.is_asked(door.site)


def test_the_disk_is_filled_by_what_lies_there_each_by_its_kind(door: Door) -> None:
    bundles.snapshot(door.site.layout)
    (door.settings.data / "logs").mkdir()
    (door.settings.data / "logs" / "web.log").write_bytes(b"x" * 5000)
    told = get(door, "room/filled")
    by_kind = {one["what"]: one for one in told["filled"]}
    assert by_kind["logs"] == {"what": "logs", "size": 5000, "files": 1}
    blobs = sum(door.site.layout.size(digest) for digest in door.site.layout)
    content = {"bases", "artifacts", "images", "archives", "contents", "brought", "going"}
    assert sum(one["size"] for what, one in by_kind.items() if what in content) == blobs


def test_the_watched_folder_is_told_as_it_lies_there(door: Door) -> None:
    (missing,) = get(door, "inboxes")
    assert not missing["usable"]
    place = door.settings.inbox / "shop" / "order"
    place.mkdir(parents=True)
    (place / "order-2.jar").write_bytes(b"PK")
    (place / "order-1.jar").write_bytes(b"PK")
    markers.answer(place / "order-1.jar", markers.FAILED, reason="It is truncated.", hint="Copy it anew.")
    (inbox,) = get(door, "inboxes")
    found_there = {one["path"]: (one["state"], one["reason"], one["hint"]) for one in inbox["files"]}
    assert found_there == {
        "shop/order/order-1.jar": ("failed", "It is truncated.", "Copy it anew."),
        "shop/order/order-2.jar": ("waiting", "", ""),
    }
    assert inbox["subfolders"] == ["shop", "shop/order"]


def test_buildpacks_come_in_their_order_with_what_is_broken(door: Door) -> None:
    door.settings.buildpacks.mkdir()
    (door.settings.buildpacks / "odd.toml").write_text("nonsense = [")
    told = get(door, "buildpacks")
    assert told[0]["name"]
    assert told[-1]["name"] is None
    assert told[-1]["fault"]


def test_settings_are_for_admins_and_hide_what_is_secret(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDSVC_ADMIN_TOKEN", "a-token-that-nobody-may-read")
    monkeypatch.setenv("BUILDSVC_KEEP_RELEASES", "33")
    assert door.client().get("/api/settings", headers=door.headers(Role.OPERATOR)).status_code == 403
    told = get(door, "settings", Role.ADMIN)
    assert "nobody-may-read" not in str(told)
    by_name = {one["name"]: one for one in told["settings"]}
    assert (by_name["BUILDSVC_KEEP_RELEASES"]["value"], by_name["BUILDSVC_KEEP_RELEASES"]["waits"]) == ("33", True)
    monkeypatch.setenv("BUILDSVC_KEEP_RELEASES", "many")
    assert "BUILDSVC_KEEP_RELEASES" in get(door, "settings", Role.ADMIN)["fault"]


def test_a_base_that_is_not_there_cannot_be_removed(door: Door) -> None:
    assert get(door, "bases") == []
    answer = door.client().delete("/api/bases/jre-17", headers=door.headers(Role.ADMIN))
    assert (answer.status_code, answer.get_json()["status"]) == (404, 404)


def test_a_furnished_site_says_what_fills_it_and_what_goes(door: Door) -> None:
    record_release(door, "order", "order-1.jar", "1")
    for path in ("room/filled", "retention"):
        assert door.client().get(f"/api/{path}", headers=door.headers(Role.OPERATOR)).status_code == 200
