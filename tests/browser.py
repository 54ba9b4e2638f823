"""A real Chromium and the page in it, for tests: find what is seen, drop files, ask axe, change the network."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from buildsvc.model.access import Role
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Event
from tests.doors_site import Door
from tests.page_site import happen, served

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--window-size=1366,900",
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
AXE = Path(__file__).parent / "vendor" / "axe.js"
AXE_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document).then(({ violations }) => done(violations.map((one) =>
  `${one.id} (${one.impact}): ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`)));
"""
QUIET = ("401", "favicon")
"""What the browser's own log may tell: that nobody was signed in yet."""


@dataclass(frozen=True)
class Page:
    browser: webdriver.Chrome
    door: Door
    address: str

    def wait(self, until: Callable[[], Any], why: str = "", seconds: float = 60) -> Any:
        """Wait for a condition; gives what it gave."""
        waiting = WebDriverWait(self.browser, seconds, poll_frequency=0.05, ignored_exceptions=(Exception,))
        return waiting.until(lambda _: until(), why)

    def find(self, selector: str, text: str = "", seconds: float = 60) -> WebElement:
        """The first visible element that matches and has this text, as soon as it is there."""

        def look() -> WebElement | None:
            found = self.browser.find_elements(By.CSS_SELECTOR, selector)
            return next((one for one in found if one.is_displayed() and text in one.text), None)

        found: WebElement = self.wait(look, f"{selector} with '{text}' is not there", seconds)
        return found

    def click(self, selector: str, text: str = "") -> None:
        """Press what matches, where nothing that stands over the page's edge covers it, and nothing moves it away."""

        def press() -> bool:
            found = self.find(selector, text)
            self.browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", found)
            found.click()
            return True

        self.wait(press, f"{selector} with '{text}' cannot be pressed")

    def gone(self, selector: str, text: str = "") -> None:
        """Wait until nothing visible matches and has this text."""

        def look() -> bool:
            found = self.browser.find_elements(By.CSS_SELECTOR, selector)
            return not any(one.is_displayed() and text in one.text for one in found)

        self.wait(look, f"{selector} with '{text}' is still there")

    def row(self, name: str) -> WebElement:
        return self.find(f'.component-row[data-component="{name}"]')

    def open(self, path: str) -> None:
        """Go to an address of the page, as one types it."""
        self.browser.get(self.address.rstrip("/") + path)
        self.find("h1")

    def open_whole(self, path: str) -> None:
        """The same, and wait until everything that the view asked for is there."""
        self.open(path)
        self.gone(".loading")

    def sign_in(self, role: Role = Role.ADMIN) -> None:
        self.browser.get(self.address)
        self.find("#token").send_keys(self.door.tokens[role], Keys.ENTER)
        self.find(".cards")

    def drop(self, target: WebElement, name: str, data: bytes) -> None:
        self.drop_all(target, {name: data})

    def drop_all(self, target: WebElement, files: dict[str, bytes]) -> None:
        sent = {name: base64.b64encode(data).decode() for name, data in files.items()}
        self.browser.execute_script(DROP, target, sent)

    def newest(self) -> Deployment:
        self.wait(lambda: self.door.jobs.waiting)
        return self.door.ledger.deployment(self.door.jobs.waiting[-1])

    def happen(self, deployment: Deployment, *events: Event) -> None:
        happen(self.door, deployment, *events)

    def violations(self) -> list[str]:
        """What axe finds, of any level."""
        self.browser.execute_script(AXE.read_text("utf-8"))
        found: list[str] = self.browser.execute_async_script(AXE_RUN)
        return found

    def focused(self) -> str:
        """What has the focus: its tag, and its name or text."""
        one = self.browser.switch_to.active_element
        return f"{one.tag_name} {one.accessible_name}".strip()

    def press(self, *keys: str) -> None:
        for key in keys:
            webdriver.ActionChains(self.browser).send_keys(key).perform()

    def command(self, name: str, **values: Any) -> Any:
        """Tell the browser something by its own protocol."""
        return self.browser.execute_cdp_cmd(name, values)

    @contextmanager
    def width(self, pixels: int, height: int = 800) -> Iterator[None]:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=pixels, height=height, deviceScaleFactor=1, mobile=False
        )
        try:
            yield
        finally:
            self.command("Emulation.clearDeviceMetricsOverride")

    def too_wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.browser.execute_script("return document.documentElement.scrollWidth - innerWidth"))


def chromium(folder: Path, *flags: str) -> webdriver.Chrome:
    """Start a Chromium with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, *flags, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


@contextmanager
def paged(door: Door, browser: webdriver.Chrome) -> Iterator[Page]:
    """The page of a door in a browser that knows nobody; afterwards: no script was refused, and none broke."""
    browser.delete_all_cookies()
    with served(door) as address:
        yield Page(browser, door, address)
        told = browser.get_log("browser")  # type: ignore[no-untyped-call] # Selenium is partly typed
        browser.get("about:blank")
    bad = [entry["message"] for entry in told if not any(one in entry["message"] for one in QUIET)]
    assert [one for one in bad if "Content Security Policy" in one or "Uncaught" in one] == [], json.dumps(bad)
