"""`layers: learned`: the second upload shows what changes, the third is small; the release keeps the record."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.split import CHANGING
from buildsvc.image import manifest
from buildsvc.image.recall import recall
from buildsvc.model.release import Release
from tests import forge
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def order(common: str, version: str = "1") -> bytes:
    libraries = {"spring-6.jar": forge.library("s.A"), f"common-{version}.jar": forge.library(common)}
    return forge.boot_jar(java=17, main="demo.App", libraries=libraries)


def push(bench: Bench, data: bytes) -> Release:
    accepted = bench.push(application="shop", component="order", data=data)
    return bench.ledger.release("shop", "order", bench.run(accepted).release or 0)


def roles(bench: Bench, release: Release) -> tuple[list[str], list[str]]:
    image = recall(bench.site.layout, release.image.manifest, release.image.reference)
    history = manifest.read_config(bench.site.layout, image)["history"]
    return [line["created_by"].rpartition(" ")[2] for line in history][-3:], [layer.diff_id for layer in image.layers]


def test_what_changed_between_two_uploads_is_apart_from_then_on(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("x-buildsvc: {", "x-buildsvc: {layers: learned, ", 1))
    first = push(bench, order("c.A"))
    second = push(bench, order("c.B"))
    third = push(bench, order("c.C", "2"))
    assert (first.build.split, second.build.split, third.build.split) == ((), ("common",), ("common",))
    names, former = roles(bench, second)
    assert CHANGING in names
    assert roles(bench, third)[1][:-2] == former[:-2]
    assert roles(bench, third)[1][-2] != former[-2]


def test_a_component_that_does_not_wish_it_keeps_the_artifacts_own_layers(bench: Bench) -> None:
    bench.apply()
    push(bench, order("c.A"))
    assert push(bench, order("c.B")).build.split == ()


def test_the_first_file_may_be_gone(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("x-buildsvc: {", "x-buildsvc: {layers: learned, ", 1))
    first = push(bench, order("c.A"))
    bench.site.artifacts.remove(first.artifact)
    assert push(bench, order("c.B")).build.split == ()
