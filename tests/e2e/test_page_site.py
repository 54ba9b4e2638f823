"""In a real Chromium: the Compose file with its faults and its plan, and the site's people."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.by import By

from buildsvc.model.access import Role
from tests.browser import Page

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

BANK = "name: bank\nservices:\n  teller:\n    x-buildsvc: {}\n"


def write(page: Page, text: str) -> None:
    area = page.find("#compose-text")
    area.clear()
    area.send_keys(text)


def press(page: Page, text: str) -> None:
    page.find(".actions .primary", text).click()


def test_an_empty_site_begins_with_a_sample_whose_plan_is_shown_before_it_is_applied(page: Page) -> None:
    page.sign_in(Role.ADMIN)
    page.open("/new")
    write(page, BANK)
    known = len(page.door.ledger.deployments())
    press(page, "Show what would change")
    assert "New: teller" in page.find(".plan").text
    assert len(page.door.ledger.deployments()) == known
    press(page, "Apply")
    page.wait(lambda: "/d/" in page.browser.current_url)
    assert page.newest().application == "bank"


def test_a_fault_is_told_with_its_line_and_the_line_is_marked(page: Page) -> None:
    page.sign_in(Role.ADMIN)
    page.open("/new")
    write(page, BANK + "    prots: [80]\n")
    press(page, "Show what would change")
    assert "ports" in page.find(".problem-box").text
    page.find(".fault-lines button", "Line 5")
    marked = page.browser.execute_script(
        "const area = document.getElementById('compose-text');"
        "return area.value.slice(area.selectionStart, area.selectionEnd)"
    )
    assert marked.strip() == "prots: [80]"
    assert not page.browser.find_elements(By.CSS_SELECTOR, ".plan")


def test_whoever_may_not_apply_sees_why(page: Page) -> None:
    page.sign_in(Role.VIEWER)
    page.open("/new")
    button = page.find(".actions .primary")
    assert button.get_attribute("aria-disabled") == "true"
    assert "operator" in str(button.get_attribute("title"))


def test_an_admin_sees_who_may_do_what_and_ends_a_token(page: Page) -> None:
    page.sign_in(Role.ADMIN)
    page.open("/system")
    page.find("h2", "Who is signed in")
    page.find("table", "viewer")
    page.find('button[aria-label="End the token viewer"]').click()
    page.find("dialog .danger").click()
    page.wait(lambda: "viewer" not in {one.name for one in page.door.ledger.tokens()})


def test_a_viewer_is_told_what_the_system_page_takes(page: Page) -> None:
    page.sign_in(Role.VIEWER)
    page.open("/system")
    assert page.find(".empty", "admin")
    assert not page.browser.find_elements(By.CSS_SELECTOR, "table")


@pytest.mark.parametrize("path", ["/new", "/system"])
def test_a_screen_reader_and_a_narrow_window_can_use_it(page: Page, path: str) -> None:
    page.sign_in(Role.ADMIN)
    page.open(path)
    page.find("h1")
    if path == "/system":
        page.find("table", "viewer")
    else:
        write(page, BANK + "    prots: [80]\n")
        press(page, "Show what would change")
        page.find(".fault-lines")
    assert page.violations() == []
    with page.width(360):
        assert page.too_wide() <= 0
        assert page.violations() == []


def test_a_page_whose_module_did_not_arrive_asks_for_itself_again(page: Page) -> None:
    cut = {"left": 2}
    usual = page.door.app.view_functions["webui.static"]

    def give(name: str) -> Any:
        if name.endswith("page/router.js") and cut["left"]:
            cut["left"] -= 1
            return "the network changed", 503
        return usual(name=name)

    page.door.app.view_functions["webui.static"] = give
    page.sign_in(Role.VIEWER)
    assert cut["left"] == 0


def test_the_history_is_downloaded_as_a_sheet(page: Page) -> None:
    page.door.deployment("stock")
    page.sign_in(Role.VIEWER)
    page.open("/history?application=shop")
    link = page.find("a[download]", "XLSX").get_attribute("href")
    assert link is not None
    assert link.endswith("/api/deployments/sheet?application=shop&format=xlsx")
