"""In a real Chromium: persons, tokens, the audit log and the health of the site on the system page."""

from __future__ import annotations

import pytest
from selenium.webdriver.support.ui import Select

from buildsvc.doors.checkup import last_checkup
from buildsvc.doors.checkup.findings import Finding, found
from buildsvc.model.access import Role
from buildsvc.usecases.tend import retention
from tests.browser import Page
from tests.people import at_home, entered

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_a_person_is_added_given_a_role_and_signs_in_with_the_password_that_is_shown_once(page: Page) -> None:
    page.sign_in(Role.ADMIN)
    page.open("/system/people")
    page.click("button", "Add a person")
    page.find("#person-name").send_keys("eve")
    page.click("dialog .primary", "Add")
    shown = str(page.find("#once").get_attribute("value"))
    assert page.violations() == []
    assert entered(page.door, "eve", shown).status_code == 200
    page.click("dialog .primary", "noted")
    page.click('button[aria-label="Change…: eve"]')
    Select(page.find("#new-role")).select_by_value("operator")
    page.find("#where").send_keys("shop")
    page.click("dialog .primary", "Give")
    page.wait(lambda: "shop" in page.door.ledger.person_named("eve").grants.listed())


def test_a_token_is_made_and_shown_once(page: Page) -> None:
    page.sign_in(Role.ADMIN)
    page.open("/system/tokens")
    page.click("button", "Make a token")
    page.find("#token-name").send_keys("ci")
    page.click("dialog .primary", "Make")
    plain = str(page.find("#once").get_attribute("value"))
    answer = page.door.client().get("/api/session", headers={"Authorization": f"Bearer {plain}"})
    assert (answer.get_json()["name"], answer.get_json()["role"]) == ("ci", "developer")


def test_every_room_is_usable_by_a_screen_reader_and_at_360_pixels(page: Page) -> None:
    at_home(page.door, "bob", {"*": "operator"})
    page.sign_in(Role.ADMIN)
    for room in ("", "/health", "/disk", "/stock", "/people", "/tokens", "/audit", "/rules", "/settings"):
        page.open_whole(f"/system{room}")
        assert page.violations() == [], room
        with page.width(360):
            assert page.too_wide() <= 0, room


def test_the_health_of_the_site_is_shown_with_its_remedies_and_the_rule_is_set_by_a_form(page: Page) -> None:
    last_checkup.keep(page.door.site, [found("bad", "redis", "doctor.no-redis"), Finding("ok", "front", "haproxy")])
    page.sign_in(Role.ADMIN)
    page.open("/")
    page.find(".site-state", "1 to be mended")
    page.open("/system/health")
    assert "Install the package redis-server" in page.find(".findings li", "mend it").text
    page.open_whole("/system/disk")
    field = page.find("#keep-releases")
    field.clear()
    field.send_keys("3")
    page.click(".primary", "Keep as much from now on")
    page.wait(lambda: retention.rule_of(page.door.site).releases == 3)
    page.click(".button", "As the settings say")
    page.wait(lambda: retention.own_rule(page.door.site) is None)
