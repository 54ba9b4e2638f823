"""Which base a build takes: by bytecode, by a pin, and by what newer releases lack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.order import Order
from tests import forge, small_images
from tests.engine_site import Events
from tests.two_platforms import AMD64

Taken = tuple[str, Events]
Build = Callable[..., Taken]
JAXB = forge.class_file(8, "javax/xml/bind/JAXBContext")


@pytest.fixture
def take(tmp_path: Path) -> Build:
    """Build a jar on a cache with these releases: the base that it got, and what was told."""
    layout = Layout(tmp_path, tmp_path / "tmp")
    (tmp_path / "tmp").mkdir()
    bases = BaseCache(tmp_path / "bases", layout)

    def taken(data: bytes, *releases: int, pin: int | None = None) -> Taken:
        for java in releases:
            bases.put(small_images.base(layout, java))
        path, events = forge.write(tmp_path / "x.jar", data), Events()
        built = build_file(layout, bases, path, Order(AMD64, "test/x:1", java=pin), events)
        return built.facts.base.split("-amd64")[0], events

    return taken


def warnings(events: Events) -> list[str]:
    return [event.code for event in events.all if event.kind == "warning"]


@pytest.mark.parametrize(
    ("compiled", "java"), [(5, 8), (8, 8), (9, 11), (11, 11), (17, 17), (18, 21), (21, 21), (25, 25)]
)
def test_the_smallest_release_that_runs_the_bytecode(take: Build, compiled: int, java: int) -> None:
    base, events = take(forge.jar(java=compiled), 8, 11, 17, 21, 25)
    assert (base, warnings(events)) == (f"jre-{java}", [])


def test_a_pin_is_taken_and_one_that_is_too_low_refused(take: Build) -> None:
    assert take(forge.jar(java=11), 11, 17, 21, pin=21)[0] == "jre-21"
    with pytest.raises(Refused) as caught:
        take(forge.jar(java=17), pin=11)
    assert caught.value.code == "java-pinned-too-low"
    assert "Set x-buildsvc.java to 17" in caught.value.hint


def test_what_a_pinned_release_lacks_is_warned_of(take: Build) -> None:
    old = forge.jar(java=8, extra={"demo/Order.class": JAXB})
    assert warnings(take(old, 8, 17)[1]) == []
    base, events = take(old, pin=17)
    assert (base, warnings(events)) == ("jre-17", ["java-removed"])


def test_a_library_s_newer_classes_give_way_to_what_only_the_older_base_has(take: Build) -> None:
    libraries = {"new-1.0.jar": forge.library("n.New", java=17)}
    data = forge.boot_jar(java=8, boot="1.5.9.RELEASE", resources={"Order.class": JAXB}, libraries=libraries)
    base, events = take(data, 8, 17)
    assert (base, warnings(events)) == ("jre-8", ["base"])
    plain = forge.boot_jar(java=8, boot="2.7.1", libraries=libraries)
    assert take(plain)[0] == "jre-17"
