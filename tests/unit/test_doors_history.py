"""Past deployments: filters, the sheet, and how long stages took."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

from buildpacks.errors import Refused
from buildsvc.model.access import Role
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Healthy, InstanceStarted, Received, WentLive
from tests.doors_site import Door


def served(door: Door, healthy: float) -> Deployment:
    """A push that took a second to start, and `healthy` seconds to become so."""
    made = door.deployment()
    door.ledger.append_event(made.id, Received(made.artifact or "", "order-1.jar", 10, "its name"))
    door.clock.forward(1)
    door.ledger.append_event(made.id, InstanceStarted("shop-order-blue", "blue"))
    door.clock.forward(healthy)
    door.ledger.append_event(made.id, Healthy(healthy))
    door.ledger.append_event(made.id, WentLive(1, healthy + 1, 60.0))
    door.ledger.advance(made.id, Phase.LIVE)
    door.ledger.advance(made.id, Phase.SETTLED)
    return made


def listed(door: Door, query: str, **headers: str) -> list[str]:
    answer = door.client().get(f"/api/deployments?{query}", headers=headers or door.headers(Role.VIEWER))
    assert answer.status_code == 200, answer.get_json()
    return [one["id"] for one in answer.get_json()]


def test_deployments_are_found_by_what_is_asked(door: Door) -> None:
    first = served(door, 2)
    door.clock.forward(3600)
    second = door.deployment("stock")
    door.ledger.advance(second.id, Phase.FAILED, failure=Refused("no-sites"))
    assert listed(door, "") == [second.id, first.id]
    assert listed(door, "phase=failed") == [second.id]
    assert listed(door, "phase=failed&phase=settled") == [second.id, first.id]
    assert listed(door, "component=order&cause=artifact") == [first.id]
    assert listed(door, "actor=nobody") == []
    assert listed(door, f"before={second.id}") == [first.id]
    moment = second.created.isoformat().replace("+00:00", "Z")
    assert listed(door, f"since={moment}") == [second.id]
    assert listed(door, f"until={moment}") == [first.id]


def test_an_unknown_phase_is_refused_with_those_that_are(door: Door) -> None:
    answer = door.client().get("/api/deployments?phase=done", headers=door.headers())
    assert answer.status_code == 422
    assert "'settled'" in answer.get_json()["detail"]


def test_a_limited_token_finds_only_what_it_reaches(door: Door) -> None:
    served(door, 2)
    door.deployment("web", application="bank")
    headers = door.limited(Role.VIEWER, "bank")
    assert len(listed(door, "", **headers)) == 1
    assert door.client().get("/api/deployments/sheet?application=shop", headers=headers).status_code == 403


def sheet(door: Door, kind: str, language: str) -> Any:
    headers = {**door.headers(Role.VIEWER), "Accept-Language": language}
    answer = door.client().get(f"/api/deployments/sheet?format={kind}", headers=headers)
    assert (answer.status_code, answer.headers["Content-Disposition"]) == (
        200,
        f'attachment; filename="deployments.{kind}"',
    )
    return answer.data


def test_the_sheet_names_its_columns_in_the_reader_s_language(door: Door) -> None:
    made = served(door, 2)
    rows = list(csv.reader(io.StringIO(sheet(door, "csv", "zh").decode("utf-8-sig"))))
    assert rows[0][:3] == ["开始时间 (UTC)", "应用", "组件"]
    assert rows[1][1:5] == ["shop", "order", "artifact", "settled"]
    assert rows[1][11] == "3.0"
    assert rows[1][-1] == made.id


def test_a_cell_that_looks_like_a_formula_is_text_in_the_sheet(door: Door) -> None:
    made = door.deployment()
    bad = Refused("x", '=HYPERLINK("http://evil","x")')
    door.ledger.advance(made.id, Phase.FAILED, failure=bad)
    rows = list(csv.reader(io.StringIO(sheet(door, "csv", "en").decode("utf-8-sig"))))
    assert rows[1][13] == '\'=HYPERLINK("http://evil","x")'
    with zipfile.ZipFile(io.BytesIO(sheet(door, "xlsx", "en"))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert b"=HYPERLINK" in book.read("xl/sharedStrings.xml")


def test_stages_are_told_beside_what_they_took_lately(door: Door) -> None:
    for healthy in (9, 1, 2, 3, 4, 5):
        served(door, healthy)
    made = door.deployment()
    door.clock.forward(1)
    door.ledger.append_event(made.id, InstanceStarted("shop-order-green", "green"))
    told = door.client().get(f"/api/deployments/{made.id}/timing", headers=door.headers(Role.VIEWER)).get_json()
    # The median of the last five: the first, which took nine seconds, is none of them.
    assert (told["seconds"], told["expected"], told["of"], told["deadline"]) == (None, 4.0, 5, 300.0)
    stages = {one["stage"]: (one["seconds"], one["expected"]) for one in told["stages"]}
    assert stages["started"] == (1.0, 1.0)
    assert stages["healthy"] == (None, 3.0)
    assert list(stages) == ["received", "started", "healthy", "live"]


def test_a_first_deployment_expects_nothing(door: Door) -> None:
    made = door.deployment()
    told = door.client().get(f"/api/deployments/{made.id}/timing", headers=door.headers(Role.VIEWER)).get_json()
    assert (told["expected"], told["of"], told["stages"]) == (None, 0, [])


def test_the_timing_of_what_one_may_not_see_is_refused(door: Door) -> None:
    made = door.deployment()
    headers = door.limited(Role.VIEWER, "bank")
    assert door.client().get(f"/api/deployments/{made.id}/timing", headers=headers).status_code == 403
