"""Another start of a release takes an archive over everything, made aside of it while it served."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.java import cds
from buildsvc.image import class_archives
from buildsvc.model.archive_events import ArchiveMade, ArchiveUsed
from buildsvc.model.deployment import Phase
from buildsvc.model.events import Event
from buildsvc.usecases.aside import class_archiving, whole_archiving
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.stop.again import submit_restart
from buildsvc.usecases.tend import pruning
from buildsvc.usecases.tend.keeping import archive_keys, recorded
from tests import forge
from tests.unit.test_usecases_archiving import aside, boot, live, make, release
from tests.workshops import COMPOSE, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def make_whole(bench: Bench) -> None:
    bench.clock.forward(whole_archiving.SERVED)
    class_archiving.tend(bench.workshop)
    name = aside(bench)
    assert name is not None
    bench.engine.files[name, "/tmp/classes.jsa"] = b"everything" * 100
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None


def images(bench: Bench) -> dict[int | None, str]:
    place = bench.engine.places["shop", "order"]
    return {one.release: place.images[one.id] for one in place.occupants.values()}


def events(bench: Bench, deployment: str) -> list[Event]:
    return [one.event for one in bench.ledger.events(deployment)]


def restarted(bench: Bench) -> str:
    again = bench.run(submit_restart(bench.site, "shop", "order", actor="ann", door="web"))
    assert again.phase is Phase.LIVE
    return again.id


def test_a_restart_takes_the_archive_over_everything_and_says_so(bench: Bench) -> None:
    first = live(bench, boot("1.0"))
    make(bench)
    make_whole(bench)
    assert [one.everything for one in events(bench, first.id) if isinstance(one, ArchiveMade)] == [False, True]
    deployment = restarted(bench)
    assert [one.everything for one in events(bench, deployment) if isinstance(one, ArchiveUsed)] == [True]
    assert ":cds-" in images(bench)[1]
    assert release(bench).image.reference != images(bench)[1], "the release is recorded as it was"


def test_the_container_that_is_there_takes_it_when_its_engine_starts_it_again(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    make_whole(bench)
    (name,) = [one.name for one in bench.engine.instances("shop") if one.role == "instance"]
    assert bench.engine.files[name, f"/{cds.PATH}"] == b"everything" * 100
    assert bench.engine.files[name, f"/{cds.START}"] == f"-XX:SharedArchiveFile=/{cds.PATH}\n".encode()
    live(bench, boot("2.0"))
    make_whole(bench)
    (other,) = [one.name for one in bench.engine.instances("shop") if one.role == "instance" and one.release == 2]
    assert (other, f"/{cds.PATH}") in bench.engine.files
    assert (other, f"/{cds.START}") not in bench.engine.files, "it starts from an archive as it is"


def test_a_rollback_takes_it_too_and_the_next_version_takes_that_of_the_libraries(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    make_whole(bench)
    second = live(bench, boot("2.0"))
    assert [one.everything for one in events(bench, second.id) if isinstance(one, ArchiveUsed)] == [False]
    live(bench, boot("3.0"))
    back = bench.run(rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="web"))
    assert [one.everything for one in events(bench, back.id) if isinstance(one, ArchiveUsed)] == [True]


def test_none_is_made_before_the_release_has_served_for_a_minute(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None


def test_its_list_has_the_classes_of_the_program_and_its_class_path_is_the_images(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    bench.clock.forward(whole_archiving.SERVED)
    class_archiving.tend(bench.workshop)
    name = aside(bench)
    assert name is not None
    listed = bench.engine.files[name, "/tmp/classes.lst"]
    assert listed.startswith(b"java/lang/Object id: 0\nlib/a/A id: 1\n")
    assert b"demo/App\n" in listed


def test_an_agent_in_the_options_is_started_as_before(bench: Bench) -> None:
    bench.apply(COMPOSE.replace("GREETING: hello", "JAVA_OPTS: '-javaagent:/a.jar'"))
    live(bench, boot("1.0"))
    make(bench)
    bench.clock.forward(whole_archiving.SERVED)
    class_archiving.tend(bench.workshop)
    assert aside(bench) is None
    deployment = restarted(bench)
    assert not [one for one in events(bench, deployment) if isinstance(one, ArchiveUsed)]
    assert images(bench)[1] == release(bench).image.reference


def test_a_lost_layer_is_a_start_as_before(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    make_whole(bench)
    found = class_archives.find(bench.site.layout, whole_archiving.key_of(release(bench)))
    assert found is not None
    bench.site.layout.delete(found.layer)
    restarted(bench)
    assert images(bench)[1] == release(bench).image.reference


def test_it_stays_for_what_serves_and_for_the_one_before_and_goes_behind_them(bench: Bench) -> None:
    live(bench, boot("1.0"))
    make(bench)
    make_whole(bench)
    key = whole_archiving.key_of(release(bench))
    for number in (2, 3):
        assert key in archive_keys(bench.site, recorded(bench.site))
        live(bench, boot(f"{number}.0", extra={f"x{number}.txt": forge.class_file()}))
    assert key not in archive_keys(bench.site, recorded(bench.site))
    bench.clock.forward(2 * 86400)
    pruning.prune(bench.workshop)
    assert class_archives.find(bench.site.layout, key) is None
