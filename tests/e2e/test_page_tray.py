"""In a real Chromium: what was seen to go wrong when files are dropped, each kind once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from buildsvc.model.access import Role
from buildsvc.model.adoption import AdoptedComponent, Adoption
from buildsvc.store.ledger.adoptions import note_adoption
from tests import forge
from tests.browser import Page
from tests.doors_site import SHOP, record_release
from tests.held_answers import UnluckyLine
from tests.parted import described, noise, sent, version

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.filterwarnings("ignore::ResourceWarning")]


def jar(component: str, version: str = "1.0.0", size: int = 0) -> bytes:
    more = {"noise.bin": noise(7, size)} if size else {}
    return forge.boot_jar(maven=("demo", f"{component}-service", version), resources=more)


@contextmanager
def slowly(page: Page, pace: int = 400_000) -> Iterator[None]:
    """The tab sends so many bytes a second."""
    usual = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.command("Network.enable")
    page.command("Network.emulateNetworkConditions", **{**usual, "uploadThroughput": pace})
    try:
        yield
    finally:
        page.command("Network.emulateNetworkConditions", **usual)


def reload(page: Page) -> None:
    page.browser.refresh()
    with suppress(NoAlertPresentException):
        page.browser.switch_to.alert.accept()
    page.find(".tray")


def sent_to(line: UnluckyLine) -> list[str]:
    return [one for one in line.asked if one.startswith(("POST /api/tus", "PATCH", "POST /api/artifacts"))]


def on_disk(folder: Path, name: str, data: bytes) -> str:
    return str(forge.write(folder / name, data))


def test_an_outcome_whose_answer_is_held_and_cut_is_looked_up_and_never_called_refused(
    page: Page, line: UnluckyLine
) -> None:
    line.holds = True
    page.sign_in(Role.DEVELOPER)
    page.open("/a/shop?as=list")
    page.drop(page.row("order"), "order.jar", jar("order"))
    page.find(".deployment h1", "order · shop")
    line.let_go.set()
    page.find(".sending.done", "taken, for order of shop")
    assert not page.browser.find_elements(By.CSS_SELECTOR, ".sending.refused")
    assert len(page.door.jobs.waiting) == 1


def test_files_dropped_together_stand_in_one_table_and_go_by_one_button(page: Page, line: UnluckyLine) -> None:
    record_release(page.door, "order", "order-0.9.jar", "0.9")
    page.sign_in()
    files = {"a.jar": jar("order"), "b.jar": jar("stock"), "c.jar": forge.boot_jar(maven=("demo", "nobody", "1"))}
    page.drop_all(page.find(".cards"), files)
    page.find(".sending.asks", "No component fits the artifact, which says artifactId nobody")
    assert "0.9" in page.find(".sending.ready", "a.jar").text
    assert "1.0.0" in page.find(".sending.ready", "a.jar").text
    Select(page.find(".question select")).select_by_visible_text("shop/stock")
    page.find(".question .primary").click()
    page.find('.sending.ready select[aria-label="Component for c.jar"]')
    page.find('.sending.ready button[aria-label="Take c.jar off this list"]').click()
    assert line.came == 0
    page.find(".tray-head .primary", "Replace all 2").click()
    page.wait(lambda: len(page.browser.find_elements(By.CSS_SELECTOR, ".sending.done")) == 2)
    gone = {page.door.ledger.deployment(one).component for one in page.door.jobs.waiting}
    assert gone == {"order", "stock"}


def test_another_component_s_jar_is_red_and_asks_before_a_byte_of_it_is_sent(page: Page, line: UnluckyLine) -> None:
    page.sign_in()
    page.drop_all(page.find(".cards"), {"a.jar": jar("order"), "b.jar": jar("stock")})
    Select(page.find('select[aria-label="Component for a.jar"]')).select_by_visible_text("shop/stock")
    assert "which is shop/order's" in page.find(".sending.elsewhere", "a.jar").text
    assert line.came == 0
    page.find(".question .primary").click()
    page.find(".tray-head .primary", "Replace all 2").click()
    page.wait(lambda: len(page.door.jobs.waiting) == 2)
    assert {page.door.ledger.deployment(one).component for one in page.door.jobs.waiting} == {"order", "stock"}


def test_of_the_next_version_only_what_changed_is_sent(page: Page, line: UnluckyLine) -> None:
    page.sign_in()
    page.open("/a/shop/c/order")
    first, second = version(1, libraries=30), version(2, libraries=30)
    with slowly(page, 2_000_000):
        page.drop(page.find(".facts"), "order-1.jar", first)
        page.wait(lambda: len(page.door.jobs.waiting) == 1)
        page.find(".sending.done")
        before = line.came
        page.drop(page.find(".tray-head"), "order-2.jar", second)
        page.wait(lambda: len(page.door.jobs.waiting) == 2)
    assert line.came - before < len(second) / 20
    stored = page.door.ledger.deployment(page.door.jobs.waiting[1]).artifact or ""
    assert page.door.site.artifacts.path(stored).read_bytes() == second


def test_noise_is_refused_before_a_byte_of_it_is_sent(page: Page, line: UnluckyLine) -> None:
    page.sign_in()
    page.drop(page.find(".cards"), "app.jar", b"\x00\x01\x02\x03" + noise(3, 500_000))
    page.find(".sending.refused", "00 01 02 03")
    assert sent_to(line) == []


def test_an_upload_goes_on_where_the_line_broke(page: Page, line: UnluckyLine) -> None:
    line.breaks = [300_000, 200_000]
    page.sign_in()
    page.open("/a/shop/c/order")
    data = jar("order", size=900_000)
    page.drop(page.find(".facts"), "order.jar", data)
    page.find(".deployment h1", "order · shop")
    assert line.came < 2 * len(data)
    assert len(page.door.jobs.waiting) == 1


def test_an_upload_is_cancelled_and_nothing_is_deployed(page: Page, line: UnluckyLine) -> None:
    page.sign_in()
    with slowly(page):
        page.drop(page.find(".cards"), "order.jar", jar("order", size=3_000_000))
        page.find(".tray progress")
        page.find('button[aria-label="Cancel: order.jar"]').click()
        page.find(".sending.cancelled", "Nothing was changed")
    assert page.door.jobs.waiting == []
    # Also where its beginning was not answered yet when it was cancelled.
    page.wait(lambda: not list((page.door.settings.data / "uploads").glob("*.data")))


def test_an_upload_stays_in_sight_on_every_view_and_survives_a_pause_and_a_reload(
    page: Page, line: UnluckyLine, tmp_path: Path
) -> None:
    data = jar("order", size=3_000_000)
    file = on_disk(tmp_path, "order.jar", data)
    page.sign_in()
    page.open("/a/shop/c/order")
    with slowly(page):
        page.browser.find_element(By.ID, "file").send_keys(file)
        page.wait(lambda: line.came > 300_000)
        page.find(".tabs a", "Log").click()
        page.find(".log")
        page.find('button[aria-label="Pause: order.jar"]').click()
        page.find(".sending.paused", "Paused at")
    came = line.came
    reload(page)
    page.find('button[aria-label="Choose the file: order.jar"]').click()
    page.browser.find_element(By.ID, "file").send_keys(on_disk(tmp_path, "other.jar", jar("stock")))
    page.find(".sending", "other.jar is another file")
    page.find('button[aria-label="Choose the file: order.jar"]').click()
    page.browser.find_element(By.ID, "file").send_keys(file)
    page.find(".sending.done", "taken, for order of shop")
    assert line.came - came < len(data)
    stored = page.door.ledger.deployment(page.door.jobs.waiting[0]).artifact
    assert page.door.site.artifacts.path(stored or "").read_bytes() == data


def test_an_upload_goes_on_after_the_browser_was_closed(page: Page, line: UnluckyLine, tmp_path: Path) -> None:
    data = jar("order", size=3_000_000)
    file = on_disk(tmp_path, "order.jar", data)
    page.sign_in()
    with slowly(page):
        page.browser.find_element(By.ID, "file").send_keys(file)
        page.wait(lambda: line.came > 300_000)
        page.find('button[aria-label="Pause: order.jar"]').click()
        page.find(".sending.paused", "Paused at")
    came = line.came
    # What a closed window knew is gone with it; the page that is opened next has the browser's own store alone.
    page.browser.execute_script("sessionStorage.setItem('buildsvc-tray', '[]')")
    reload(page)
    page.find('[data-upload] button[aria-label="Choose the file: order.jar"]').click()
    page.browser.find_element(By.ID, "file").send_keys(file)
    page.find(".sending.done", "taken, for order of shop")
    assert line.came - came < len(data)


def test_what_somebody_else_sends_stands_in_everybody_s_tray(page: Page) -> None:
    data = version(1)
    headers = page.door.headers()
    begun = page.door.client().post("/api/uploads", json=described(data), headers=headers).get_json()
    sent(page.door.client(), begun["id"], 0, data[:100_000], headers)
    page.sign_in(Role.VIEWER)
    page.find(".tray [data-upload]", "100 kB")
    assert page.violations() == []
    sent(page.door.client(), begun["id"], 100_000, data[100_000:], headers)
    page.gone(".tray [data-upload]")
    page.find(".tray-deployments", "order")


def test_a_viewer_is_told_before_anything_is_sent(page: Page, line: UnluckyLine) -> None:
    page.sign_in(Role.VIEWER)
    page.drop(page.find(".cards"), "order.jar", jar("order"))
    page.find(".message.bad", "takes the role developer")
    assert sent_to(line) == []


def test_the_tray_can_be_used_by_a_screen_reader_in_a_narrow_window_and_in_chinese(page: Page) -> None:
    page.sign_in()
    page.drop_all(page.find(".cards"), {"notes.txt": b"notes", "a.jar": jar("order"), "b.jar": jar("stock")})
    page.find(".tray-head .primary")
    assert page.violations() == []
    page.browser.execute_script("document.documentElement.dataset.theme = 'dark'")
    with page.width(360):
        assert page.too_wide() <= 0
        assert page.violations() == []


def test_an_adopted_component_s_first_push_asks_before_it_interrupts(page: Page, line: UnluckyLine) -> None:
    adopted = AdoptedComponent("order", (("id-1", "shop-order-1"),), SHOP.components[0])
    with page.door.ledger.write() as connection:
        note_adoption(connection, "shop", Adoption("shop", "d-0", (adopted,)))
    page.sign_in(Role.DEVELOPER)
    page.drop(page.find(".cards"), "order.jar", jar("order"))
    assert "shop-order-1 is stopped" in page.find(".sending.refused", "it interrupts it").text
    assert page.violations() == []
    page.click(".sending.refused button", "Interrupt it and deploy")
    page.wait(lambda: len(page.door.jobs.waiting) == 1)
    assert page.door.ledger.recall(f"accept-gap:{page.newest().id}") is True
