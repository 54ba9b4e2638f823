"""An artifact is understood once: by the door; what comes later reads that, and notices when it must not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Phase
from buildsvc.model.events import Failed
from buildsvc.store.analyses import Analyses
from buildsvc.usecases import understanding
from buildsvc.usecases.understanding import judged, understood
from tests import elves, forge
from tests.workshops import COMPOSE, Bench, jar

ELVES = {"x/libfoo.so": elves.shared(), "y/libfoo.so": elves.shared(elves.ARM64)}
NATIVE = forge.boot_jar(
    main="demo.Main", java=17, libraries={"n.jar": forge.library("n.N", extra=ELVES)}, resources=ELVES
)
NAME = "order-service.jar"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were analysed since the test began."""
    names: list[str] = []

    def noted(path: Path, filename: str, **how: Any) -> Analysis:
        names.append(filename)
        return analyse(path, filename, **how)

    monkeypatch.setattr(understanding, "analyse", noted)
    return names


def record(bench: Bench, accepted: Accepted) -> Path:
    return bench.settings.data / "analyses" / accepted.artifact


def kept(bench: Bench, accepted: Accepted, version: str = "test") -> Analysis | None:
    path = bench.site.artifacts.path(accepted.artifact)
    return Analyses(bench.settings.data, bench.settings.paths.tmp, version).read(accepted.artifact, path)


def test_a_push_is_read_once_and_built_from_that(bench: Bench, read: list[str]) -> None:
    accepted = bench.push()
    assert bench.run(accepted).phase is Phase.LIVE
    assert read == [NAME]


def test_the_next_push_of_a_component_that_learns_reads_itself_alone(bench: Bench, read: list[str]) -> None:
    bench.apply(COMPOSE.replace("x-buildsvc: {", "x-buildsvc: {layers: learned, ", 1))
    for version in ("1.0", "2.0"):
        bench.run(bench.push(data=jar(version), filename=f"{version}.jar", application="shop", component="order"))
    assert read == ["1.0.jar", "2.0.jar"]


@pytest.mark.parametrize("content", [None, b"", b"damaged"], ids=["absent", "empty", "damaged"])
def test_a_record_that_is_none_is_made_anew(bench: Bench, read: list[str], content: bytes | None) -> None:
    accepted = bench.push()
    before = kept(bench, accepted)
    record(bench, accepted).unlink()
    if content is not None:
        record(bench, accepted).write_bytes(content)
    assert bench.run(accepted).phase is Phase.LIVE
    assert read == [NAME, NAME]
    assert kept(bench, accepted) == before


def test_a_record_of_another_version_of_the_analyser_is_made_anew(bench: Bench, read: list[str]) -> None:
    accepted = bench.push()
    found = kept(bench, accepted)
    assert found is not None
    Analyses(bench.settings.data, bench.settings.paths.tmp, "older").keep(found)
    assert bench.run(accepted).phase is Phase.LIVE
    assert read == [NAME, NAME]
    assert kept(bench, accepted) == found


def test_the_natives_of_another_machine_are_read_when_they_are_asked_for(bench: Bench, read: list[str]) -> None:
    accepted = bench.push(data=NATIVE)
    door = understood(bench.site, accepted.artifact, NAME, ("amd64",))
    assert {one.machine for one in door.natives if one.libc is not None} == {"amd64"}
    assert len(read) == 1
    for _ in range(2):
        more = understood(bench.site, accepted.artifact, NAME, ("arm64",))
        assert [one.machine for one in more.natives if one.libc is None] == []
        assert len(read) == 2
    assert kept(bench, accepted) == more
    assert {one.path for one in more.natives} == {one.path for one in door.natives}


def test_without_room_for_a_record_a_push_works_as_well(bench: Bench, read: list[str]) -> None:
    (bench.settings.data / "analyses").write_bytes(b"in the way")
    assert bench.run(bench.push()).phase is Phase.LIVE
    assert read == [NAME, NAME]


def test_what_is_no_longer_what_was_judged_is_not_built(bench: Bench) -> None:
    bench.live("0.9")
    accepted = bench.push()
    path = bench.site.artifacts.path(accepted.artifact)
    before, data = path.stat(), bytearray(path.read_bytes())
    data[60] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(data))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    deployment = bench.run(accepted)
    (failed,) = [one.event for one in bench.ledger.events(deployment.id) if isinstance(one.event, Failed)]
    assert (deployment.phase, failed.code) == (Phase.FAILED, "artifact-damaged")
    assert bench.serving() == 1
    assert bench.run(bench.push()).phase is Phase.LIVE, "pushed again, the file is whole again"


def test_a_file_that_took_the_artifact_s_place_is_read_anew(bench: Bench, read: list[str]) -> None:
    accepted = bench.push()
    path = bench.site.artifacts.path(accepted.artifact)
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    found = judged(bench.site, accepted.artifact, NAME, ())
    assert read == [NAME, NAME]
    assert kept(bench, accepted) == found
    path.unlink()
    path.write_bytes(jar("9.9"))
    with pytest.raises(Refused) as caught:
        judged(bench.site, accepted.artifact, NAME, ())
    assert caught.value.code == "artifact-damaged"


def test_the_same_bytes_under_another_name_need_no_second_look(bench: Bench, read: list[str]) -> None:
    accepted = bench.push()
    assert understood(bench.site, accepted.artifact, "renamed-2.0.jar").filename == "renamed-2.0.jar"
    assert len(read) == 1


def test_pages_in_a_zip_are_a_war_only_by_its_name(bench: Bench, read: list[str]) -> None:
    data = forge.archive({"index.jsp": b"<p>hello</p>", "a.txt": b"a"})
    accepted = bench.push(data=data, filename="order-service.war", application="shop", component="order")
    assert understood(bench.site, accepted.artifact, "order-service.war").servlet is not None
    assert len(read) == 1
    assert understood(bench.site, accepted.artifact, "order-service.zip").servlet is None
    assert len(read) == 2
