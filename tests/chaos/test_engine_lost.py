"""The engine is killed at a step of a journal and started again: the ledger tells the truth, and the application runs.

Without live-restore everything that it ran ends with it, so no visit survives; what counts is how it is afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from buildsvc.model.deployment import Phase
from scripts.made import MadeBases
from tests.chaos.system import StruckSite
from tests.e2e.site import Application, running
from tests.newer_engine import NewerEngine, engine_to_kill, kill_and_start_again
from tests.programs import Programs, compiled
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
more = pytest.mark.soak
BACK_WITHIN = 150.0


@pytest.fixture(scope="module")
def apart(cache: Path) -> Iterator[NewerEngine]:
    """An engine of its own, which may be killed."""
    with engine_to_kill(cache) as engine:
        yield engine


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, apart: NewerEngine) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("lost")
    image = ready_bases.get("gateway").image.reference
    with closing(docker.DockerClient(apart.url)) as client:
        site = StruckSite(
            folder, ready_bases.into(folder / "data"), client, image, settings={"BUILDSVC_DOCKER_HOST": apart.url}
        )
        with running(site):
            yield site.application()


@pytest.fixture
def programs(cache: Path, app: Application) -> Programs:
    return Programs(app.site.folder / "jars", compiled(cache))


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("step", "moment"),
    [
        pytest.param("start", "began", marks=more),
        pytest.param("start", "done", marks=more),
        ("switch", "began"),
        pytest.param("live", "done", marks=more),
        pytest.param("settle", "began", marks=more),
    ],
)
def test_an_engine_killed_at_a_step_leaves_what_the_ledger_says_and_takes_the_next_push(
    apart: NewerEngine, app: Application, programs: Programs, step: str, moment: str
) -> None:
    site = app.site
    assert isinstance(site, StruckSite)
    former = site.ended(app.deploy(programs.jar(f"before-{step}-{moment}")).id)
    assert former.phase is Phase.SETTLED, former
    site.order(step, moment, "hold")
    deployment = app.push(programs.jar(f"at-{step}-{moment}"))
    site.wait_until_reached()
    kill_and_start_again(apart)
    site.let_go()
    until(lambda: site.client.deployment(deployment).phase.ended, BACK_WITHIN)
    (live,) = [one for one in site.client.releases(app.name, "order") if one.live]
    until(lambda: live.filename == f"order-{app.said_inside()}.jar", BACK_WITHIN)
    after = site.ended(app.deploy(programs.jar(f"after-{step}-{moment}")).id)
    assert after.phase is Phase.SETTLED, after
    assert app.said_inside() == f"after-{step}-{moment}"
