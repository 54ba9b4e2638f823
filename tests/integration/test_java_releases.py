"""What an old application gets of Java, and what Java is told of its limits: built, and run on real bases."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import docker
import pytest

from buildpacks.java import jvm
from buildpacks.java.jvm_limits import ContainerLimits, sees_limits
from buildsvc.engines.docker import DockerEngine
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.build import Built
from buildsvc.usecases.build.order import Order
from scripts.made import MadeBases
from tests import forge
from tests.engine_site import Events
from tests.integration.engine_docker import prepared

pytestmark = pytest.mark.engine
SOURCE = Path(__file__).parents[1] / "starting" / "Binder.java"
TAG = "buildsvc/test-releases:{}"


@dataclass
class Made:
    """An image in the engine, and what its build told."""

    built: Built
    events: Events
    api: docker.DockerClient

    @property
    def warned(self) -> list[str]:
        return [event.code for event in self.events.all if event.kind == "warning"]

    def run(self, *arguments: str, limits: ContainerLimits | None = None, options: str = "", **how: Any) -> str:
        """What the program says until it ends; it may fail."""
        argv = jvm.command(self.built.facts.launch, limits=limits, java_opts=options, arguments=arguments)
        container = self.api.containers.create(
            self.built.reference.reference, entrypoint=list(argv), network_mode="none", **how
        )
        try:
            container.start()
            container.wait(timeout=120)
            return container.logs().decode()
        finally:
            container.remove(force=True)


@pytest.fixture(scope="module")
def layout(ready_bases: MadeBases, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    ready_bases.get("jre", 8)
    data = ready_bases.into(tmp_path_factory.mktemp("releases") / "data")
    return Layout(data, data / "tmp")


@pytest.fixture(scope="module")
def engine(layout: Layout, ready_bases: MadeBases) -> Iterator[DockerEngine]:
    with prepared(layout, ready_bases.get("gateway")) as found:
        yield found


@pytest.fixture(scope="module")
def jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, with what Maven leaves of a library that defines proxies."""
    folder = tmp_path_factory.mktemp("classes")
    subprocess.run(["javac", "--release", "8", "-nowarn", "-d", str(folder), str(SOURCE)], check=True)
    classes = {file.name: file.read_bytes() for file in folder.glob("*.class")}
    told = {"META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "Binder"})}
    data = forge.archive(told | forge.pom_properties("cglib", "cglib", "3.3.0") | classes)
    return forge.write(folder / "binder-1.0.jar", data)


@pytest.fixture
def make(
    layout: Layout, engine: DockerEngine, engine_client: docker.DockerClient, jar: Path
) -> Iterator[Callable[[int | None], Made]]:
    tags: list[str] = []

    def made(java: int | None) -> Made:
        events = Events()
        tags.append(TAG.format(java or "any"))
        order = Order(engine.platform(), tags[-1], java=java)
        built = build_file(layout, BaseCache(layout.root / "bases", layout), jar, order, events)
        engine.load(built.image, (built.base,))
        return Made(built, events, engine_client)

    yield made
    for tag in tags:
        engine.remove_image(tag)


def test_an_application_of_java_8_gets_java_8_and_finds_what_it_needs_there(make: Callable[[int | None], Made]) -> None:
    made = make(None)
    said = made.run()
    assert made.warned == []
    assert {"java 1.8", "opened", "bound"} <= set(said.splitlines())
    assert sees_limits(made.built.facts.java_version)


def test_on_java_17_it_is_warned_of_and_fails_as_the_warning_says(make: Callable[[int | None], Made]) -> None:
    made = make(17)
    said = made.run()
    assert made.warned == ["java-removed"]
    assert {"java 17", "opened"} <= set(said.splitlines())
    assert "NoClassDefFoundError: javax/xml/bind/JAXB" in said


def test_without_the_package_opened_the_same_call_is_refused(make: Callable[[int | None], Made]) -> None:
    made = make(17)
    opened = "--add-opens=java.base/java.lang=ALL-UNNAMED"
    assert opened in made.built.facts.launch.options
    rest = tuple(option for option in made.built.facts.launch.options if option != opened)
    made.built = replace(
        made.built, facts=replace(made.built.facts, launch=replace(made.built.facts.launch, options=rest))
    )
    assert "InaccessibleObjectException" in made.run("no-jaxb")


@pytest.mark.parametrize(
    ("java", "options"),
    [("17.0.15", ""), ("1.8.0_292", "-XX:-UseContainerSupport")],
    ids=["sees its limits", "is blind to them"],
)
def test_half_a_gigabyte_makes_a_small_heap_and_the_serial_collector(
    make: Callable[[int | None], Made], java: str, options: str
) -> None:
    limits = ContainerLimits(memory=512 << 20, cpus=2.0, java=java)
    shown = make(17).run(
        "no-jaxb", limits=limits, options=f"-XX:+PrintFlagsFinal {options}", mem_limit="512m", nano_cpus=2 * 10**9
    )
    flags = {words[1]: words[3] for words in map(str.split, shown.splitlines()) if len(words) > 3}
    assert flags["UseSerialGC"] == "true"
    assert int(flags["MaxHeapSize"]) == 384 << 20
