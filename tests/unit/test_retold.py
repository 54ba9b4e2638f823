"""Answers over HTTP come in the reader's language, whenever what they say was written down."""

import json
import re

import pytest

from buildpacks.errors import Conflict, Refused
from buildpacks.own import declared
from buildsvc.doors.cli.decoding import read_json
from buildsvc.doors.front import haproxy
from buildsvc.doors.front.haproxy import Front
from buildsvc.model.deployment import Deployment, Phase
from tests.doors_site import Door


def test_why_a_deployment_failed_is_told_in_the_language_asked_for(door: Door) -> None:
    deployment = door.deployment("order")
    door.ledger.advance(
        deployment.id, Phase.FAILED, failure=Conflict("nothing-before", component="order", application="shop")
    )
    chinese = door.headers() | {"Accept-Language": "zh"}
    told = read_json(Deployment, door.client().get(f"/api/deployments/{deployment.id}", headers=chinese).data)
    assert told.error_message is not None
    assert re.search("[一-鿿]", told.error_message)
    assert told.error_code == "nothing-before"
    (listed, *_) = json.loads(door.client().get("/api/deployments", headers=chinese).data)
    assert listed["error_message"] == told.error_message
    english = read_json(Deployment, door.client().get(f"/api/deployments/{deployment.id}", headers=door.headers()).data)
    assert english.error_message is not None
    assert not re.search("[一-鿿]", english.error_message)


def test_what_is_accepted_is_answered_in_the_language_asked_for(door: Door) -> None:
    answer = door.client().post(
        "/api/applications/shop/stop", json={}, headers=door.headers() | {"Accept-Language": "zh"}
    )
    assert answer.status_code == 202
    assert json.loads(answer.data)["message"] == "正在停止 shop。"


def test_what_nobody_wrote_a_sentence_for_is_told_in_chinese_too(door: Door) -> None:
    chinese = door.headers() | {"Accept-Language": "zh"}
    told = json.loads(door.client().get("/api/nowhere", headers=chinese).data)
    assert (told["title"], told["code"]) == ("未找到", "not-found")
    assert told["detail"] == "GET /api/nowhere：服务器上没有该地址；若是手工输入的，请检查拼写。"
    assert json.loads(door.client().get("/api/nowhere", headers=door.headers()).data)["title"] == "Not Found"


def test_the_front_answers_in_the_language_of_the_site() -> None:
    text = haproxy.configuration(Front(7, (), 100, 10, language="zh"))
    assert "web 进程没有及时响应。" in text
    assert "The request did not arrive" not in text


def test_a_fault_in_a_buildpack_of_the_site_is_told_in_chinese_too() -> None:
    with pytest.raises(Refused) as caught:
        declared.parse("acme.toml", b"java = 'new'\n")
    assert caught.value.message == "acme.toml: java is 'new', not a number."
    assert caught.value.told("zh").message == "acme.toml：java 是 'new'，不是数字。"
