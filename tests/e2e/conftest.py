"""Sites and jars for the tests of the whole: one running site that tests share, or one that a test may break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from selenium.webdriver import Chrome as WebDriver

from scripts.made import MadeBases
from tests.browser import Page, chromium, paged
from tests.doors_site import Door
from tests.e2e.site import Application, LiveSite, running
from tests.held_answers import UnluckyLine
from tests.page_site import furnish
from tests.programs import Programs, compiled


@pytest.fixture(scope="session")
def compiled_program(cache: Path) -> dict[str, bytes]:
    return compiled(cache)


@pytest.fixture
def programs(compiled_program: dict[str, bytes], tmp_path: Path) -> Programs:
    return Programs(tmp_path / "jars", compiled_program)


def new_site(folder: Path, bases: MadeBases, engine: docker.DockerClient) -> LiveSite:
    return LiveSite(folder, bases.into(folder / "data"), engine, bases.get("gateway").image.reference)


def a_site(
    tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, engine_client: docker.DockerClient
) -> Iterator[LiveSite]:
    """A running site for several tests, as a fixture of whatever scope."""
    with running(new_site(tmp_path_factory.mktemp("site"), ready_bases, engine_client)) as started:
        yield started


site = pytest.fixture(scope="session", name="site")(a_site)
"""The one that tests share; each has applications of its own, and leaves the site as it was."""


@pytest.fixture
def own_site(tmp_path: Path, ready_bases: MadeBases, engine_client: docker.DockerClient) -> Iterator[LiveSite]:
    """A running site for one test that breaks it."""
    with running(new_site(tmp_path, ready_bases, engine_client)) as started:
        yield started


@pytest.fixture
def app(site: LiveSite) -> Iterator[Application]:
    """An application on the shared site, without a jar yet; the site forgets it after the test."""
    made = site.application()
    yield made
    site.forget(made)


@pytest.fixture(scope="module")
def standing(
    site: LiveSite, compiled_program: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """An application that the tests of one module share, order at 1.0: for those that leave it serving."""
    app = site.application()
    programs = Programs(tmp_path_factory.mktemp("standing"), compiled_program)
    site.ended(app.deploy(programs.jar("1.0")).id)
    yield app
    site.forget(app)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    started = chromium(tmp_path_factory.mktemp("chromium"))
    yield started
    started.quit()


@pytest.fixture
def page(tmp_path: Path, browser: WebDriver) -> Iterator[Page]:
    """The page of a small site on which nothing was deployed."""
    door = Door(tmp_path, streams=8)
    with paged(door, browser) as shown:
        yield shown
    door.close()


@pytest.fixture
def busy_page(tmp_path: Path, browser: WebDriver) -> Iterator[Page]:
    """The page of a site full of life."""
    door = Door(tmp_path, streams=8)
    furnish(door)
    with paged(door, browser) as shown:
        yield shown
    door.close()


@pytest.fixture
def line(page: Page) -> Iterator[UnluckyLine]:
    """The page's service, behind a line on which things go wrong."""
    made = UnluckyLine(page.door.app.wsgi_app)
    page.door.app.wsgi_app = made  # type: ignore[method-assign, assignment] # as Flask says
    yield made
    made.let_go.set()
