"""Uploads by their parts: only what lacks is sent, the whole is compared, and the answer is that of every push."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from buildsvc.model.access import Role
from buildsvc.store import open_uploads
from buildsvc.store.artifacts import Artifacts
from tests.doors_site import Door
from tests.parted import TUS, described, missing_of, sent, version


def push_whole(door: Door, data: bytes) -> dict[str, Any]:
    query = {"filename": "order-service.jar", "application": "shop", "component": "order"}
    answer = door.client().post("/api/artifacts", query_string=query, data=data, headers=door.headers())
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def begun(door: Door, data: bytes, headers: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    answer = door.client().post("/api/uploads", json=described(data, **more), headers=headers or door.headers())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def looked_up(door: Door, identifier: str, role: Role = Role.ADMIN) -> dict[str, Any]:
    found: dict[str, Any] = door.client().get(f"/api/uploads/{identifier}", headers=door.headers(role)).get_json()
    return found


def left(door: Door) -> list[str]:
    """Bytes of uploads that lie anywhere."""
    return [path.name for pattern in ("tmp/upload-*", "uploads/*.data") for path in door.tmp.parent.glob(pattern)]


def test_of_a_changed_jar_only_the_change_is_sent_and_it_is_deployed(door: Door) -> None:
    push_whole(door, version(1))
    after = version(2)
    upload = begun(door, after)
    missing = missing_of(after, upload["missing"])
    assert 0 < upload["size"] == len(missing) < len(after) / 10
    answer = sent(door.client(), upload["id"], 0, missing, door.headers())
    assert answer.status_code == 204
    found = looked_up(door, upload["id"])
    assert found["state"] == "accepted"
    deployment = found["accepted"]["deployment"]
    assert answer.headers["Buildsvc-Deployment"] == deployment["id"]
    assert door.ledger.deployment(deployment["id"]).artifact == deployment["artifact"]
    assert door.site.artifacts.path(deployment["artifact"]).read_bytes() == after
    assert left(door) == []


def test_a_jar_that_is_here_already_costs_no_byte(door: Door) -> None:
    data = version(1)
    push_whole(door, data)
    upload = begun(door, data)
    assert (upload["size"], upload["missing"]) == (0, [])
    assert sent(door.client(), upload["id"], 0, b"", door.headers()).status_code == 204
    assert looked_up(door, upload["id"])["state"] == "accepted"


def test_the_first_jar_is_sent_whole_by_the_same_requests(door: Door) -> None:
    data = version(1)
    upload = begun(door, data)
    assert upload["size"] == len(data)
    assert sent(door.client(), upload["id"], 0, data, door.headers()).status_code == 204
    assert looked_up(door, upload["id"])["accepted"]["component"] == "order"


def test_a_wrong_byte_is_refused_as_a_whole_and_nothing_changes(door: Door) -> None:
    push_whole(door, version(1))
    before = door.ledger.deployments()
    after = version(2)
    upload = begun(door, after)
    missing = bytearray(missing_of(after, upload["missing"]))
    missing[-1] ^= 1
    answer = sent(door.client(), upload["id"], 0, bytes(missing), door.headers())
    assert (answer.status_code, answer.get_json()["code"]) == (422, "upload-not-whole")
    found = looked_up(door, upload["id"])
    assert (found["state"], found["problem"]["code"]) == ("refused", "upload-not-whole")
    assert door.ledger.deployments() == before
    assert left(door) == []


def test_a_damaged_artifact_gives_no_wrong_jar_and_its_list_is_made_anew(door: Door) -> None:
    before = push_whole(door, version(1))["artifact"]
    begun(door, version(3))
    path = door.site.artifacts.path(before)
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    after = version(2)
    upload = begun(door, after)
    answer = sent(door.client(), upload["id"], 0, missing_of(after, upload["missing"]), door.headers())
    assert answer.get_json()["code"] == "upload-not-whole"
    assert begun(door, after)["size"] > upload["size"]


def test_an_artifact_that_goes_meanwhile_ends_the_upload_with_its_reason(door: Door) -> None:
    before = push_whole(door, version(1))["artifact"]
    after = version(2)
    upload = begun(door, after)
    Artifacts(door.tmp.parent, door.tmp).remove(before)
    answer = sent(door.client(), upload["id"], 0, missing_of(after, upload["missing"]), door.headers())
    assert (answer.status_code, answer.get_json()["code"]) == (409, "parts-gone")


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 5},
        {"parts": [["0" * 64, 0]]},
        {"parts": [["../" + "0" * 61, 5]], "size": 5},
        {"parts": [["0" * 64, 1]] * 9000, "size": 9000},
        {"size": -1},
        {"sha256": "x"},
        {"filename": ""},
        {"parts": [["0" * 64]], "size": 5},
    ],
)
def test_a_list_that_cannot_be_is_refused(door: Door, wrong: dict[str, Any]) -> None:
    answer = door.client().post("/api/uploads", json={**described(version(1)), **wrong}, headers=door.headers())
    assert answer.status_code == 422, answer.text
    assert left(door) == []


def test_a_jar_that_is_refused_whole_is_refused_in_pieces_too(door: Door) -> None:
    data = version(1)[:-30]
    body = described(version(1), parts=[], size=len(data), sha256=hashlib.sha256(data).hexdigest())
    upload = door.client().post("/api/uploads", json=body, headers=door.headers()).get_json()
    answer = sent(door.client(), upload["id"], 0, data, door.headers())
    assert answer.get_json()["code"] == "archive-truncated"
    assert left(door) == []


def test_nothing_larger_than_may_come_is_begun(door: Door) -> None:
    data = version(1, libraries=200)
    assert len(data) > 4 * 1024 * 1024
    answer = door.client().post("/api/uploads", json=described(data), headers=door.headers())
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too-large")


def test_uploads_belong_to_whoever_began_them(door: Door) -> None:
    data = version(1)
    upload = begun(door, data)
    other = door.headers(Role.DEVELOPER)
    assert sent(door.client(), upload["id"], 0, data, other).status_code == 404
    assert looked_up(door, upload["id"], Role.DEVELOPER)["state"] == "unknown"
    assert door.client().get(f"/api/uploads/{upload['id']}", headers=door.headers(Role.VIEWER)).status_code == 403
    assert door.client().post("/api/uploads", json=described(data)).status_code == 401


def test_a_limited_token_builds_on_nothing_of_other_applications(door: Door) -> None:
    push_whole(door, version(1))
    other = door.limited(Role.DEVELOPER, "elsewhere")
    data = version(2)
    refused = door.client().post("/api/uploads", json=described(data), headers=other)
    assert refused.status_code == 403
    upload = begun(door, data, other, application=None, component=None)
    assert upload["size"] == len(data)
    own = door.limited(Role.DEVELOPER, "shop", "elsewhere")
    assert begun(door, data, own)["size"] < len(data) / 10


def test_an_id_that_nobody_gave_is_unknown(door: Door) -> None:
    for identifier in ("x", "../../secret.key", "018f0000-0000-7000-8000-000000000000"):
        answer = door.client().get(f"/api/uploads/{identifier}", headers=door.headers())
        assert answer.status_code == 404 if "/" in identifier else answer.get_json()["state"] == "unknown"


def test_what_nobody_goes_on_with_is_forgotten_and_outcomes_later(door: Door) -> None:
    data = version(1)
    upload, kept = begun(door, data), begun(door, data)
    sent(door.client(), kept["id"], 0, data, door.headers())
    door.clock.forward(open_uploads.KEPT.total_seconds() + 1)
    begun(door, data)
    assert [looked_up(door, one["id"])["state"] for one in (upload, kept)] == ["unknown", "accepted"]
    door.clock.forward(open_uploads.REMEMBERED.total_seconds())
    begun(door, data)
    assert looked_up(door, kept["id"])["state"] == "unknown"
    assert len(left(door)) == 1


def test_what_was_taken_cannot_be_taken_back_and_stays_known(door: Door) -> None:
    data = version(1)
    upload = begun(door, data)
    sent(door.client(), upload["id"], 0, data, door.headers())
    forgotten = door.client().delete(f"/api/tus/{upload['id']}", headers={**door.headers(), **TUS})
    assert (forgotten.status_code, forgotten.get_json()["code"]) == (409, "upload-ended")
    assert looked_up(door, upload["id"])["state"] == "accepted"


def test_everybody_sees_what_is_on_its_way_where_he_may_look(door: Door) -> None:
    data = version(1)
    kept = begun(door, data)
    sent(door.client(), kept["id"], 0, data[:1000], door.headers())
    ended = begun(door, data)
    sent(door.client(), ended["id"], 0, data, door.headers())
    begun(door, data, application=None, component=None)

    def seen(headers: dict[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = door.client().get("/api/uploads", headers=headers).get_json()
        return found

    first, second = seen(door.headers())
    assert (first["id"], first["received"], first["size"], first["mine"]) == (kept["id"], 1000, len(data), True)
    assert (first["filename"], first["actor"], second["application"]) == ("order-service.jar", "admin", None)
    assert [one["mine"] for one in seen(door.headers(Role.VIEWER))] == [False, False]
    assert [one["id"] for one in seen(door.limited(Role.VIEWER, "shop"))] == [kept["id"]]
    assert seen(door.limited(Role.DEVELOPER, "other")) == []


def test_one_token_has_only_so_many_open(door: Door) -> None:
    data = version(1)
    for _ in range(open_uploads.MOST_OF_ONE):
        begun(door, data)
    answer = door.client().post("/api/uploads", json=described(data), headers=door.headers())
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too-many-uploads")
    begun(door, data, door.headers(Role.DEVELOPER))


def test_a_refusal_is_told_in_the_language_of_who_asks(door: Door) -> None:
    data = b"no archive at all" * 100
    body = described(version(1), parts=[], size=len(data), sha256=hashlib.sha256(data).hexdigest())
    upload = door.client().post("/api/uploads", json=body, headers=door.headers()).get_json()
    assert sent(door.client(), upload["id"], 0, data, door.headers()).status_code == 422
    spoken = {**door.headers(), "Accept-Language": "zh"}
    found = door.client().get(f"/api/uploads/{upload['id']}", headers=spoken).get_json()
    assert found["problem"]["detail"].isascii() is False
    assert looked_up(door, upload["id"])["problem"]["detail"].isascii() is True
