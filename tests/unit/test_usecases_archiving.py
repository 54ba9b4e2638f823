"""CDS archives are made aside of what serves, are there before the next push needs them, and never stand in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.java import cds
from buildsvc.engines.programs_aside import AsideState
from buildsvc.image import class_archives
from buildsvc.model.archive_events import ArchiveMade, ArchiveUsed
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.release import Release
from buildsvc.store.durable_files import held
from buildsvc.usecases.aside import class_archiving
from buildsvc.usecases.aside.archive_under_way import MEMORY
from tests import forge
from tests.workshops import COMPOSE, Bench

LIST = b"java/lang/Object id: 0\nlib/a/A id: 1\nlib/a/B id"


def boot(version: str, *, extra: dict[str, bytes] | None = None, library: str = "lib.a.A") -> bytes:
    libraries = {"a-1.0.jar": forge.library(library)}
    maven = ("demo", "order-service", version)
    return forge.boot_jar(main="demo.App", libraries=libraries, web=False, maven=maven, extra=extra)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def live(bench: Bench, data: bytes) -> Deployment:
    return bench.run(bench.push(application="shop", component="order", data=data))


def write_list(bench: Bench, listed: bytes = LIST) -> None:
    for one in bench.engine.instances("shop"):
        if one.role == "instance":
            bench.engine.files[one.name, cds.LIST] = listed


def aside(bench: Bench) -> str | None:
    return next(iter(bench.engine.aside), None)


def make(bench: Bench) -> None:
    """Two passes: begin, and take in what was made."""
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    name = aside(bench)
    assert name is not None
    bench.engine.files[name, "/tmp/classes.jsa"] = b"archive" * 100
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None


def release(bench: Bench) -> Release:
    found = bench.ledger.live("shop", "order")
    assert found is not None
    return found.release


def options(bench: Bench) -> tuple[str, ...]:
    return release(bench).build.launch.options


def test_the_first_version_lists_its_classes_and_the_second_starts_from_the_archive(bench: Bench) -> None:
    first = live(bench, boot("1.0"))
    assert cds.is_recorded(options(bench))
    make(bench)
    (made,) = [r.event for r in bench.ledger.events(first.id) if isinstance(r.event, ArchiveMade)]
    assert (made.classes, made.size) == (2, 700)
    assert any(":cds-" in reference for reference in bench.engine.images), "the engine has its layer already"
    second = live(bench, boot("2.0"))
    assert f"-XX:SharedArchiveFile=/{cds.PATH}" in options(bench)
    assert not cds.is_recorded(options(bench))
    (used,) = [r.event for r in bench.ledger.events(second.id) if isinstance(r.event, ArchiveUsed)]
    assert used.classes == 2
    assert second.phase is Phase.LIVE


def test_the_program_that_makes_it_gets_whole_lines_and_the_libraries_alone(bench: Bench) -> None:
    live(bench, boot("1.0"))
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    name = aside(bench)
    assert name is not None
    assert bench.engine.files[name, "/tmp/classes.lst"] == b"java/lang/Object id: 0\nlib/a/A id: 1\n"


def test_nothing_is_begun_too_early_or_while_a_push_is_under_way_or_memory_is_short(bench: Bench) -> None:
    live(bench, boot("1.0"))
    write_list(bench)
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None, "it has not served long enough"
    bench.clock.forward(class_archiving.SERVED + 1)
    waiting = bench.push(application="shop", component="order", data=boot("2.0"))
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None, "a push waits"
    bench.run(waiting)
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    bench.memory = MEMORY
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None, "memory is short"
    bench.memory *= 2
    class_archiving.tend(bench.workshop)
    assert aside(bench) is not None


def test_it_rests_while_a_push_is_under_way_and_goes_on_behind_it(bench: Bench) -> None:
    live(bench, boot("1.0"))
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    name = aside(bench)
    assert name is not None
    bench.engine.aside[name] = AsideState(name, running=True, exit_code=None)
    waiting = bench.push(application="shop", component="order", data=boot("1.1"))
    class_archiving.tend(bench.workshop)
    assert bench.engine.calls[-1] == ("hold_aside", name, "True")
    bench.run(waiting)
    class_archiving.tend(bench.workshop)
    assert bench.engine.calls[-1] == ("hold_aside", name, "False")


def test_a_second_process_keeps_away_while_one_is_at_it(bench: Bench) -> None:
    live(bench, boot("1.0"))
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    folder = bench.settings.paths.tmp / "cds"
    folder.mkdir()
    with held(folder / "lock") as mine:
        assert mine
        class_archiving.tend(bench.workshop)
    assert aside(bench) is None


@pytest.mark.parametrize("how", ["java fails", "no archive", "no list"])
def test_what_cannot_be_made_is_not_tried_again_and_pushes_go_on(bench: Bench, how: str) -> None:
    first = live(bench, boot("1.0"))
    write_list(bench, b"" if how == "no list" else LIST)
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    name = aside(bench)
    if name is not None and how == "java fails":
        bench.engine.aside[name] = AsideState(name, running=False, exit_code=1, tail=("out of memory",))
    class_archiving.tend(bench.workshop)
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None
    assert "archive-made" not in bench.kinds(first)
    found = class_archives.find(bench.site.layout, release(bench).build.cds)
    assert found is not None
    assert found.unusable
    assert live(bench, boot("2.0")).phase is Phase.LIVE
    assert not cds.is_open(options(bench))


def test_one_that_was_lost_on_the_way_is_begun_anew(bench: Bench) -> None:
    live(bench, boot("1.0"))
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    bench.engine.aside.clear()
    class_archiving.tend(bench.workshop)
    assert list((bench.settings.paths.tmp / "cds").glob("*.json")) == []
    class_archiving.tend(bench.workshop)
    assert aside(bench) is not None


def test_a_program_that_has_a_name_of_its_libraries_stays_in_front_of_them(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    second = live(bench, boot("2.0", extra={"BOOT-INF/classes/lib/a/A.class": forge.class_file()}))
    assert second.phase is Phase.LIVE
    assert "archive-used" not in bench.kinds(second)
    assert release(bench).build.launch.target[1].startswith("/app/app.jar:/app/lib/")


def test_a_library_of_which_the_program_holds_a_class_is_left_out_of_the_archive(bench: Bench) -> None:
    own = {"BOOT-INF/classes/lib/a/A.class": forge.class_file()}
    live(bench, boot("1.0", extra=own))
    make(bench)
    second = live(bench, boot("2.0", extra=own))
    assert "archive-used" in bench.kinds(second)
    (first, *rest) = release(bench).build.launch.target[1].split(":")
    assert first.startswith("/app/lib/spring-boot-")
    assert rest[0] == "/app/app.jar"
    assert any(path.startswith("/app/lib/a-") for path in rest)


def test_other_libraries_are_another_archive(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    live(bench, boot("2.0", library="lib.a.Other"))
    assert cds.is_recorded(options(bench))


def test_a_component_can_do_without(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    bench.apply(COMPOSE.replace("soak: 60s", "soak: 60s, cds: false"))
    live(bench, boot("1.0"))
    assert not cds.is_recorded(options(bench))
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None


def test_a_lost_layer_is_a_lost_archive(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    key = release(bench).build.cds
    found = class_archives.find(bench.site.layout, key)
    assert found is not None
    live(bench, boot("2.0"))
    bench.site.layout.delete(found.layer)
    assert class_archives.find(bench.site.layout, key) is None
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    assert class_archives.find(bench.site.layout, key) is None, "2.0 wrote no list, which is no reason to give up"
    live(bench, boot("3.0"))
    assert cds.is_recorded(options(bench)), "so the next one does"


ACME = """
name = "acme"
[match]
entries = ["lib/*.jar"]
[[layer]]
role = "dependencies"
entries = ["lib/*.jar"]
[launch]
main_class = "lib.a.A"
class_path = ["/app/lib/*.jar"]
"""


def test_none_is_made_for_a_release_that_another_buildpack_would_plan_now(bench: Bench) -> None:
    file = forge.write(bench.settings.buildpacks / "acme.toml", ACME.encode())
    live(bench, forge.archive({"lib/a-1.0.jar": forge.library("lib.a.A")}))
    assert release(bench).build.buildpack == "acme"
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    file.unlink()
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None
    found = class_archives.find(bench.site.layout, release(bench).build.cds)
    assert found is not None
    assert "none that can be started" in found.unusable


def test_one_is_made_for_a_release_of_a_buildpack_of_the_site_unless_that_has_changed(bench: Bench) -> None:
    file = forge.write(bench.settings.buildpacks / "acme.toml", ACME.encode())
    live(bench, forge.archive({"lib/a-1.0.jar": forge.library("lib.a.A")}))
    make(bench)
    live(bench, forge.archive({"lib/a-1.0.jar": forge.library("lib.a.A"), "lib/b-1.0.jar": forge.library("lib.b.B")}))
    forge.write(file, b"# changed\n" + ACME.encode())
    write_list(bench)
    bench.clock.forward(class_archiving.SERVED + 1)
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None
    found = class_archives.find(bench.site.layout, release(bench).build.cds)
    assert found is not None
    assert (found.unusable or "").startswith("release 2 of order is planned by another buildpack now.")
