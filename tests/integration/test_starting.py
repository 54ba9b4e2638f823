"""Programs that are difficult to start: they read standard input, write beside their jar, open several ports late or on
localhost only, end at first. A real one, built and rolled out by the real engine.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from buildpacks.errors import DeploymentFailed
from buildpacks.java import jvm
from buildsvc.engines.base import Soak
from buildsvc.engines.docker import DockerEngine
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.model.application import Port
from buildsvc.model.events import Event, Warned
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.build import Built
from buildsvc.usecases.build.order import Order
from scripts.made import MadeBases
from tests import forge
from tests.engine_site import Events, MemoryJournal
from tests.integration.engine_docker import DockerHarness, application, free_port, prepared

pytestmark = pytest.mark.engine
SOURCE = Path(__file__).parents[1] / "starting" / "Starter.java"
TAG = "buildsvc/test-starting:1"


@pytest.fixture(scope="module")
def layout(ready_bases: MadeBases, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    data = ready_bases.into(tmp_path_factory.mktemp("starting") / "data")
    return Layout(data, data / "tmp")


@pytest.fixture(scope="module")
def engine(layout: Layout, ready_bases: MadeBases) -> Iterator[DockerEngine]:
    with prepared(layout, ready_bases.get("gateway")) as found:
        yield found


@pytest.fixture(scope="module")
def built(layout: Layout, engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The program's image, in the engine."""
    folder = tmp_path_factory.mktemp("classes")
    subprocess.run(["javac", "--release", "11", "-d", str(folder), str(SOURCE)], check=True)
    classes = {file.name: file.read_bytes() for file in folder.glob("*.class")}
    data = forge.archive({"META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "Starter"}), **classes})
    path = forge.write(folder / "starter-1.0.jar", data)
    order = Order(engine.platform(), TAG)
    made = build_file(layout, BaseCache(layout.root / "bases", layout), path, order, Events())
    engine.load(made.image, (made.base,))
    yield made
    engine.remove_image(TAG)


class Starting:
    """One application; `start` rolls the program out and returns what was published."""

    def __init__(self, harness: DockerHarness, built: Built) -> None:
        self.harness, self.built = harness, built
        self.journal = MemoryJournal()

    def start(
        self,
        options: tuple[str, ...] = (),
        *,
        deadline: float = 120.0,
        may_end: int = 0,
        hear: Callable[[Event], None] | None = None,
        **env: str,
    ) -> Events:
        spec = self.harness.site.roll_out(self.journal, 1, (), deadline=deadline, may_end=may_end)
        self.spec = replace(
            spec,
            image_reference=TAG,
            command=jvm.command(self.built.facts.launch, options=options),
            environment=env,
            user=self.built.facts.user,
            component=replace(spec.component, stop_signal=None),
        )
        events = Events()
        self.harness.engine.roll_out(self.spec, self.journal, hear or events)
        return events


@pytest.fixture
def starting(
    engine: DockerEngine, ready_bases: MadeBases, engine_client: docker.DockerClient, built: Built
) -> Iterator[Callable[..., Starting]]:
    with ExitStack() as stack:

        def made(**extra: object) -> Starting:
            found = stack.enter_context(application(engine, ready_bases.get("gateway"), engine_client, **extra))
            return Starting(found, built)

        yield made


def health(events: Events) -> list[str]:
    return [event.policy for event in events.all if event.kind == "health-chosen"]


def warnings(events: Events) -> list[str]:
    return [event.code for event in events.all if event.kind == "warning"]


def test_standard_input_has_ended_and_working_folder_and_the_jar_s_own_are_writable(
    starting: Callable[..., Starting],
) -> None:
    one = starting()
    one.start()
    assert one.harness.get()[1].split()[:3] == ["stdin=-1", "beside=true", "folder=true"]


def test_time_zone_and_language_reach_java_and_text_stays_utf_8(starting: Callable[..., Starting]) -> None:
    one = starting()
    one.start(jvm.locality_options("Asia/Shanghai", "zh_CN"), TZ="Asia/Shanghai")
    facts = one.harness.get()[1].split()
    assert {"zone=Asia/Shanghai", "locale=zh_CN", "charset=UTF-8"} <= set(facts)


def test_a_program_that_ends_well_has_failed_all_the_same(starting: Callable[..., Starting]) -> None:
    with pytest.raises(DeploymentFailed) as caught:
        starting().start(END_WELL="1")
    assert (caught.value.code, "exit code 0" in caught.value.message) == ("instance-ended", True)


def test_one_that_ends_with_10_at_its_first_start_serves_where_it_may(starting: Callable[..., Starting]) -> None:
    one = starting()
    events = one.start(END_FIRST="1", may_end=1)
    assert warnings(events) == ["instance-started-again"]
    assert one.harness.get()[0] == 200


def test_requests_go_to_the_main_port_only_when_it_is_open_whatever_opened_before(
    starting: Callable[..., Starting],
) -> None:
    published = free_port()
    one = starting(ports=(Port(8080, published, "127.0.0.1"),), expose=(8443, 9001))
    one.harness.site.published = published
    events = one.start(TLS="8443", MANAGEMENT="9001", LATE="4000", MANAGEMENT_SERVER_PORT="9001")
    assert health(events) == ["GET /actuator/health/readiness on port 9001"]
    assert one.harness.get()[0] == 200


def test_a_tls_port_that_is_named_first_is_no_obstacle(starting: Callable[..., Starting]) -> None:
    published = free_port()
    one = starting(ports=(Port(8443, free_port(), "127.0.0.1"), Port(8080, published, "127.0.0.1")))
    one.harness.site.published = published
    events = one.start(TLS="8443")
    assert health(events) == ["GET / on port 8080"]
    assert one.harness.get()[0] == 200


@pytest.mark.long
def test_a_port_that_nobody_named_is_found_and_stays_found(starting: Callable[..., Starting]) -> None:
    one = starting(ports=())
    events = one.start(PORT="9090", TLS="8443", LATE="2000")
    assert health(events) == ["GET / on port 9090"]
    assert warnings(events) == ["ports-not-carried"]
    assert one.harness.engine.settle(one.spec, one.journal, Events()) is Soak.SOAKING


@pytest.mark.long
def test_a_port_on_localhost_only_is_told_of_early_and_named_as_the_reason(starting: Callable[..., Starting]) -> None:
    one = starting()
    with pytest.raises(DeploymentFailed) as caught:
        one.start(BIND="127.0.0.1", deadline=20.0)
    assert "because port 8080 is open on localhost only" in caught.value.message
    assert "server.address" in caught.value.hint


def test_a_page_that_stands_at_every_path_is_not_taken_for_spring_boot_s_health(
    starting: Callable[..., Starting],
) -> None:
    assert health(starting().start()) == ["GET / on port 8080"]


@pytest.mark.long
def test_a_port_other_than_the_file_s_is_told_of_long_before_the_deadline(starting: Callable[..., Starting]) -> None:
    one, told = starting(), []

    def hear(event: Event) -> None:
        if isinstance(event, Warned):
            told.append((event.code, time.monotonic()))

    with pytest.raises(DeploymentFailed) as caught:
        one.start(PORT="9999", deadline=40.0, hear=hear)
    assert "9999" in caught.value.message
    ((code, moment),) = told
    assert code == "listens-elsewhere"
    assert time.monotonic() - moment > 10
