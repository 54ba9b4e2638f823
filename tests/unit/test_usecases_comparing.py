"""A deployment says what its jar changes against the live one, before it goes live."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Compared, LibraryDelta
from buildsvc.usecases.deploy import rollback
from tests import forge
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def push(bench: Bench, data: bytes, filename: str = "order-service.jar") -> Deployment:
    return bench.run(bench.push(application="shop", component="order", data=data, filename=filename))


def told(bench: Bench, deployment: Deployment) -> list[Compared]:
    return [one.event for one in bench.ledger.events(deployment.id) if isinstance(one.event, Compared)]


def order(core: str, port: int, *classes: str) -> bytes:
    return forge.boot_jar(
        classes=dict.fromkeys(classes, 17),
        libraries={f"core-{core}.jar": forge.library(f"c.V{core[0]}"), "common-1.jar": forge.library(*classes)},
        resources={"application.yml": f"server: {{port: {port}}}\nname: order-service\n".encode()},
    )


def test_the_first_jar_has_nothing_to_be_compared_with(bench: Bench) -> None:
    assert told(bench, push(bench, order("1.0", 8080))) == []


def test_what_changes_is_told_before_the_switch(bench: Bench) -> None:
    push(bench, order("1.0", 8080, "demo.A"), "order-1.jar")
    deployment = push(bench, order("2.0", 8081, "demo.B"), "order-2.jar")
    (event,) = told(bench, deployment)
    assert (event.release, event.filename) == (1, "order-1.jar")
    assert (event.classes_added, event.classes_removed, event.classes_changed) == (1, 1, 0)
    assert event.libraries == (LibraryDelta("common", "1", "1", 2), LibraryDelta("core", "1.0", "2.0"))
    assert (event.libraries_changed, event.keys, event.others) == (2, ("server.port",), 0)
    kinds = bench.kinds(deployment)
    assert kinds.index("analysed") < kinds.index("compared") < kinds.index("instance-started")


def test_only_as_many_as_an_event_can_carry_are_named_and_all_are_counted(bench: Bench) -> None:
    def many(version: int) -> bytes:
        libraries = {f"lib{number}-{version}.jar": forge.library(f"l.L{number}.V{version}") for number in range(40)}
        return forge.boot_jar(libraries=libraries)

    push(bench, many(1))
    (event,) = told(bench, push(bench, many(2)))
    assert (len(event.libraries), event.libraries_changed) == (30, 40)


def test_a_former_file_that_is_gone_is_no_hindrance(bench: Bench) -> None:
    push(bench, order("1.0", 8080))
    live = bench.ledger.live("shop", "order")
    assert live is not None
    bench.site.artifacts.remove(live.release.artifact)
    deployment = push(bench, order("2.0", 8080))
    assert told(bench, deployment) == []
    assert deployment.release == 2


def test_a_rollback_is_not_compared(bench: Bench) -> None:
    push(bench, order("1.0", 8080))
    push(bench, order("2.0", 8080))
    accepted = rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="api")
    assert told(bench, bench.run(accepted)) == []
