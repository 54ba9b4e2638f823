"""Time zone and language of a component are checked against what there is."""

from __future__ import annotations

import pytest

from buildpacks.sentences import catalogue
from buildsvc.compose import locality
from buildsvc.compose.faults import Fault, Faults
from buildsvc.compose.spot import Spot
from buildsvc.compose.yaml_nodes import Scalar


def spot(text: str) -> Spot:
    return Spot(Scalar(text, 1, plain=True), "services.order.x-buildsvc.locale", 1, Faults("compose.yaml"))


def faults(of: Spot) -> list[Fault]:
    return of.faults.found


@pytest.mark.parametrize("name", ["Asia/Shanghai", "UTC", "PRC", "Europe/Berlin", "Etc/GMT-8"])
def test_names_of_the_database_are_taken_as_they_are(name: str) -> None:
    assert locality.timezone(spot(name)) == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Asia/Shanghi", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("Asia/Beijing", "Asia/Shanghai"),
        ("GMT+8", "Asia/Shanghai"),
        ("Europe/Berln", "Europe/Berlin"),
    ],
)
def test_a_typo_is_told_what_was_meant(written: str, meant: str) -> None:
    found = spot(written)
    assert locality.timezone(found) is None
    (fault,) = faults(found)
    said = catalogue.told(fault.said)
    assert (fault.code, said.hint) == ("wrong-value", f"Did you mean {meant}?")
    assert written in said.message


def test_what_is_near_to_nothing_is_told_what_one_looks_like() -> None:
    found = spot("12:00")
    assert locality.timezone(found) is None
    assert "like Asia/Shanghai" in catalogue.told(faults(found)[0].said).hint


@pytest.mark.parametrize(
    ("written", "read"),
    [("zh_CN", "zh_CN"), ("zh-cn", "zh_CN"), ("zh", "zh"), ("en_US.UTF-8", "en_US"), ("zh-hans-CN", "zh_Hans_CN")],
)
def test_a_locale_is_read_in_every_usual_way_of_writing(written: str, read: str) -> None:
    assert locality.locale(spot(written)) == read


@pytest.mark.parametrize(
    ("written", "hint"),
    [("CN_zh", "Did you mean zh_CN?"), ("xx_CN", "ISO 639-1"), ("zh_XX", "ISO 3166"), ("chinese", ""), ("zh_CN_x", "")],
)
def test_a_locale_that_is_none_is_refused(written: str, hint: str) -> None:
    found = spot(written)
    assert locality.locale(found) is None
    (fault,) = faults(found)
    said = catalogue.told(fault.said)
    assert hint in said.hint
    assert written in said.message
