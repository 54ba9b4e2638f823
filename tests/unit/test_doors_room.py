"""What the API says of the room that is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.model.access import Role
from buildsvc.usecases.tend.forecast import sample
from tests.doors_site import Door


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_it_says_when_the_disk_is_full_once_there_is_a_day_to_judge_by(door: Door) -> None:
    told = door.client().get("/api/room", headers=door.headers(Role.OPERATOR)).get_json()
    assert told["free"] > 0
    assert (told["grows"], told["full_in"], told["pruned"], told["freed"]) == (None, None, None, 0)
    for free in (50, 48, 46):
        sample(door.site, free << 30)
        door.clock.forward(24 * 3600)
    told = door.client().get("/api/room", headers=door.headers(Role.OPERATOR)).get_json()
    assert (told["grows"], told["full_in"]) == (2 << 30, 23)


def test_it_is_not_for_viewers_nor_for_a_token_of_one_application(door: Door) -> None:
    assert door.client().get("/api/room", headers=door.headers(Role.VIEWER)).status_code == 403
    assert door.client().get("/api/room", headers=door.limited(Role.ADMIN, "shop")).status_code == 403
