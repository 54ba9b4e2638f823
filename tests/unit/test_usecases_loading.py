"""An image of another architecture never reaches the engine, whatever brought it here: a restored backup, a bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import ImageLoaded
from buildsvc.usecases.deploy.loading import load
from tests import forge, small_images
from tests.two_platforms import ARM64
from tests.workshops import COMPOSE, Bench

LIBRARIES = {"spring-6.jar": forge.library("s.A"), "kafka-3.jar": forge.library("k.A")}


def boot(name: str, libraries: dict[str, bytes] = LIBRARIES) -> bytes:
    return forge.boot_jar(java=17, main=f"demo.{name}", libraries=libraries)


def sent(bench: Bench, deployment: Deployment) -> int:
    """Layers that travelled for the component's own image, the last one that was loaded."""
    events = [one.event for one in bench.ledger.events(deployment.id)]
    return [event.layers_sent for event in events if isinstance(event, ImageLoaded)][-1]


def push(bench: Bench, component: str, data: bytes, application: str = "shop") -> Deployment:
    return bench.run(bench.push(application=application, component=component, data=data))


def test_an_image_for_another_architecture_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    image = replace(small_images.base(bench.site.layout).image, platform=ARM64)
    before = set(bench.engine.images)
    with pytest.raises(Refused, match="is for linux/arm64, and the engine is linux/amd64") as refused:
        load(bench.workshop, image, (), lambda _: None)
    assert refused.value.code == "wrong-platform"
    assert bench.engine.images == before


def test_a_component_with_the_same_libraries_as_another_sends_only_its_own_classes(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    bench.apply()
    bench.apply(COMPOSE.replace("name: shop", "name: depot"))
    # Libraries, classes, and the file that its start reads.
    assert sent(bench, push(bench, "order", boot("Order"))) == 3
    assert sent(bench, push(bench, "stock", boot("Stock"))) == 1
    assert sent(bench, push(bench, "stock", boot("Depot"), "depot")) == 1
    other = {**LIBRARIES, "redis-1.jar": forge.library("r.A")}
    assert sent(bench, push(bench, "stock", boot("Stock", libraries=other))) == 2


def test_what_was_there_before_a_rollback_does_not_travel_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    bench.apply()
    other = {**LIBRARIES, "redis-1.jar": forge.library("r.A")}
    push(bench, "order", boot("Order"))
    push(bench, "order", boot("Order", libraries=other))
    push(bench, "order", boot("Mended"))
    assert sent(bench, push(bench, "order", boot("Later", libraries=other))) == 1
