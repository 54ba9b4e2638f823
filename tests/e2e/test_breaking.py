"""Processes are killed where it hurts most: what serves goes on serving, and the ledger says the truth afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from buildsvc.model.deployment import Deployment, Phase
from tests.e2e.conftest import a_site
from tests.e2e.site import DEPLOYED, Application, LiveSite
from tests.load import Load
from tests.programs import Programs
from tests.waiting import until

pytestmark = pytest.mark.engine


site = pytest.fixture(scope="module", name="site")(a_site)
"""One that these tests may break, and nobody else has."""


@pytest.fixture
def now(site: LiveSite, standing: Application) -> str:
    """The version that answers before the test, with the site started."""
    if site.process is None or site.process.poll() is not None:
        site.start()
    return standing.answer()


def after(version: str) -> str:
    """The version to push on top of this one."""
    return f"{int(version.partition('.')[0]) + 1}.0"


def wait_for(site: LiveSite, deployment: str, kind: str) -> None:
    until(lambda: kind in site.kinds(deployment), DEPLOYED, every=0.02)


def is_true(site: LiveSite, app: Application, deployment: Deployment, before: str, pushed: str) -> None:
    """What the ledger says is what the engine has and what a visitor sees; nothing is left over."""
    assert deployment.phase in {Phase.SETTLED, Phase.FAILED}, deployment
    went_live = deployment.phase is Phase.SETTLED
    assert app.answer() == (pushed if went_live else before)
    live = [one for one in site.client.releases(app.name, "order") if one.live]
    assert [one.filename for one in live] == [f"order-{pushed if went_live else before}.jar"]
    (standing,) = app.containers("instance", "order")
    assert standing.labels["io.buildsvc.release"] == str(live[0].number)
    assert standing.attrs["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    if deployment.phase is Phase.FAILED:
        assert deployment.error_code
        assert deployment.error_hint


def next_push_works(site: LiveSite, app: Application, programs: Programs) -> None:
    version = after(after(app.answer()))
    assert site.ended(app.deploy(programs.jar(version)).id).phase is Phase.SETTLED
    assert app.answer() == version
    assert len(app.containers("instance", "order")) == 1


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("started", marks=pytest.mark.long),
        pytest.param("image-built", marks=pytest.mark.long),
        "instance-started",
        pytest.param("healthy", marks=pytest.mark.long),
        pytest.param("live", marks=pytest.mark.long),
    ],
)
def test_a_worker_killed_at_any_moment_leaves_a_serving_component_and_a_true_ledger(
    site: LiveSite, standing: Application, programs: Programs, now: str, moment: str
) -> None:
    before = standing.untouched("order")
    with Load("127.0.0.1", standing.port, connections=20) as load:
        deployment = standing.push(programs.jar(after(now)))
        wait_for(site, deployment, moment)
        site.kill_worker_of(deployment)
        ended = site.ended(deployment)
        load.wait_for(100)
    assert (load.failed, load.errors) == (0, [])
    is_true(site, standing, ended, now, after(now))
    next_push_works(site, standing, programs)
    assert standing.untouched("order") == before


def test_a_worker_killed_while_an_unhealthy_version_starts_leaves_nothing_over(
    site: LiveSite, standing: Application, programs: Programs, now: str
) -> None:
    deployment = standing.push(programs.jar(after(now), "never-healthy"))
    wait_for(site, deployment, "instance-started")
    site.kill_worker_of(deployment)
    ended = site.ended(deployment)
    assert ended.phase is Phase.FAILED, ended
    is_true(site, standing, ended, now, after(now))
    next_push_works(site, standing, programs)


def alive(pids: set[int]) -> set[int]:
    """Which of these are processes still; a zombie that nobody reaped is none."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


@pytest.mark.parametrize("moment", [pytest.param("image-built", marks=pytest.mark.long), "instance-started"])
def test_when_the_supervisor_is_killed_all_die_with_it_and_the_next_start_puts_things_right(
    site: LiveSite, standing: Application, programs: Programs, now: str, moment: str
) -> None:
    pids = site.pids()
    assert len(pids) == 4, "web, the keeper, Redis and the front"
    with Load("127.0.0.1", standing.port, connections=20) as load:
        deployment = standing.push(programs.jar(after(now)))
        wait_for(site, deployment, moment)
        site.kill()
        until(lambda: not alive(pids))
        site.start()
        ended = site.ended(deployment)
        load.wait_for(100)
    assert (load.failed, load.errors) == (0, [])
    is_true(site, standing, ended, now, after(now))
    next_push_works(site, standing, programs)


