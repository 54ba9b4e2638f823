"""The engine is killed and started again: the application comes back by itself, its jar component too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from buildsvc.model.deployment import Cause
from scripts.made import MadeBases
from tests.e2e.conftest import new_site
from tests.e2e.site import Application, LiveSite, running
from tests.newer_engine import NewerEngine, engine_to_kill, kill_and_start_again
from tests.programs import Programs
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
BACK_WITHIN = 90.0


@pytest.fixture
def apart(cache: Path) -> Iterator[NewerEngine]:
    """An engine of its own, which may be killed."""
    with engine_to_kill(cache) as engine:
        yield engine


@pytest.fixture
def lone_site(
    tmp_path: Path, ready_bases: MadeBases, apart: NewerEngine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveSite]:
    monkeypatch.setenv("DOCKER_HOST", apart.url)
    with closing(docker.DockerClient(apart.url)) as client, running(new_site(tmp_path, ready_bases, client)) as started:
        yield started


def answers(app: Application) -> bool:
    return app.said_inside() == "1.0"


@pytest.mark.timeout(600)
def test_an_application_comes_back_after_the_engine_was_killed(
    apart: NewerEngine, lone_site: LiveSite, programs: Programs
) -> None:
    app = lone_site.application()
    lone_site.ended(app.deploy(programs.jar("1.0")).id)
    until(lambda: answers(app))
    kill_and_start_again(apart)
    assert not answers(app), "without live-restore nothing of it runs"
    until(lambda: answers(app), BACK_WITHIN)
    states = {part["name"]: part["state"] for part in lone_site.get(f"/api/applications/{app.name}")["components"]}
    assert (states["order"], states["cache"]) == ("running", "running")
    causes = [one["cause"] for one in lone_site.get(f"/api/deployments?application={app.name}")]
    assert Cause.REPAIR.value in causes
