"""In a real Chromium: what was once seen to go wrong on the page away from the tray, each kind once."""

from __future__ import annotations

import re

import pytest
from selenium.webdriver.common.keys import Keys

from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from buildsvc.model.events import Failed
from buildsvc.model.instance import Instance, Snapshot
from tests.browser import Page
from tests.doors_site import record_release
from tests.held_answers import UnluckyLine
from tests.page_site import look

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.filterwarnings("ignore::ResourceWarning")]

OVERLAPS = """
const seen = ["button", "a", "h1", ".component-name", ".state", "select"].map((one) => `main ${one}`).join(", ");
const parts = [...document.querySelectorAll(seen)]
  .filter((one) => one.checkVisibility() && !one.closest(".tray") && one.getClientRects().length === 1);
const found = [];
for (const [at, one] of parts.entries()) for (const other of parts.slice(at + 1)) {
  if (one.contains(other) || other.contains(one)) continue;
  const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (wide > 2 && high > 4) found.push(`${one.textContent.trim()} / ${other.textContent.trim()}`);
}
return found;
"""
SAME_WORDS = """
const named = new Map();
for (const one of document.querySelectorAll("button, a.button")) {
  if (!one.checkVisibility()) continue;
  const name = (one.getAttribute("aria-label") || one.textContent).trim();
  const group = one.closest("[role=group][aria-label], nav[aria-label], section[aria-label], tr, li");
  const where = one.href || (group && (group.getAttribute("aria-label") || group.textContent)) || "";
  named.set(name, (named.get(name) || new Set()).add(where));
}
return [...named].filter(([, places]) => places.size > 1).map(([name]) => name);
"""
OVER = """
const transfer = new DataTransfer();
transfer.items.add(new File([new Uint8Array(4)], "x.jar"));
arguments[0].dispatchEvent(new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer: transfer }));
"""
VIEWS = ("/", "/a/shop?as=list", "/a/shop", "/a/shop/c/order", "/a/shop/c/order/releases", "/history", "/system")


def test_without_news_everything_is_grey_with_the_time_of_the_last_and_comes_back(
    page: Page, line: UnluckyLine
) -> None:
    page.sign_in(Role.VIEWER)
    with line.cut():
        assert re.search(r"as of \d\d:\d\d:\d\d", page.find(".stale-bar", "as of").text)
        page.find(".frame.stale")
        assert page.find(".cards").value_of_css_property("filter") == "grayscale(1)"
    page.gone(".stale-bar")
    page.gone(".frame.stale")


def test_an_engine_that_is_silent_is_told_with_the_time_of_the_last_look(page: Page) -> None:
    seen = page.door.clock.now()
    serving = Instance("i", "n", "shop", "order", "instance", "running", "x", None, slot="blue", active=True)
    page.door.ledger.save_snapshots([Snapshot("shop", seen, "docker", (serving,))])
    page.door.clock.forward(34)
    page.sign_in(Role.VIEWER)
    page.open("/a/shop?as=list")
    assert re.search(r"as of \d\d:\d\d:\d\d", page.find(".as-of", "as of").text)
    page.door.ledger.save_snapshots([Snapshot("shop", page.door.clock.now(), "docker", (serving,))])
    page.gone(".as-of")


def test_a_list_that_was_opened_while_the_service_was_away_is_there_when_it_is_back_and_stays_fresh(
    page: Page, line: UnluckyLine
) -> None:
    record_release(page.door, "order", "order-1.0.jar", "1.0")
    page.sign_in(Role.VIEWER)
    page.open("/a/shop/c/order/releases")
    page.find(".release", "1.0")
    page.find(".crumbs a", "shop").click()
    page.find(".component-name, .node")
    with line.cut():
        page.browser.execute_script("history.back()")
        page.find("main", "does not answer")
    page.find(".release", "1.0")
    record_release(page.door, "order", "order-2.0.jar", "2.0")
    page.find(".release", "2.0")
    assert len(page.browser.find_elements("css selector", ".release")) == 2


def test_logs_in_six_tabs_leave_the_seventh_alive_and_go_on_after_a_cut(page: Page, line: UnluckyLine) -> None:
    page.sign_in()
    for _ in range(6):
        page.browser.switch_to.new_window("tab")
        page.open("/a/shop/c/order/log")
        page.find(".log", "another")
    page.browser.switch_to.new_window("tab")
    page.open("/")
    page.find(".cards", "shop")
    for handle in page.browser.window_handles[1:]:
        page.browser.switch_to.window(handle)
        page.browser.close()
    page.browser.switch_to.window(page.browser.window_handles[0])
    page.open("/a/shop/c/order/log")
    page.find(".log", "another")
    seen = len(line.asked)
    with line.cut():
        page.wait(lambda: [one for one in line.asked[seen:] if one.endswith("/logs")])
    page.wait(lambda: [one for one in line.asked[-12:] if one.endswith("/logs")])
    assert page.find(".log").text.count("another") == 1


@pytest.mark.parametrize("width", [360, 1000])
def test_nothing_lies_over_anything_and_nothing_is_wider_than_the_window(busy_page: Page, width: int) -> None:
    busy_page.sign_in()
    for path in VIEWS:
        with busy_page.width(width):
            busy_page.open_whole(path)
            assert busy_page.too_wide() <= 0, path
            assert busy_page.browser.execute_script(OVERLAPS) == [], path


def test_whoever_may_not_deploy_sees_it_on_the_buttons_themselves(page: Page) -> None:
    page.sign_in(Role.VIEWER)
    page.open("/a/shop/c/order")
    for text in ("Push a jar", "Replace", "Undo"):
        button = page.find(".button", text)
        assert button.get_attribute("aria-disabled") == "true"
        assert "yours is viewer" in str(button.get_attribute("title"))


def test_a_first_deployment_that_fails_names_no_former_release(page: Page) -> None:
    page.sign_in(Role.VIEWER)
    deployment = page.door.deployment("order")
    page.door.ledger.advance(deployment.id, Phase.FAILED)
    page.happen(deployment, Failed("unhealthy", "It was not healthy within 300 s.", "Look at its log.", ()))
    page.open(f"/d/{deployment.id}")
    text = page.find(".failure").text
    assert "Nothing serves" in text
    assert "former" not in page.find(".deployment").text


def test_what_runs_says_its_own_java_and_an_image_takes_no_jar(page: Page) -> None:
    record_release(page.door, "order", "order-1.0.jar", "1.0")
    look(page.door, page.door.ledger.application("shop").application)
    page.sign_in()
    page.open("/a/shop/c/order")
    assert "Java 17" in page.find(".facts").text
    page.open("/a/shop?as=list")
    redis = page.find(".component-row", "redis")
    page.browser.execute_script(OVER, redis)
    assert "image" in page.find(".drop").text
    page.browser.execute_script(OVER, page.row("order"))
    page.find(".drop", "for order of shop")


def test_the_focus_is_never_lost_and_same_words_mean_the_same(busy_page: Page) -> None:
    busy_page.sign_in()
    busy_page.wait(lambda: busy_page.focused() == "h1 Applications")
    busy_page.press("?")
    busy_page.find("dialog")
    busy_page.press(Keys.ESCAPE)
    busy_page.gone("dialog")
    opener = busy_page.find(".jump-button")
    opener.click()
    busy_page.find("dialog.jump")
    busy_page.find('dialog button[aria-label="Close"]').click()
    assert busy_page.focused().startswith("button Jump to")
    for path in VIEWS:
        busy_page.open_whole(path)
        assert busy_page.browser.execute_script(SAME_WORDS) == [], path
        if path != "/a/shop":
            assert busy_page.violations() == [], path
