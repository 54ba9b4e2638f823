"""The page in a real Chromium: sign in, drop a jar, watch its deployment, go back. A worker's part is played here."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from buildsvc.model.events import (
    Analysed,
    Failed,
    Healthy,
    InstanceStarted,
    LogLine,
    Settled,
    Started,
    Switched,
    WentLive,
)
from buildsvc.model.instance import Instance, Snapshot
from tests import forge
from tests.browser import Page
from tests.doors_site import record_release
from tests.thin import library, thin_jar

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]


def jar(version: str = "1.0.0") -> bytes:
    return forge.boot_jar(maven=("demo", "order-service", version))


def test_a_wrong_token_is_refused_on_the_page(page: Page) -> None:
    page.browser.get(page.address)
    page.find("#token").send_keys("bsv_wrong", Keys.ENTER)
    assert "not known" in page.find("#sign-in-problem").text


def test_what_runs_is_shown_with_a_word_and_kept_fresh(page: Page) -> None:
    page.sign_in(Role.VIEWER)
    page.open("/a/shop?as=list")
    assert "unknown" in page.row("order").text
    record_release(page.door, "order", "order-1.2.jar", "1.2")
    serving = Instance("i", "n", "shop", "order", "instance", "running", "x", None, slot="blue", active=True)
    page.door.ledger.save_snapshots([Snapshot("shop", page.door.clock.now(), "docker", (serving,))])
    row = page.find('.component-row[data-component="order"][data-state="running"]', "release 1")
    assert "order-1.2.jar" in row.text
    assert "8080:8080" in row.text
    page.wait(lambda: page.browser.title == "● 1/3 shop")


def test_a_jar_dropped_anywhere_finds_its_component_and_is_followed_until_it_settled(page: Page) -> None:
    page.sign_in(Role.DEVELOPER)
    page.drop(page.browser.find_element(By.TAG_NAME, "body"), "anything.jar", jar())
    page.find(".deployment h1", "order · shop")
    deployment = page.newest()
    assert page.browser.current_url.endswith(f"/d/{deployment.id}")
    page.happen(deployment, Started("w"), Analysed("spring-boot", "order", "1.0.0", 17, "its classes", 3, 0.1))
    assert "Java 17" in page.find('[data-stage="analysed"][data-reached]').text
    page.door.ledger.advance(deployment.id, Phase.SWAPPING)
    page.happen(deployment, InstanceStarted("order-green", "green"))
    page.find('[data-stage="started"][data-reached]')
    page.happen(deployment, LogLine("Tomcat started on port 8080"))
    page.find(".log", "Tomcat started on port 8080")
    page.happen(deployment, Healthy(4.2), Switched("green"))
    page.door.ledger.advance(deployment.id, Phase.LIVE)
    page.happen(deployment, WentLive(1, 6.0, 60.0))
    page.find('[data-phase="live"]', "live")
    page.door.ledger.advance(deployment.id, Phase.SETTLED)
    page.happen(deployment, Settled())
    page.find('[data-stage="settled"][data-reached]')
    page.find('[data-phase="settled"]', "settled")


def test_a_jar_dropped_on_a_component_is_for_that_component(page: Page) -> None:
    page.sign_in()
    page.open("/a/shop?as=list")
    page.drop(page.row("stock"), "anything.jar", forge.boot_jar(maven=("demo", "stock-service", "1.0.0")))
    assert page.find(".deployment h1", "stock · shop").is_displayed()
    assert page.newest().component == "stock"
    assert page.newest().door == "web"


def test_a_jar_dropped_on_the_wrong_component_is_asked_about_and_goes_where_it_belongs(page: Page) -> None:
    page.sign_in()
    page.open("/a/shop?as=list")
    page.drop(page.row("stock"), "anything.jar", jar())
    assert "shop/order's" in page.find(".sending.asks.elsewhere", "says that it is").text
    assert page.door.jobs.waiting == []
    page.find(".question .primary").click()
    assert page.find(".deployment h1", "order · shop").is_displayed()
    assert page.newest().component == "order"


def test_whoever_insists_gets_it_where_it_was_dropped(page: Page) -> None:
    page.sign_in()
    page.open("/a/shop?as=list")
    page.drop(page.row("stock"), "anything.jar", jar())
    page.find(".question .danger", "shop/stock").click()
    assert page.find(".deployment h1", "stock · shop").is_displayed()


def test_an_unmatched_jar_has_a_selector_and_is_not_sent_again(page: Page) -> None:
    page.sign_in()
    page.drop(page.find(".cards"), "nobody.jar", forge.boot_jar(maven=("demo", "nobody", "1.0.0")))
    Select(page.find(".question select")).select_by_visible_text("shop/stock")
    page.find(".question .primary").click()
    assert page.find(".deployment h1", "stock · shop").is_displayed()


def test_a_thin_jar_and_its_libraries_dropped_together_are_one_push(page: Page) -> None:
    page.sign_in()
    page.open("/a/shop/c/order")
    libraries = forge.archive({"lib/a.jar": library("A")})
    page.drop_all(page.find(".facts"), {"lib.zip": libraries, "order.jar": thin_jar("lib/a.jar")})
    page.find(".deployment h1", "order · shop")
    page.find(".deployment", "Joined with 1 library from lib.zip, sent along.")
    assert len(page.door.jobs.waiting) == 1


def test_libraries_dropped_alone_are_kept_and_the_page_says_so(page: Page) -> None:
    page.sign_in()
    page.open("/a/shop/c/order")
    page.drop(page.find(".facts"), "lib.zip", forge.archive({"lib/a.jar": library("A")}))
    page.find(".tray", "1 library is kept for its next jar: a.jar.")
    assert page.door.jobs.waiting == []


def test_a_jar_is_chosen_without_a_mouse(page: Page, tmp_path: Path) -> None:
    page.sign_in()
    file = forge.write(tmp_path / "order.jar", jar())
    page.browser.find_element(By.ID, "file").send_keys(str(file))
    assert page.find(".deployment h1", "order · shop").is_displayed()


def test_a_text_file_is_refused_with_what_to_do(page: Page) -> None:
    page.sign_in()
    page.drop(page.find(".cards"), "notes.jar", b"these are notes")
    assert "not a jar" in page.find(".sending.refused").text
    assert page.door.jobs.waiting == []


def test_a_failure_shows_its_reason_its_hint_and_the_last_lines(page: Page) -> None:
    page.sign_in()
    page.open("/a/shop/c/order")
    page.drop(page.find(".facts"), "order.jar", jar())
    deployment = page.newest()
    page.find('[data-phase="queued"]')
    page.door.ledger.advance(deployment.id, Phase.FAILED)
    page.happen(
        deployment, Failed("unhealthy", "It was not healthy within 300 s.", "Look at its log.", ("Caused by: X",))
    )
    failure = page.find(".failure", "not healthy")
    assert "Look at its log." in failure.text
    assert "Caused by: X" in failure.text
    page.find('[data-phase="failed"]')
    page.open("/")
    page.find(".panel", "failed")


def test_a_deployment_that_began_elsewhere_is_shown_to_whoever_opens_the_page(page: Page) -> None:
    page.door.deployment("stock")
    page.sign_in(Role.VIEWER)
    page.find(".panel .rows a", "stock").click()
    assert page.find(".deployment h1", "stock · shop").is_displayed()


def test_going_back_asks_once_and_then_does_it(page: Page) -> None:
    for version in ("1.0", "2.0"):
        record_release(page.door, "order", f"order-{version}.jar", version)
    page.sign_in(Role.OPERATOR)
    page.open("/a/shop/c/order/releases")
    page.find(".release button", "Roll back").click()
    page.find("dialog button", "Bring release 1 back").click()
    assert page.door.jobs.waiting == []
    page.find("#reason").send_keys("2.0 counts wrongly")
    page.find("dialog button", "Bring release 1 back").click()
    page.find(".deployment h1", "order · shop")
    deployment = page.newest()
    assert (deployment.cause, deployment.release) == ("rollback", 1)


def test_the_log_of_what_runs_is_shown(page: Page) -> None:
    page.sign_in()
    page.open("/a/shop/c/order/log")
    assert page.find(".log", "another").text.endswith("another")


def test_the_session_outlives_a_reload_and_ends_with_sign_out(page: Page) -> None:
    page.sign_in()
    page.browser.refresh()
    assert page.find(".cards").is_displayed()
    page.find(".top .menu > button").click()
    page.find(".menu-item", "Sign out").click()
    assert page.find("#token").is_displayed()
    page.browser.refresh()
    assert page.find("#token").is_displayed()