def test_after_an_orderly_stop_applications_run_on_and_a_second_start_finds_all(
    site: LiveSite, standing: Application, programs: Programs, now: str
) -> None:
    before = standing.untouched()
    pids = site.pids()
    assert site.stop() == 0
    assert not alive(pids)
    assert standing.answer() == now
    site.start()
    assert standing.untouched() == before
    next_push_works(site, standing, programs)


def test_an_orderly_stop_in_the_middle_of_a_swap_is_put_right_at_the_next_start(
    site: LiveSite, standing: Application, programs: Programs, now: str
) -> None:
    with Load("127.0.0.1", standing.port, connections=20) as load:
        deployment = standing.push(programs.jar(after(now), "never-healthy"))
        wait_for(site, deployment, "instance-started")
        site.stop()
        site.start()
        ended = site.ended(deployment)
        load.wait_for(50)
    assert ended.phase is Phase.FAILED, ended
    assert (load.failed, load.errors) == (0, [])
    is_true(site, standing, ended, now, after(now))


def test_a_second_up_with_the_same_data_is_refused(site: LiveSite, now: str) -> None:
    assert now
    second = site.cli("up", seconds=30)
    assert second.returncode == 2, second.stdout + second.stderr
    assert "runs already" in second.stdout + second.stderr
    assert site.ready()


def kill_redis(site: LiveSite) -> Callable[[], bool]:
    """Kill it; the answer says whether another one runs by now and the site is ready with it."""
    former = site.pid("redis")
    os.kill(former, signal.SIGKILL)
    return lambda: site.pid("redis") != former and site.ready()


def test_when_redis_is_killed_what_was_queued_still_runs(
    site: LiveSite, standing: Application, programs: Programs, now: str
) -> None:
    with Load("127.0.0.1", standing.port, connections=20) as load:
        ids = [standing.push(programs.jar(f"{after(now)}.{number}")) for number in range(3)]
        back = kill_redis(site)
        until(back, 60)
        ended = [site.answered(deployment) for deployment in ids]
        load.wait_for(50)
    assert ended[-1].phase.serving, ended
    assert all(one.phase.serving or one.error_code == "superseded" for one in ended), ended
    assert (load.failed, load.errors) == (0, [])
    assert standing.answer() == f"{after(now)}.2"


def test_an_upload_while_redis_is_away_is_kept_and_runs_later(
    site: LiveSite, standing: Application, programs: Programs, now: str
) -> None:
    former = site.pid("redis")
    os.kill(former, signal.SIGSTOP)
    os.kill(former, signal.SIGKILL)
    deployment = standing.push(programs.jar(after(now)))
    assert site.ended(deployment).phase is Phase.SETTLED
    assert standing.answer() == after(now)


@pytest.mark.long  # test_processes does it with all of them
@pytest.mark.parametrize("name", ["web", "keeper"])
def test_a_killed_process_is_started_again(
    site: LiveSite, standing: Application, programs: Programs, now: str, name: str
) -> None:
    former = site.pid(name)
    os.kill(former, signal.SIGKILL)
    until(lambda: site.pid(name) != former and site.ready(), 60)
    next_push_works(site, standing, programs)


@pytest.mark.long
def test_a_backup_brings_the_site_back_into_an_empty_directory(
    own_site: LiveSite, programs: Programs, tmp_path: Path
) -> None:
    serving = own_site.application()
    own_site.ended(serving.deploy(programs.jar("1.0")).id)
    own_site.ended(serving.deploy(programs.jar("2.0")).id)
    known = own_site.client.releases(serving.name, "order")
    file = tmp_path / "backup.tar"
    made = own_site.cli("backup", file)
    assert made.returncode == 0, made.stderr
    assert own_site.stop() == 0
    assert own_site.cli("restore", file).returncode == 2, "the directory is not empty"
    former, own_site.data = own_site.data, tmp_path / "restored"
    restored = own_site.cli("restore", file)
    assert restored.returncode == 0, restored.stderr
    for name in ("bases", "blobs", "oci-layout", "index.json"):
        subprocess.run(["cp", "-aln", str(former / name), str(own_site.data)], check=True)
    own_site.start()
    assert own_site.client.releases(serving.name, "order") == known
    assert serving.answer() == "2.0"
    back = own_site.cli("rollback", serving.name, "order")
    assert back.returncode == 0, back.stderr
    assert serving.answer() == "1.0"
