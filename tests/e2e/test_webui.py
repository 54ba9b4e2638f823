"""The page in a real Chromium: sign in, drop a jar, watch its deployment, go back. A worker's part is played here."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from buildsvc.model.access import Role
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import (
    Analysed,
    Event,
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
from tests.doors_site import Door, record_release
from tests.thin import library, thin_jar

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1366,768",
)
DROP = """
const [target, files] = arguments;
const transfer = new DataTransfer();
for (const [name, data] of Object.entries(files)) {
  transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
}
for (const kind of ["dragenter", "dragover", "drop"]) {
  target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}
"""


@dataclass(frozen=True)
class Page:
    browser: webdriver.Chrome
    door: Door
    address: str

    def find(self, selector: str, text: str = "") -> WebElement:
        """The first visible element that matches and has this text, as soon as it is there."""

        def look(_: object) -> WebElement | None:
            found = self.browser.find_elements(By.CSS_SELECTOR, selector)
            return next((one for one in found if one.is_displayed() and text in one.text), None)

        wait = WebDriverWait(self.browser, 20, poll_frequency=0.05, ignored_exceptions=(Exception,))
        found = wait.until(look, f"{selector} with '{text}' is not there")
        assert found is not None
        return found

    def component(self, name: str) -> WebElement:
        return self.find(f'[data-component="{name}"]')

    def sign_in(self, role: Role = Role.ADMIN) -> None:
        self.browser.get(self.address)
        self.find("#token").send_keys(self.door.tokens[role], Keys.ENTER)
        self.find(".application")

    def drop(self, target: WebElement, name: str, data: bytes) -> None:
        self.drop_all(target, {name: data})

    def drop_all(self, target: WebElement, files: dict[str, bytes]) -> None:
        self.browser.execute_script(DROP, target, {name: as_base64(data) for name, data in files.items()})

    def newest(self) -> Deployment:
        WebDriverWait(self.browser, 20, poll_frequency=0.05).until(lambda _: self.door.jobs.waiting)
        return self.door.ledger.deployment(self.door.jobs.waiting[-1])

    def happen(self, deployment: Deployment, *events: Event) -> None:
        for event in events:
            self.door.site.publisher(deployment.id)(event)


def as_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chromium = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield chromium
    chromium.quit()


@pytest.fixture
def page(tmp_path: Path, browser: webdriver.Chrome) -> Iterator[Page]:
    door = Door(tmp_path, streams=8)
    server = make_server("127.0.0.1", 0, door.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    browser.delete_all_cookies()
    yield Page(browser, door, f"http://127.0.0.1:{server.port}/")
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call] # Selenium is partly typed
    complaints = [entry["message"] for entry in entries if "401" not in entry["message"]]
    browser.get("about:blank")
    server.shutdown()
    thread.join()
    server.server_close()
    door.close()
    assert [one for one in complaints if "Content Security Policy" in one or "Uncaught" in one] == []


def jar(version: str = "1.0.0") -> bytes:
    return forge.boot_jar(maven=("demo", "order-service", version))


def test_a_wrong_token_is_refused_on_the_page(page: Page) -> None:
    page.browser.get(page.address)
    page.find("#token").send_keys("bsv_wrong", Keys.ENTER)
    assert "not known" in page.find("#sign-in-problem").text


def test_what_runs_is_shown_with_a_word_and_kept_fresh(page: Page) -> None:
    page.sign_in(Role.VIEWER)
    assert "unknown" in page.component("order").text
    record_release(page.door, "order", "order-1.2.jar", "1.2")
    serving = Instance("i", "n", "shop", "order", "instance", "running", "x", None, slot="blue", active=True)
    page.door.ledger.save_snapshots([Snapshot("shop", page.door.clock.now(), "docker", (serving,))])
    row = page.find('[data-component="order"][data-state="running"]', "release 1")
    assert "order-1.2.jar" in row.text
    assert "8080:8080" in row.text
    assert "seen 0 s ago" in page.find(".seen").text


def test_a_jar_dropped_anywhere_finds_its_component_and_is_followed_until_it_settled(page: Page) -> None:
    page.sign_in(Role.DEVELOPER)
    page.drop(page.browser.find_element(By.TAG_NAME, "body"), "anything.jar", jar())
    page.find(".deployment h2", "order · shop")
    deployment = page.newest()
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
    page.find(".chip", "Live")
    page.door.ledger.advance(deployment.id, Phase.SETTLED)
    page.happen(deployment, Settled())
    page.find('[data-stage="settled"][data-reached]')
    page.find(".chip", "Live and settled")


def test_a_jar_dropped_on_a_component_is_for_that_component(page: Page) -> None:
    page.sign_in()
    page.drop(page.component("stock"), "anything.jar", jar())
    assert page.find(".deployment h2", "stock · shop").is_displayed()
    assert page.newest().component == "stock"
    assert page.newest().door == "web"


def test_a_thin_jar_and_its_libraries_dropped_together_are_one_push(page: Page) -> None:
    page.sign_in()
    libraries = forge.archive({"lib/a.jar": library("A")})
    page.drop_all(page.component("order"), {"lib.zip": libraries, "order.jar": thin_jar("lib/a.jar")})
    page.find(".deployment h2", "order · shop")
    page.find(".deployment", "Joined with 1 library from lib.zip, sent along.")
    assert len(page.door.jobs.waiting) == 1


def test_libraries_dropped_alone_are_kept_and_the_page_says_so(page: Page) -> None:
    page.sign_in()
    page.drop(page.component("order"), "lib.zip", forge.archive({"lib/a.jar": library("A")}))
    page.find(".upload", "1 library is kept for its next jar: a.jar.")
    assert page.door.jobs.waiting == []


def test_a_jar_is_chosen_without_a_mouse(page: Page, tmp_path: Path) -> None:
    page.sign_in()
    file = forge.write(tmp_path / "order.jar", jar())
    page.browser.find_element(By.ID, "file").send_keys(str(file))
    assert page.find(".deployment h2", "order · shop").is_displayed()


def test_a_text_file_is_refused_with_what_to_do(page: Page) -> None:
    page.sign_in()
    page.drop(page.component("order"), "notes.jar", b"these are notes")
    failure = page.find(".failure")
    assert page.browser.find_element(By.CSS_SELECTOR, ".failure-hint").text
    assert "not a jar" in failure.text
    assert page.door.jobs.waiting == []


def test_a_failure_shows_its_reason_its_hint_and_the_last_lines(page: Page) -> None:
    page.sign_in()
    page.drop(page.component("order"), "order.jar", jar())
    deployment = page.newest()
    page.door.ledger.advance(deployment.id, Phase.FAILED)
    page.happen(
        deployment, Failed("unhealthy", "It was not healthy within 300 s.", "Look at its log.", ("Caused by: X",))
    )
    failure = page.find(".failure", "not healthy")
    assert "Look at its log." in failure.text
    assert "Caused by: X" in failure.text
    page.find(".chip", "Failed")
    page.find('[data-component="order"] .last.failed')


def test_a_deployment_that_began_elsewhere_is_shown_to_whoever_opens_the_page(page: Page) -> None:
    page.door.deployment("stock")
    page.sign_in(Role.VIEWER)
    assert page.find(".deployment h2", "stock · shop").is_displayed()


def test_going_back_asks_once_and_then_does_it(page: Page) -> None:
    for version in ("1.0", "2.0"):
        record_release(page.door, "order", f"order-{version}.jar", version)
    page.sign_in(Role.OPERATOR)
    page.find('[data-component="order"] button', "Releases").click()
    page.find(".release button", "Roll back").click()
    assert page.door.jobs.waiting == []
    page.find(".release button", "Yes, bring release 1 back").click()
    page.find(".deployment h2", "order · shop")
    deployment = page.newest()
    assert (deployment.cause, deployment.release) == ("rollback", 1)


def test_a_viewer_who_tries_to_go_back_is_told_why_not(page: Page) -> None:
    for version in ("1.0", "2.0"):
        record_release(page.door, "order", f"order-{version}.jar", version)
    page.sign_in(Role.VIEWER)
    page.find('[data-component="order"] button', "Releases").click()
    page.find(".release button", "Roll back").click()
    page.find(".release button", "Yes").click()
    assert "operator" in page.find(".release .problem").text


def test_the_log_of_what_runs_is_shown(page: Page) -> None:
    page.sign_in()
    page.find('[data-component="order"] button', "Log").click()
    assert page.find(".log", "another").text.endswith("another")


def test_the_session_outlives_a_reload_and_ends_with_sign_out(page: Page) -> None:
    page.sign_in()
    page.browser.refresh()
    assert page.find(".application").is_displayed()
    page.find("#sign-out").click()
    assert page.find("#token").is_displayed()
    page.browser.refresh()
    assert page.find("#token").is_displayed()
