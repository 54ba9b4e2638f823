"""In a real Chromium: what waits for a decision, who decides, and signing in by name, which deciding takes."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from tests.browser import Page
from tests.page_site import await_approval
from tests.people import PASSWORD, added, at_home

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def enter(page: Page, name: str, password: str = PASSWORD) -> None:
    page.browser.get(page.address)
    page.find(".choice button", "By name").click()
    page.find("#name").send_keys(name)
    page.find("#password").send_keys(password, Keys.ENTER)


def test_what_waits_is_on_the_home_page_with_its_difference_and_approved_there(page: Page) -> None:
    deployment = await_approval(page.door)
    at_home(page.door, "bob", {"shop": "operator"})
    enter(page, "bob")
    page.find(".decisions button", "Look and decide").click()
    assert "stock.limit" in page.find("dialog .decision-changes", "stock-2.10.0.jar").text
    assert page.violations() == []
    page.find("dialog .primary", "Approve").click()
    page.wait(lambda: page.door.ledger.deployment(deployment.id).approved_by == "bob")
    page.gone(".decisions")


def test_refusing_needs_a_reason_that_whoever_pushed_reads(page: Page) -> None:
    deployment = await_approval(page.door)
    at_home(page.door, "bob", {"*": "operator"})
    enter(page, "bob")
    page.find(".cards")
    page.open(f"/d/{deployment.id}")
    refuse = page.find(".decision button", "Refuse")
    assert refuse.get_attribute("aria-disabled") == "true"
    page.find(".decision input").send_keys("the tests are red")
    refuse.click()
    page.find('[data-phase="cancelled"]')
    assert "the tests are red" in page.find(".failure, .deployment", "bob").text


def test_a_machines_token_and_a_developer_see_why_they_may_not_decide(page: Page) -> None:
    deployment = await_approval(page.door)
    page.sign_in(Role.ADMIN)
    page.open(f"/d/{deployment.id}")
    assert "machine" in str(page.find(".decision .primary").get_attribute("title"))
    at_home(page.door, "ann", {"shop": "developer", "city-portal": "operator"})
    page.browser.delete_all_cookies()
    enter(page, "ann")
    page.find(".cards")
    page.open(f"/d/{deployment.id}")
    assert "operator" in str(page.find(".decision .primary").get_attribute("title"))


def test_what_waits_for_a_window_goes_on_early_for_whoever_says_why(page: Page) -> None:
    deployment = page.door.deployment("stock")
    page.door.ledger.advance(deployment.id, Phase.AWAITING_WINDOW)
    page.sign_in(Role.OPERATOR)
    page.find(".decisions button", "Look and decide").click()
    page.find("dialog input").send_keys("the shop is down")
    page.find("dialog .primary", "now").click()
    page.wait(lambda: page.door.ledger.deployment(deployment.id).early_by == "operator")


def test_a_first_password_is_changed_before_anything_else(page: Page) -> None:
    first = added(page.door, "eve", {"*": "viewer"})
    enter(page, "eve", first)
    page.find("#old").send_keys(first)
    page.find("#new").send_keys(PASSWORD)
    page.find("#again").send_keys(PASSWORD + "x")
    assert page.violations() == []
    page.find("button.primary").click()
    page.find(".problem-box", "not the same")
    page.find("#again").send_keys(Keys.BACKSPACE, Keys.ENTER)
    page.find(".cards")


def test_the_sites_disk_is_on_the_home_page_for_operators_alone(page: Page) -> None:
    page.sign_in(Role.OPERATOR)
    page.find(".site-state", "free")
    page.browser.delete_all_cookies()
    page.sign_in(Role.DEVELOPER)
    assert page.browser.find_elements(By.CSS_SELECTOR, ".site-state") == []
