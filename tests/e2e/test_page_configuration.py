"""In a real Chromium: a component's configuration by a form, and its restart."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from buildsvc.model.access import Role
from buildsvc.model.application import Placement
from buildsvc.model.deployment import Cause, Phase
from buildsvc.usecases.apply import laid_by_site
from buildsvc.usecases.apply.proposals import proposal_of
from tests import forge
from tests.browser import Page
from tests.doors_site import record_release

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_a_form_is_checked_as_one_types_shown_as_a_difference_and_brought_live(page: Page) -> None:
    page.sign_in(Role.OPERATOR)
    page.open("/a/shop/c/order/configuration")
    page.find("#memory").send_keys("much")
    page.find(".plan .bad-text", "512m")
    assert page.violations() == []
    page.find("#memory").send_keys(Keys.CONTROL + "a")
    page.find("#memory").send_keys("256m")
    page.find("#fresh").send_keys("DB_PASSWORD", Keys.ENTER)
    page.find("#variable-DB_PASSWORD").send_keys("geheim")
    page.find(".plan p", "order changes (environment, limits)")
    with page.width(360):
        assert page.too_wide() <= 0
    page.find("#why").send_keys("it ran out of memory")
    page.click(".plan .primary")
    page.wait(lambda: "/d/" in page.browser.current_url)
    deployment = page.newest()
    assert deployment.cause is Cause.APPLY
    laid_by_site.keep_own(page.door.site, "shop", deployment.id)
    [noted] = laid_by_site.changes_of(page.door.site, "shop")
    assert (noted.reason, noted.settings.memory, noted.settings.secret) == (
        "it ran out of memory",
        "256m",
        ("DB_PASSWORD",),
    )
    page.open("/a/shop/c/order/configuration")
    assert "geheim" not in page.find(".rows", "it ran out of memory").text
    page.click(".rows button", "Take this back")
    page.find(".plan p", "Nothing would change")
    page.click(".plan .primary")
    page.wait(lambda: "/d/" in page.browser.current_url)


def test_mounts_are_changed_as_a_compose_file_writes_them(page: Page) -> None:
    page.sign_in(Role.OPERATOR)
    page.open("/a/shop/c/order/configuration")
    page.find("#mounts").send_keys("./beside:/data")
    page.find(".plan .problem-box", "no mount of a named volume")
    page.find("#mounts").send_keys(Keys.CONTROL + "a")
    page.find("#mounts").send_keys("figures:/data")
    page.find(".plan p", "order changes (mounts)")
    page.find("#why").send_keys("figures are kept")
    page.click(".plan .primary")
    page.wait(lambda: "/d/" in page.browser.current_url)
    asked, _ = proposal_of(page.door.site, page.newest().id)
    part = asked.component("order")
    assert part is not None
    assert [(one.source, one.target) for one in part.mounts] == [("figures", "/data")]


def test_a_viewer_sees_the_configuration_and_why_he_may_not_change_it(page: Page) -> None:
    page.sign_in(Role.VIEWER)
    page.open("/a/shop/c/order/configuration")
    assert "operator" in str(page.find(".plan .primary").get_attribute("title"))
    assert not page.find("#memory").is_enabled()


def test_a_restart_asks_why_and_says_what_it_means(page: Page) -> None:
    record_release(page.door, "order", "order-1.0.jar", "1.0")
    page.sign_in(Role.OPERATOR)
    page.open("/a/shop/c/order")
    page.click(".actions button", "Restart")
    assert "no request fails" in page.find("dialog").text
    page.find("dialog input").send_keys("it leaks", Keys.TAB)
    page.click("dialog .primary")
    page.wait(lambda: "/d/" in page.browser.current_url)
    assert page.newest().cause is Cause.RESTART
    assert page.door.ledger.audit_entries(1)[0].detail["reason"] == "it leaks"


def test_a_jar_that_nobody_has_becomes_a_component_by_a_short_form(page: Page) -> None:
    page.sign_in(Role.OPERATOR)
    asking = {"application.yml": b"server: {port: 8090}\ndb: {host: '${DB_HOST}'}"}
    page.drop(
        page.find(".cards"), "figures-1.0.jar", forge.boot_jar(maven=("demo", "figures", "1.0"), resources=asking)
    )
    page.click(".sending.asks button", "Make it a component")
    page.find(".plan-line", "figures is added to shop")
    assert page.violations() == []
    page.find("#asked-DB_HOST").send_keys("10.1.2.3")
    page.find("#new-published").send_keys("9090")
    page.click("dialog label", "redis")
    with page.width(360):
        assert page.too_wide() <= 0
    page.find(".plan-line")
    page.click("dialog .primary")
    page.find(".sending.adding", "is being added")
    added = page.newest()
    asked, _ = proposal_of(page.door.site, added.id)
    part = asked.component("figures")
    assert part is not None
    assert (part.expose, dict(part.environment)) == ((8090,), {"DB_HOST": "10.1.2.3"})
    assert [(one.published, one.target) for one in part.ports] == [(9090, 8090)]
    assert [one.component for one in part.depends_on] == ["redis"]
    page.door.ledger.save_application(asked, Placement(), actor="worker")
    page.door.ledger.advance(added.id, Phase.SETTLED)
    page.find(".deployment h1", "figures · shop")
