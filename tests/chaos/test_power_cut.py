"""The power fails at a step of a journal, and the machine starts again: what was promised is there, and all runs.

Site and engine keep all that they have on one disk, which forgets what was not written through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from buildsvc.model.deployment import Phase
from scripts.made import MadeBases
from tests.chaos.system import StruckSite
from tests.e2e.site import Application, running
from tests.newer_engine import NewerEngine, engine_to_kill, processes, shut_down, start_again
from tests.power import PoweredDisk, descendants, kill_all, powered_disk
from tests.programs import Programs, compiled
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
more = pytest.mark.soak
UP_WITHIN = 180.0


@dataclass(frozen=True)
class Machine:
    """What loses its power at once."""

    disk: PoweredDisk
    engine: NewerEngine
    app: Application

    def lose_power(self) -> None:
        site = self.app.site
        assert site.process is not None
        everything = processes(self.engine) | descendants({site.process.pid})
        self.disk.cut()
        site.kill()
        kill_all(everything)
        self.disk.take_off()

    def shut_down(self) -> None:
        """As a reboot does it: everybody is asked to end, at the same time, and what is not gone by then is killed."""
        site = self.app.site
        assert site.process is not None
        everything = processes(self.engine) | descendants({site.process.pid})
        site.process.terminate()
        shut_down(self.engine)
        site.stop()
        kill_all(everything)
        self.disk.take_off()

    def start(self) -> None:
        self.disk.power_on()
        start_again(self.engine)
        self.app.site.start()

    def tells_the_truth(self, deployment: str) -> Phase:
        """The deployment ends; what the ledger calls live is what answers."""
        app, client = self.app, self.app.site.client
        until(lambda: client.deployment(deployment).phase.ended, UP_WITHIN)
        ended = client.deployment(deployment)
        assert ended.phase is Phase.SETTLED or ended.error_code, ended
        (live,) = [one for one in client.releases(app.name, "order") if one.live]
        until(lambda: live.filename == f"order-{app.said_inside()}.jar", UP_WITHIN)
        return ended.phase

    def next_push_works(self, jar: Path) -> None:
        after = self.app.site.ended(self.app.deploy(jar).id)
        assert after.phase is Phase.SETTLED, after
        assert f"order-{self.app.said_inside()}.jar" == jar.name


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, ready_bases: MadeBases, cache: Path) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("power")
    with powered_disk(folder) as disk, engine_to_kill(cache, disk=disk.folder) as engine:
        image = ready_bases.get("gateway").image.reference
        with closing(docker.DockerClient(engine.url)) as client:
            data = ready_bases.into(disk.folder / "site")
            site = StruckSite(folder, data, client, image, settings={"BUILDSVC_DOCKER_HOST": engine.url})
            with running(site):
                yield Machine(disk, engine, site.application())


@pytest.fixture
def programs(cache: Path, machine: Machine) -> Programs:
    return Programs(machine.app.site.folder / "jars", compiled(cache))


@pytest.fixture
def site(machine: Machine) -> StruckSite:
    assert isinstance(machine.app.site, StruckSite)
    return machine.app.site


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("step", "moment"),
    [
        pytest.param("start", "began", marks=more),
        ("start", "done"),
        pytest.param("switch", "began", marks=more),
        pytest.param("live", "done", marks=more),
        pytest.param("settle", "began", marks=more),
    ],
)
def test_after_a_power_cut_at_a_step_what_the_ledger_says_serves_and_the_next_push_works(
    machine: Machine, site: StruckSite, programs: Programs, step: str, moment: str
) -> None:
    former = site.ended(machine.app.deploy(programs.jar(f"before-{step}-{moment}")).id)
    assert former.phase is Phase.SETTLED, former
    site.order(step, moment, "hold")
    deployment = machine.app.push(programs.jar(f"at-{step}-{moment}"))
    site.wait_until_reached()
    machine.lose_power()
    machine.start()
    machine.tells_the_truth(deployment)
    machine.next_push_works(programs.jar(f"after-{step}-{moment}"))


@pytest.mark.timeout(900)
def test_what_was_accepted_the_moment_before_a_power_cut_is_deployed_after_it(
    machine: Machine, programs: Programs
) -> None:
    deployment = machine.app.push(programs.jar("accepted"))
    machine.lose_power()
    machine.start()
    assert machine.tells_the_truth(deployment) is Phase.SETTLED
    assert machine.app.said_inside() == "accepted"


@pytest.mark.timeout(900)
def test_after_a_reboot_in_a_swap_what_the_ledger_says_serves_and_the_next_push_works(
    machine: Machine, site: StruckSite, programs: Programs
) -> None:
    site.order("switch", "began", "hold")
    deployment = machine.app.push(programs.jar("at-reboot"))
    site.wait_until_reached()
    site.let_go()
    machine.shut_down()
    machine.start()
    machine.tells_the_truth(deployment)
    machine.next_push_works(programs.jar("after-reboot"))
