from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildsvc.model.access import Role, TokenInfo


@pytest.mark.parametrize("index", range(4))
def test_a_role_allows_what_the_lower_ones_are_allowed_and_no_more(index: int) -> None:
    roles = [Role.VIEWER, Role.DEVELOPER, Role.OPERATOR, Role.ADMIN]
    assert [roles[index].allows(needed) for needed in roles] == [i <= index for i in range(4)]


def test_a_token_without_a_list_reaches_every_application_and_one_with_a_list_only_those() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert TokenInfo("1", "n", Role.VIEWER, None, made).reaches("shop")
    assert TokenInfo("1", "n", Role.VIEWER, ("shop",), made).reaches("shop")
    assert not TokenInfo("1", "n", Role.VIEWER, ("shop",), made).reaches("bank")
    assert not TokenInfo("1", "n", Role.VIEWER, (), made).reaches("shop")
