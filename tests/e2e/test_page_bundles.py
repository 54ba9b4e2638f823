"""In a real Chromium: versions, a bundle that comes in part by part and goes on after a cut, and bringing a version."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from buildsvc.image.layout import Layout
from buildsvc.model.access import Role
from buildsvc.model.deployment import Cause
from tests import bundles
from tests.browser import Page
from tests.page_site import keep_versions

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    layout = Layout(tmp_path / "elsewhere", tmp_path)
    return bundles.file(layout, bundles.bundle(layout, bundles.snapshot(layout)), tmp_path / "shop.bundle")


def choose(page: Page, *files: Path) -> None:
    page.browser.find_element("id", "bundle-file").send_keys("\n".join(map(str, files)))


def test_a_bundle_comes_in_and_goes_on_by_itself_after_the_service_was_away(page: Page, bundle: Path) -> None:
    away = {"left": 2}
    usual = page.door.app.view_functions["bundles.put"]

    @functools.wraps(usual)
    def put(**how: Any) -> Any:
        if away["left"]:
            away["left"] -= 1
            return "the network broke", 503
        return usual(**how)

    page.door.app.view_functions["bundles.put"] = put
    page.sign_in(Role.ADMIN)
    page.open("/bundles")
    choose(page, bundle)
    page.find('.arrival[data-state="seen"]', "Not signed")
    assert page.violations() == []
    page.click(".arrival .primary")
    page.find('.arrival[data-state="sent"]')
    assert away["left"] == 0
    assert page.newest().cause is Cause.IMPORT


def test_a_bundle_in_parts_is_read_as_one_and_what_is_here_is_not_sent(page: Page, bundle: Path) -> None:
    data = bundle.read_bytes()
    parts = []
    for number, at in enumerate(range(0, len(data), 5000), 1):
        parts.append(bundle.with_name(f"shop.bundle.{number:03}"))
        parts[-1].write_bytes(data[at : at + 5000])
    bundles.snapshot(page.door.site.layout)
    page.sign_in(Role.ADMIN)
    page.open("/bundles")
    choose(page, *reversed(parts))
    seen = page.find('.arrival[data-state="seen"]', "0 parts")
    assert "shop" in seen.text
    assert page.browser.find_elements("css selector", ".arrival") == [seen], "all parts are one bundle"


def test_what_is_no_bundle_is_said_to_be_none(page: Page, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no bundle" * 400)
    page.sign_in(Role.ADMIN)
    page.open("/bundles")
    choose(page, tmp_path / "notes.txt")
    assert "notes.txt" in page.find('.arrival[data-state="refused"]', "is no bundle").text
    assert page.door.jobs.waiting == []


def test_a_version_is_installed_with_the_values_that_it_asks_for(page: Page) -> None:
    keep_versions(page.door)
    page.sign_in(Role.OPERATOR)
    page.open("/bundles")
    page.click('a[aria-label="Version 2.0.0 of market"]')
    page.find("#value-DB_HOST").send_keys("no host!")
    page.find(".value .bad-text", "no address")
    assert page.violations() == []
    page.find("#value-DB_HOST").send_keys(Keys.CONTROL + "a")
    page.find("#value-DB_HOST").send_keys("10.1.2.3")
    page.find('.values input[id="secret-order.DB_PASSWORD"]').send_keys("x1y2")
    page.wait(lambda: not page.find(".panel .primary", "Install market").get_attribute("aria-disabled"))
    with page.width(360):
        assert page.too_wide() <= 0
    page.click(".panel .primary", "Install market")
    page.click("dialog .primary")
    page.wait(lambda: "/d/" in page.browser.current_url)
    installed = page.newest()
    assert (installed.application, installed.cause) == ("market", Cause.INSTALL)
    noted = page.door.ledger.recall(f"change:{installed.id}")
    assert page.door.site.secrets.get("market", "order.DB_PASSWORD") == "x1y2"
    assert noted["values"] == {"DB_HOST": "10.1.2.3", "PORT": "8080", "SIZE": "small"}


def test_a_version_and_its_bundle_are_made_on_the_page(page: Page) -> None:
    keep_versions(page.door)
    page.sign_in(Role.OPERATOR)
    page.open("/bundles")
    page.click('button[aria-label="Make a version of shop"]')
    page.find("#version-name").send_keys("1.5.0")
    page.click("dialog .primary")
    page.wait(lambda: "/d/" in page.browser.current_url)
    assert page.newest().cause is Cause.VERSION
    page.open("/bundles/shop/1.4.0")
    page.click(".button", "Make the bundle")
    page.wait(lambda: page.newest().cause is Cause.EXPORT)


def test_a_viewer_sees_versions_and_why_he_may_bring_none(page: Page) -> None:
    keep_versions(page.door)
    page.sign_in(Role.VIEWER)
    page.open("/bundles/shop/1.4.0")
    assert "operator" in str(page.find(".panel .primary").get_attribute("title"))
