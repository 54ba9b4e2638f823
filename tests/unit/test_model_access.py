from __future__ import annotations

from datetime import UTC, datetime

import pytest

from buildsvc.model.access import Grants, Role, TokenInfo


@pytest.mark.parametrize("index", range(4))
def test_a_role_allows_what_the_lower_ones_are_allowed_and_no_more(index: int) -> None:
    roles = [Role.VIEWER, Role.DEVELOPER, Role.OPERATOR, Role.ADMIN]
    assert [roles[index].allows(needed) for needed in roles] == [i <= index for i in range(4)]


def test_a_token_without_a_list_reaches_every_application_and_one_with_a_list_only_those() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert TokenInfo("1", "n", Role.VIEWER, None, made).grants.holds(Role.VIEWER, "shop")
    assert TokenInfo("1", "n", Role.VIEWER, ("shop",), made).grants.holds(Role.VIEWER, "shop")
    assert not TokenInfo("1", "n", Role.VIEWER, ("shop",), made).grants.holds(Role.VIEWER, "bank")
    assert not TokenInfo("1", "n", Role.VIEWER, (), made).grants.holds(Role.VIEWER, "shop")


def test_the_higher_of_two_roles_holds_in_the_application_that_has_its_own() -> None:
    grants = Grants(Role.VIEWER, {"shop": Role.OPERATOR})
    assert grants.holds(Role.OPERATOR, "shop")
    assert not grants.holds(Role.DEVELOPER, "bank")
    assert grants.where(Role.VIEWER) is None
    assert grants.where(Role.DEVELOPER) == ("shop",)
    assert grants.listed() == {"*": "viewer", "shop": "operator"}


def test_a_token_of_ones_own_is_never_more_than_its_owner_nor_than_it_says() -> None:
    owner = Grants(Role.VIEWER, {"shop": Role.ADMIN}, auditor=True)
    assert owner.at_most(Role.OPERATOR, None) == Grants(Role.VIEWER, {"shop": Role.OPERATOR}, auditor=True)
    assert owner.at_most(Role.ADMIN, ("bank",)) == Grants(None, {"bank": Role.VIEWER})
    assert Grants(None, {"shop": Role.ADMIN}).at_most(Role.ADMIN, ("bank",)) == Grants()
