"""In a real Chromium: every view of a busy site, for a screen reader, in the dark, at 360 pixels, in Chinese."""

from __future__ import annotations

import pytest

from buildsvc.model.access import Role
from scripts.screenshots import CHOOSE, addresses
from tests.browser import Page
from tests.page_site import await_approval, keep_versions

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_view_breaks_a_rule_of_accessibility_or_its_window(busy_page: Page, theme: str) -> None:
    await_approval(busy_page.door)
    keep_versions(busy_page.door)
    busy_page.sign_in(Role.ADMIN)
    busy_page.browser.execute_script(CHOOSE, theme, "en" if theme == "light" else "zh")
    found: dict[str, list[str]] = {}
    for name, address in addresses(busy_page.door).items():
        with busy_page.width(*((1366, 900) if theme == "light" else (360, 780))):
            busy_page.open_whole(address)
            told = busy_page.violations()
            wider = busy_page.too_wide()
        if told or wider > 0:
            found[name] = [*told, f"{wider} pixels too wide"]
    assert found == {}


def goes_to(page: Page, keys: str, heading: str) -> None:
    page.press(*keys)
    page.find("h1", heading)
    page.wait(lambda: heading in page.focused(), f"{heading} has the focus")
    assert page.focused() == f"h1 {heading}"


def test_every_place_is_reached_by_keyboard_alone(busy_page: Page) -> None:
    busy_page.sign_in(Role.ADMIN)
    busy_page.browser.execute_script(CHOOSE, "light", "en")
    busy_page.open_whole("/")
    for keys, heading in (("gb", "Bundles"), ("gs", "System"), ("gd", "History"), ("gh", "Applications")):
        goes_to(busy_page, keys, heading)
