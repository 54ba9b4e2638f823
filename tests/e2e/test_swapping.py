"""Versions come and go, good ones and bad ones, while fifty connections ask: nobody may notice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from buildsvc.model.deployment import Deployment, Phase
from tests import forge
from tests.e2e.site import Application, LiveSite
from tests.load import Load
from tests.on_host import as_root
from tests.programs import TOO_NEW, Manner, Programs
from tests.waiting import until

pytestmark = pytest.mark.engine
CONNECTIONS = 50
RATE = 120
"""Requests in a second by all connections: more takes the processor from what is swapped, and shows nothing new."""


def load_of(app: Application, connections: int = CONNECTIONS) -> Load:
    return Load("127.0.0.1", app.port, connections=connections, pause=connections / RATE)


def instances(app: Application) -> list[str]:
    return [str(one.name) for one in app.containers("instance", "order")]


@pytest.fixture
def serving(app: Application, programs: Programs, site: LiveSite) -> Application:
    """Order answers `1.0`, and its deployment is settled."""
    site.ended(app.deploy(programs.jar("1.0")).id)
    assert app.answer() == "1.0"
    return app


@pytest.fixture(scope="module")
def impatient(
    site: LiveSite, compiled_program: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """Order answers, and has 5 s to become healthy."""
    app = site.application(deadline=5)
    site.ended(app.deploy(Programs(tmp_path_factory.mktemp("impatient"), compiled_program).jar("1.0")).id)
    yield app
    site.forget(app)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("swaps", [5, pytest.param(20, marks=pytest.mark.long)])
def test_swaps_under_fifty_connections_fail_no_request_and_touch_nothing_else(
    site: LiveSite, serving: Application, programs: Programs, swaps: int
) -> None:
    serving.apply(drain=0.2)
    quiet(site, serving)
    site.ended(serving.deploy(programs.jar("5", name="stock"), "stock").id)
    before = serving.untouched("order")
    assert len(before) == 4, before
    newest = f"2.{swaps - 1}"
    with load_of(serving) as load:
        for number in range(swaps):
            deployment = serving.deploy(programs.jar(f"2.{number}"))
            assert deployment.phase.serving, deployment
            load.wait_for(100)
        assert load.bodies[newest.encode()] > 0
    assert (load.failed, load.errors) == (0, [])
    assert load.served > swaps * 100
    assert len(load.bodies) == swaps + 1, "every version was seen"
    assert serving.untouched("order") == before
    until(lambda: len(instances(serving)) == 1)
    assert serving.answer() == newest


def test_a_slow_request_is_served_to_its_end_while_its_instance_is_replaced(
    site: LiveSite, app: Application, programs: Programs
) -> None:
    app.apply(soak=0, drain=10)
    app.deploy(programs.jar("1.0"))
    answers: list[str] = []
    asking = [threading.Thread(target=lambda: answers.append(app.answer("/slow"))) for _ in range(8)]
    deployment = app.push(programs.jar("1.1"))
    until(lambda: "healthy" in site.kinds(deployment) or "instance-started" in site.kinds(deployment), 60)
    for thread in asking:
        thread.start()
    assert site.ended(deployment).phase is Phase.SETTLED
    for thread in asking:
        thread.join(30)
    assert answers == ["slow"] * 8
    assert app.answer() == "1.1"


@pytest.mark.parametrize(
    ("manner", "told"),
    [
        ("never-healthy", ("not-healthy", "program 2.0 serves")),
        pytest.param("silent", ("not-healthy", "program 2.0 starts"), marks=pytest.mark.long),
        ("crashes", ("instance-ended", "no database at db:3306")),
        pytest.param("ends", ("instance-ended", "program 2.0 starts"), marks=pytest.mark.long),
    ],
)
def test_a_version_that_does_not_come_up_fails_with_its_last_words_and_the_old_one_serves(
    site: LiveSite, impatient: Application, programs: Programs, manner: Manner, told: tuple[str, str]
) -> None:
    code, tail = told
    quiet(site, impatient)
    version = impatient.answer()
    before, standing = impatient.untouched("order"), instances(impatient)
    release = site.client.releases(impatient.name, "order")[0].number
    with load_of(impatient, 20) as load:
        pushed = site.cli("push", programs.jar("2.0", manner), "--app", impatient.name)
        load.wait_for(100)
    assert pushed.returncode == 1, pushed.stdout + pushed.stderr
    deployment = site.client.deployments(impatient.name, "order", 1)[0]
    assert (deployment.phase, deployment.error_code) == (Phase.FAILED, code), deployment
    assert deployment.error_hint
    failed = next(event for event in site.events(deployment.id) if event["kind"] == "failed")
    assert any(tail in line for line in failed["log_tail"]), failed
    assert (load.failed, set(load.bodies)) == (0, {version.encode()}), load.errors
    assert impatient.untouched("order") == before
    assert instances(impatient) == standing
    live = [one for one in site.client.releases(impatient.name, "order") if one.live]
    assert [one.number for one in live] == [release]
    following = f"after-{manner}"
    assert impatient.deploy(programs.jar(following)).phase.serving
    assert impatient.answer() == following


def quiet(site: LiveSite, app: Application) -> None:
    """Wait until nothing of this application is under way: a changed spec deploys by itself."""
    until(lambda: all(one.phase.ended for one in site.client.deployments(app.name, None, 20)), 90)


def broken(programs: Programs, kind: str) -> Path:
    good = programs.jar("2.0").read_bytes()
    made = {
        "truncated": forge.truncated(good),
        "cut in its last bytes": good[:-3],
        "text": b"This is not a jar, whatever its name says.\n",
        "empty": b"",
        "encrypted": forge.encrypted(good),
        "library": forge.library("demo.Tool"),
        "main class missing": forge.archive({"META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "not.There"})}),
    }[kind]
    return forge.write(programs.folder / "order-2.0.jar", made)


@pytest.mark.parametrize(
    "kind", ["truncated", "cut in its last bytes", "text", "empty", "encrypted", "library", "main class missing"]
)
def test_what_cannot_run_is_refused_at_the_door_and_nothing_changes(
    site: LiveSite, standing: Application, programs: Programs, kind: str
) -> None:
    serving = standing
    before, known = serving.untouched(), len(site.client.deployments(serving.name, None, 50))
    jar = broken(programs, kind)
    pushed = site.cli("push", jar, "--app", serving.name, "--component", "order")
    assert pushed.returncode == 2, pushed.stdout + pushed.stderr
    said = site.upload(jar.read_bytes(), filename=jar.name, application=serving.name, component="order")
    assert 400 <= said.status_code < 500, said.text
    problem = said.json()
    assert said.headers["Content-Type"] == "application/problem+json"
    assert problem["code"]
    assert problem["hint"]
    assert problem["status"] == said.status_code
    assert len(site.client.deployments(serving.name, None, 50)) == known
    assert serving.untouched() == before
    assert serving.answer() == "1.0"
    assert not list((site.data / "tmp").glob("upload*"))


def test_classes_too_new_for_every_base_fail_and_name_what_to_add(
    site: LiveSite, standing: Application, programs: Programs
) -> None:
    before = standing.untouched()
    with load_of(standing, 10) as load:
        pushed = site.cli("push", programs.jar("2.0", java=TOO_NEW), "--app", standing.name)
    assert pushed.returncode in {1, 2}, pushed.stdout + pushed.stderr
    said = pushed.stdout + pushed.stderr
    assert f"Java {TOO_NEW}" in said
    assert "base" in said
    assert (load.failed, standing.untouched()) == (0, before), load.errors
    assert all(one.phase.ended for one in site.client.deployments(standing.name, None, 5))


def test_a_crash_in_the_soak_switches_back_by_itself(site: LiveSite, serving: Application, programs: Programs) -> None:
    serving.apply(soak=60)
    quiet_but_live(site, serving)
    before = serving.untouched("order")
    with load_of(serving, 20) as load:
        deployment = serving.deploy(programs.jar("2.0", "crashes-later", after=6))
        assert deployment.phase is Phase.LIVE, deployment
        ended = site.ended(deployment.id)
        load.wait_for(100)
    assert ended.phase is Phase.SWITCHED_BACK
    assert serving.answer() == "1.0"
    back = next(event for event in site.events(deployment.id) if event["kind"] == "switched-back")
    assert back["reason"]
    live = [one for one in site.client.releases(serving.name, "order") if one.live]
    assert [one.filename for one in live] == ["order-1.0.jar"]
    assert back["release"] == live[0].number
    until(lambda: len(instances(serving)) == 1)
    assert serving.untouched("order") == before
    assert load.bodies[b"2.0"] > 0
    assert load.served > load.failed * 5, load.errors


def test_a_push_in_the_soak_ends_it_at_once(site: LiveSite, serving: Application, programs: Programs) -> None:
    serving.apply(soak=300)
    quiet_but_live(site, serving)
    first = serving.deploy(programs.jar("2.0"))
    assert first.phase is Phase.LIVE
    with load_of(serving, 20) as load:
        second = serving.deploy(programs.jar("2.1"))
        load.wait_for(50)
    assert second.phase is Phase.LIVE
    assert site.client.deployment(first.id).phase is Phase.SETTLED
    assert (load.failed, load.errors) == (0, [])
    assert len(instances(serving)) == 2, "the one that serves, and the one to go back to"


def quiet_but_live(site: LiveSite, app: Application) -> None:
    def calm() -> bool:
        phases = {one.phase for one in site.client.deployments(app.name, None, 20)}
        return not phases & {Phase.QUEUED, Phase.BUILDING, Phase.SWAPPING}

    until(calm, 90)


def test_a_rollback_restores_the_whole_spec_and_says_so(
    site: LiveSite, serving: Application, programs: Programs
) -> None:
    assert serving.answer("/environment?GREETING") == "hello"
    first = site.client.releases(serving.name, "order")[0].number
    serving.apply(greeting="goodbye")
    quiet(site, serving)
    assert serving.answer("/environment?GREETING") == "goodbye"
    site.ended(serving.deploy(programs.jar("2.0")).id)
    assert (serving.answer(), serving.answer("/environment?GREETING")) == ("2.0", "goodbye")
    before = serving.untouched("order")
    with load_of(serving, 20) as load:
        back = site.cli("rollback", serving.name, "order", "--to", str(first))
        load.wait_for(50)
    assert back.returncode == 0, back.stderr
    assert f"order is live as release {first}" in back.stdout
    assert (load.failed, load.errors) == (0, [])
    assert (serving.answer(), serving.answer("/environment?GREETING")) == ("1.0", "hello")
    assert serving.untouched("order") == before
    again = site.cli("rollback", serving.name, "order", "--to", str(first))
    assert again.returncode == 2, "it is live already"
    assert site.cli("rollback", serving.name, "order", "--to", "99").returncode == 2


def test_pushes_to_one_component_run_one_after_the_other_and_the_newest_last(
    site: LiveSite, serving: Application, programs: Programs
) -> None:
    with load_of(serving, 20) as load:
        ids = [serving.push(programs.jar(f"2.{number}")) for number in range(3)]
        ended = [site.answered(deployment) for deployment in ids]
        load.wait_for(50)
    assert ended[-1].phase.serving, ended
    assert all(one.phase.serving or one.error_code == "superseded" for one in ended), ended
    assert (load.failed, load.errors) == (0, [])
    assert serving.answer() == "2.2", "the last one pushed is the one that serves"
    times = [spans(site, one.id) for one in ended if one.phase.serving]
    assert all(former[1] <= later[0] for former, later in pairwise(times)), times


def spans(site: LiveSite, deployment: str) -> tuple[str, str]:
    """When work on it began and when it went live; ISO times in UTC sort as text."""
    told = site.get(f"/api/deployments/{deployment}/events")
    at = {one["event"]["kind"]: one["at"] for one in told}
    return at["started"], at["live"]


def test_pushes_to_two_components_run_beside_each_other(
    site: LiveSite, serving: Application, programs: Programs
) -> None:
    ids = [serving.push(programs.jar("2.0")), serving.push(programs.jar("3.0", name="stock"), "stock")]
    assert all(site.answered(deployment).phase.serving for deployment in ids)
    (began, live), (other_began, other_live) = (spans(site, deployment) for deployment in ids)
    assert began < other_live
    assert other_began < live


def test_a_push_during_an_apply_waits_and_then_goes_live(
    site: LiveSite, serving: Application, programs: Programs
) -> None:
    done: list[Deployment] = []
    applying = threading.Thread(target=lambda: done.append(serving.apply(greeting="changed")))
    with load_of(serving, 20) as load:
        applying.start()
        pushed = serving.deploy(programs.jar("2.0"))
        applying.join(120)
        quiet(site, serving)
        load.wait_for(50)
    assert pushed.phase.serving
    assert done[0].phase is Phase.SETTLED
    assert (load.failed, load.errors) == (0, [])
    assert (serving.answer(), serving.answer("/environment?GREETING")) == ("2.0", "changed")


def test_a_restarted_gateway_and_a_killed_instance_come_back_serving(standing: Application) -> None:
    (gateway,) = standing.containers("gateway", "order")
    gateway.restart(timeout=1)
    until(lambda: standing.answer() == "1.0", 30)
    (instance,) = standing.containers("instance", "order")
    pid, started = int(instance.attrs["State"]["Pid"]), instance.attrs["State"]["StartedAt"]
    assert pid > 1
    as_root(standing.site.engine, standing.site.image, "kill", "-9", str(pid))

    def back() -> bool:
        (now,) = standing.containers("instance", "order")
        return now.id == instance.id and now.attrs["State"]["StartedAt"] != started and standing.answer() == "1.0"

    until(back, 30)


def test_a_component_without_a_jar_waits_behind_a_clear_page(app: Application) -> None:
    said = requests.get(app.url, timeout=10)
    assert said.status_code == 503
    assert "order" in said.text
