"""In a real Chromium that reaches the page by a name over plain http: scripts have no digests there, no clipboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests import forge
from tests.browser import Page, chromium, paged
from tests.doors_site import Door
from tests.e2e.test_page_tray import reload, slowly
from tests.held_answers import UnluckyLine
from tests.page_site import furnish
from tests.parted import noise

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.filterwarnings("ignore::ResourceWarning")]
NAME = "delivery.test"
LACKS = "return [isSecureContext, typeof crypto.subtle, typeof navigator.clipboard]"


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[tuple[Page, UnluckyLine]]:
    """The page of a small site at such an address, and the line that its bytes come by."""
    door = Door(tmp_path / "site", streams=8)
    browser = chromium(tmp_path / "chromium", f"--host-resolver-rules=MAP {NAME} 127.0.0.1")
    try:
        with paged(door, browser) as shown:
            line = UnluckyLine(door.app.wsgi_app)
            door.app.wsgi_app = line  # type: ignore[method-assign, assignment] # as Flask says
            page = replace(shown, address=shown.address.replace("127.0.0.1", NAME))
            page.sign_in()
            assert browser.execute_script(LACKS) == [False, "undefined", "undefined"]
            yield page, line
            line.let_go.set()
    finally:
        browser.quit()
        door.close()


def with_libraries(version: str, many: int) -> bytes:
    inside = {f"lib-{one}.jar": forge.library(f"a.L{one}", extra={"x": noise(one, 50_000)}) for one in range(many)}
    return forge.boot_jar(maven=("demo", "order-service", version), libraries=inside)


def test_of_the_next_version_only_what_changed_is_sent_and_a_reload_goes_on_from_the_parts(
    plain: tuple[Page, UnluckyLine], tmp_path: Path
) -> None:
    page, line = plain
    first, second = with_libraries("1.0", 40), with_libraries("2.0", 60)
    files = [str(forge.write(tmp_path / f"order-{at}.jar", data)) for at, data in ((1, first), (2, second))]
    page.open("/a/shop/c/order")
    before = len(page.door.jobs.waiting)
    with slowly(page, 1_000_000):
        page.browser.find_element(By.ID, "file").send_keys(files[0])
        page.wait(lambda: len(page.door.jobs.waiting) == before + 1)
        page.find(".sending.done")
        came = line.came
        page.browser.find_element(By.ID, "file").send_keys(files[1])
        page.wait(lambda: line.came - came > 200_000)
        page.find('button[aria-label="Pause: order-2.jar"]').click()
        page.find(".sending.paused", "Paused at")
    reload(page)
    page.find('button[aria-label="Choose the file: order-2.jar"]').click()
    page.browser.find_element(By.ID, "file").send_keys(files[1])
    page.wait(lambda: len(page.door.jobs.waiting) == before + 2)
    assert line.came - came < len(second) * 0.6
    stored = page.door.ledger.deployment(page.door.jobs.waiting[-1]).artifact or ""
    assert page.door.site.artifacts.path(stored).read_bytes() == second


def test_the_reason_of_a_failure_is_copied(plain: tuple[Page, UnluckyLine]) -> None:
    page, _ = plain
    furnish(page.door)
    (failed,) = (one for one in page.door.ledger.deployments() if one.phase == "failed")
    page.open(f"/d/{failed.id}")
    page.click("button", "Copy for the developer")
    page.find("*", "Copied.")
    page.browser.execute_script(
        "document.body.append(Object.assign(document.createElement('textarea'), { id: 'here' }))"
    )
    page.find("#here").send_keys(Keys.CONTROL, "v")
    pasted = str(page.find("#here").get_attribute("value"))
    assert "mysql-old" in pasted
