"""Problems: every error has the same shape, a stable code, and says what to do."""

from typing import Any

import pytest
from flask import Response

from buildsvc.doors.cli.decoding import read_json
from buildsvc.doors.http import auth
from buildsvc.model.access import Role
from buildsvc.model.api import Problem
from tests.doors_site import Door


def problem(door: Door, method: str, path: str, **how: Any) -> Problem:
    answer = door.client().open(path, method=method, headers=door.headers(), **how)
    assert answer.mimetype == "application/problem+json"
    told = read_json(Problem, answer.data)
    assert told.status == answer.status_code
    return told


def test_an_unknown_address(door: Door) -> None:
    told = problem(door, "GET", "/api/aplications")
    assert (told.status, told.code) == (404, "not-found")
    assert "openapi" in told.hint


def test_a_method_that_is_not_there_says_which_are(door: Door) -> None:
    assert problem(door, "PATCH", "/api/applications").code == "method-not-allowed"
    answer = door.client().patch("/api/applications", headers=door.headers())
    assert "PUT" in answer.headers["Allow"]


def test_a_misspelt_parameter_is_an_error_with_a_suggestion(door: Door) -> None:
    told = problem(door, "GET", "/api/deployments?limt=3")
    assert (told.status, told.code, told.hint) == (422, "invalid-request", "Did you mean limit?")


def test_a_parameter_of_the_wrong_type_is_named(door: Door) -> None:
    assert "limit" in problem(door, "GET", "/api/deployments?limit=many").detail


def test_a_body_that_is_not_understood(door: Door) -> None:
    assert "role" in problem(door, "POST", "/api/tokens", json={"name": "x", "role": "king"}).detail


def test_a_body_that_is_too_large(door: Door) -> None:
    told = problem(door, "POST", "/api/tokens", data=b"x" * 2_000_000, content_type="application/json")
    assert (told.status, told.code) == (413, "too-large")


def test_a_name_that_names_nothing_has_near_ones(door: Door) -> None:
    told = problem(door, "GET", "/api/applications/shop/components/ordre")
    assert (told.status, told.code) == (404, "no-such-component")
    assert "order" in told.hint


def test_no_token_says_how_to_send_one(door: Door) -> None:
    answer = door.client().get("/api/applications")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert read_json(Problem, answer.data).code == "no-token"


def test_a_defect_is_logged_by_a_number_and_tells_no_inside(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    @auth.needs(Role.VIEWER)
    def broken() -> Response:
        raise RuntimeError("a secret inside")

    door.app.add_url_rule("/broken", "broken", broken)
    told = problem(door, "GET", "/broken")
    assert (told.status, told.code) == (500, "defect")
    assert "secret" not in repr(told)
    number = told.hint.split()[-1].rstrip(".")
    assert number in caplog.text
    assert "a secret inside" in caplog.text


@pytest.mark.parametrize(
    ("asked", "spoken", "hint"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh", "是否想写 limit？"), ("de", "en", "Did you mean limit?")],
)
def test_a_problem_is_told_in_the_language_that_the_client_asks_for(
    door: Door, asked: str, spoken: str, hint: str
) -> None:
    answer = door.client().get("/api/deployments?limt=3", headers=door.headers() | {"Accept-Language": asked})
    told = Problem(**answer.get_json())
    assert (answer.headers["Content-Language"], told.hint) == (spoken, hint)
    assert (told.code, told.variant) == ("invalid-request", "near")
    assert told.values is not None
    assert told.values["known"] == ["limit"]


def test_who_asks_for_no_language_is_told_in_the_sites(door: Door) -> None:
    door.app.config["BUILDSVC_LANGUAGE"] = "zh"
    assert problem(door, "GET", "/api/aplications").hint == "全部路由见 GET /api/openapi.json。"
