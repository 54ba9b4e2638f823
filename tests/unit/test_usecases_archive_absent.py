"""A version that starts without an archive says why, where the one before it served long enough for one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from buildsvc.image import class_archives
from buildsvc.image.class_archives import ClassArchive
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Warned
from buildsvc.usecases.aside.archive_absent import EXPECTED
from buildsvc.usecases.aside.archive_under_way import MEMORY, Making
from tests import forge
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def live(bench: Bench, version: str, library: str = "lib.a.A") -> Deployment:
    libraries = {"a-1.0.jar": forge.library(library)}
    data = forge.boot_jar(main="demo.App", libraries=libraries, web=False, maven=("demo", "order-service", version))
    return bench.run(bench.push(application="shop", component="order", data=data))


def key(bench: Bench) -> str:
    found = bench.ledger.live("shop", "order")
    assert found is not None
    return found.release.build.cds


def said(bench: Bench, deployment: Deployment) -> list[str]:
    events = [recorded.event for recorded in bench.ledger.events(deployment.id)]
    return [one.variant for one in events if isinstance(one, Warned) and one.code == "no-archive"]


def under_way(bench: Bench) -> Making:
    making = Making(key(bench), "shop", "order", 1, "d" * 12, 0.0, 3)
    folder = bench.settings.paths.tmp / "cds"
    folder.mkdir(exist_ok=True)
    (folder / f"{making.key}.json").write_text(json.dumps(asdict(making)))
    return making


def test_that_memory_was_short_is_said_once_the_former_one_has_served_a_minute(bench: Bench) -> None:
    bench.memory = MEMORY
    live(bench, "1")
    bench.clock.forward(EXPECTED - 1)
    assert said(bench, live(bench, "2")) == []
    bench.clock.forward(EXPECTED + 1)
    assert said(bench, live(bench, "3")) == ["memory"]


def test_what_is_being_made_what_could_not_be_made_and_what_was_not_begun_are_told_apart(bench: Bench) -> None:
    live(bench, "1")
    bench.clock.forward(EXPECTED + 1)
    assert said(bench, live(bench, "2")) == ["not-begun"]
    making = under_way(bench)
    bench.clock.forward(EXPECTED + 1)
    assert said(bench, live(bench, "3")) == ["being-made"]
    class_archives.keep(bench.site.layout, ClassArchive(making.key, unusable="java ended with 1"))
    bench.clock.forward(EXPECTED + 1)
    assert said(bench, live(bench, "4")) == ["unusable"]


def test_other_libraries_are_no_reason_to_say_anything(bench: Bench) -> None:
    bench.memory = MEMORY
    live(bench, "1")
    bench.clock.forward(EXPECTED + 1)
    assert said(bench, live(bench, "2", library="lib.b.B")) == []


def test_what_makes_an_archive_is_frozen_before_a_program_starts_and_goes_on_when_nothing_is_under_way(
    bench: Bench,
) -> None:
    live(bench, "1")
    name = under_way(bench).name
    bench.engine.calls.clear()
    live(bench, "2")
    calls = [call for call in bench.engine.calls if call[0] in {"hold_aside", "start"}]
    assert calls[0] == ("hold_aside", name, "True")
    assert calls[1][0] == "start"


def test_a_damaged_record_of_what_is_being_made_keeps_no_version_from_starting(bench: Bench) -> None:
    live(bench, "1")
    making = under_way(bench)
    (bench.settings.paths.tmp / "cds" / f"{making.key}.json").write_text('{"key": 1}')
    assert live(bench, "2").phase.serving
