"""Pictures of every view of the page, of the furnished site of its tests, in a real Chromium."""

from __future__ import annotations

import argparse
import base64
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from tests.browser import Page, chromium
from tests.doors_site import Door
from tests.page_site import await_approval, furnished, keep_versions

ROOT = Path(__file__).resolve().parents[1]
README = {"home": "home", "application": "application", "failed": "deployment"}
"""View and file of the pictures in the README."""
CHOOSE = """
localStorage.setItem("buildsvc-theme", arguments[0]);
document.cookie = `buildsvc_language=${arguments[1]}; path=/`;
"""
WIDE, NARROW = (1366, 900), (360, 780)


@dataclass(frozen=True)
class Look:
    """One way to look at a view: its colours, its language, its window."""

    theme: str
    language: str
    window: tuple[int, int]

    @property
    def name(self) -> str:
        return f"{self.theme}-{self.language}-{self.window[0]}"


LOOKS = (Look("light", "en", WIDE), Look("dark", "zh", WIDE), Look("light", "zh", NARROW))


def addresses(door: Door) -> dict[str, str]:
    """Every view with an address at which there is something to see."""
    newest = door.ledger.deployments()
    failed = next(one.id for one in newest if one.phase is Phase.FAILED)
    going = next(one.id for one in newest if one.phase is Phase.BUILDING)
    waiting = next(one.id for one in newest if one.phase is Phase.AWAITING_APPROVAL)
    return {
        "home": "/",
        "application": "/a/city-portal",
        "list": "/a/city-portal?as=list",
        "compose": "/a/shop/compose",
        "component": "/a/shop/c/order",
        "log": "/a/shop/c/order/log",
        "releases": "/a/shop/c/order/releases?compare=1,2",
        "configuration": "/a/shop/c/order/configuration",
        "failed": f"/d/{failed}",
        "going": f"/d/{going}",
        "decision": f"/d/{waiting}",
        "history": "/history",
        "bundles": "/bundles",
        "version": "/bundles/market/2.0.0",
        "system": "/system",
        "health": "/system/health",
        "disk": "/system/disk",
        "stock": "/system/stock",
        "people": "/system/people",
    }


def seen(page: Page, address: str, look: Look) -> None:
    """Go to a view and wait until everything that it asked for is there."""
    page.browser.execute_script(CHOOSE, look.theme, look.language)
    page.open_whole(address)


def taken(page: Page, file: Path) -> None:
    """Write what is seen, as the file's name says: WebP or PNG."""
    how = {"format": "webp", "quality": 82} if file.suffix == ".webp" else {"format": "png"}
    shot = page.command("Page.captureScreenshot", **how)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(base64.b64decode(shot["data"]))


def pictures(asked: argparse.Namespace, views: dict[str, str]) -> Iterator[tuple[str, Look, Path]]:
    """Every picture that is asked for: its address, how it is looked at, its file."""
    for name, address in views.items():
        if asked.readme and name in README:
            yield address, LOOKS[0], ROOT / "docs" / "pictures" / f"{README[name]}.webp"
        elif not asked.readme and (not asked.only or name in asked.only):
            for look in LOOKS:
                yield address, look, asked.folder / f"{name}-{look.name}.png"


@contextmanager
def shown() -> Iterator[Page]:
    """The page of a furnished site, an admin signed in."""
    with tempfile.TemporaryDirectory(prefix="buildsvc-pictures-") as temporary:
        browser = chromium(Path(temporary) / "chromium")
        try:
            with furnished(Path(temporary) / "site", at=datetime.now(UTC)) as (door, address):
                await_approval(door)
                keep_versions(door)
                page = Page(browser, door, address)
                page.sign_in(Role.ADMIN)
                yield page
        finally:
            browser.quit()


def main(arguments: list[str]) -> None:
    """Take the pictures that are asked for, and say where they are."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / ".cache" / "pictures")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--only", action="append", default=[])
    asked = parser.parse_args(arguments)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with shown() as page:
        for address, look, file in pictures(asked, addresses(page.door)):
            with page.width(*look.window):
                seen(page, address, look)
                taken(page, file)
            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
