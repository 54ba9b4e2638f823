"""On a real engine: container names, links, replicas, kept folders, an instance's own names, ports exchanged."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.engines.base import Ensure
from buildsvc.model.application import Component, Mount, Port, Volume
from buildsvc.model.site_parts import Naming
from tests.engine_site import Events, MemoryJournal, program
from tests.integration.engine_docker import DockerHarness, free_port
from tests.on_host import told_inside

pytestmark = pytest.mark.engine


def changed(harness: DockerHarness, *components: Component, **more: object) -> Ensure:
    wanted = harness.wanted()
    app = replace(wanted.application, components=components, **more)  # type: ignore[arg-type]
    return replace(wanted, application=app, environments={one.name: {} for one in components})


def app_and_db(harness: DockerHarness) -> tuple[Component, Component]:
    app, database = harness.wanted().application.components
    return app, database


def names(harness: DockerHarness) -> set[str]:
    found = harness.api.containers.list(all=True, filters={"label": f"io.buildsvc.application={harness.name}"})
    return {str(one.name) for one in found if one.labels["io.buildsvc.role"] == "image"}


def inside(harness: DockerHarness, container: str, *argv: str) -> str:
    code, output = told_inside(harness.container(container), *argv)
    assert code == 0, output
    return output.decode()


def test_an_image_component_has_its_container_name_and_the_former_one_goes(harness: DockerHarness) -> None:
    app, database = app_and_db(harness)
    harness.engine.ensure(changed(harness, app, database), Events())
    assert names(harness) == {f"{harness.name}-db-1"}
    named = replace(database, naming=Naming(container=f"{harness.name}-mysql"))
    harness.engine.ensure(changed(harness, app, named), Events())
    assert names(harness) == {f"{harness.name}-mysql"}
    published = tuple(free_port() for _ in range(3))
    three = replace(database, replicas=3, ports=tuple(Port(5432, port) for port in published))
    harness.engine.ensure(changed(harness, app, three), Events())
    assert names(harness) == {f"{harness.name}-db-{number}" for number in (1, 2, 3)}
    bound = [harness.container(f"{harness.name}-db-{number}").attrs["HostConfig"] for number in (1, 2, 3)]
    assert [one["PortBindings"]["5432/tcp"][0]["HostPort"] for one in bound] == [str(port) for port in published]
    harness.engine.ensure(changed(harness, app, database), Events())
    assert names(harness) == {f"{harness.name}-db-1"}


def test_a_container_name_that_somebody_else_has_is_refused_before_anything_changes(harness: DockerHarness) -> None:
    app, database = app_and_db(harness)
    other = harness.api.containers.create(harness.site.reference, "true", name=f"{harness.name}-other")
    try:
        named = replace(database, naming=Naming(container=f"{harness.name}-other"))
        with pytest.raises(Refused) as caught:
            harness.engine.ensure(changed(harness, app, named), Events())
        assert caught.value.code == "container-name-taken"
        assert names(harness) == {f"{harness.name}-db-1"}
    finally:
        other.remove(force=True)


def test_a_links_alias_reaches_the_linking_component_alone(harness: DockerHarness) -> None:
    app, database = app_and_db(harness)
    linking = replace(database, name="web", naming=Naming(links=(("db", "store"), ("app", "program"))))
    linking = replace(linking, networks=(("default", ()),))
    harness.engine.ensure(changed(harness, app, database, linking), Events())
    web, db = f"{harness.name}-web-1", f"{harness.name}-db-1"
    address = inside(harness, web, "getent", "hosts", "db").split()[0]
    assert inside(harness, web, "getent", "hosts", "store").split()[0] == address
    gateway = harness.wanted().placement.addresses["app"]["default"].gateway
    assert inside(harness, web, "getent", "hosts", "program").split()[0] == gateway
    assert told_inside(harness.container(db), "getent", "hosts", "store")[0] != 0


def test_an_instance_that_asks_its_own_name_asks_itself(harness: DockerHarness) -> None:
    app, database = app_and_db(harness)
    named = replace(app, naming=Naming(container="shop-app", links=(("db", "store"),)))
    wanted = changed(harness, named, database)
    harness.engine.ensure(wanted, Events())
    journal = MemoryJournal()
    spec = replace(
        harness.site.roll_out(journal, 1, program("v1")), component=named, peers=wanted.application.components
    )
    instance = harness.engine.roll_out(spec, journal, Events())
    placed = harness.wanted().placement.addresses["app"]["default"]
    network = f"{harness.name}_default"
    for own in ("app", "shop-app", f"app.{network}", f"shop-app.{network}"):
        assert inside(harness, instance.name, "getent", "hosts", own).split()[0] in {placed.blue, placed.green}
    assert inside(harness, instance.name, "getent", "hosts", "store")
    assert inside(harness, f"{harness.name}-db-1", "getent", "hosts", "app").split()[0] == placed.gateway


def tar_of(folder: Path, text: bytes) -> Path:
    file = folder / f"{len(list(folder.iterdir()))}.tar"
    with tarfile.open(file, mode="w") as tar:
        folder_itself = tarfile.TarInfo(".")
        folder_itself.type, folder_itself.mode = tarfile.DIRTYPE, 0o777
        tar.addfile(folder_itself)
        entry = tarfile.TarInfo("settings.txt")
        entry.size, entry.mode = len(text), 0o644
        tar.addfile(entry, io.BytesIO(text))
    return file


def test_a_kept_folder_begins_with_what_was_sent_and_keeps_what_was_written(
    harness: DockerHarness, tmp_path: Path
) -> None:
    app, database = app_and_db(harness)
    volume = Volume("./data", f"{harness.name}_folder-data")

    def applied(seed: str, text: bytes, salt: str) -> None:
        kept = replace(database, mounts=(Mount("volume", "./data", "/data", seed=seed),), labels=(("salt", salt),))
        wanted = changed(harness, app, kept, volumes=(volume,))
        harness.engine.ensure(replace(wanted, contents={seed: str(tar_of(tmp_path, text))}), Events())

    db = f"{harness.name}-db-1"
    first, second = f"{harness.name}{'a' * 50}", f"{harness.name}{'b' * 50}"
    applied(first, b"one", "1")
    assert inside(harness, db, "cat", "/data/settings.txt") == "one"
    inside(
        harness, db, "sh", "-c", "cd /data && echo mine > own.txt && rm -f settings.txt && echo changed > settings.txt"
    )
    applied(first, b"one", "2")
    assert inside(harness, db, "cat", "/data/settings.txt", "/data/own.txt") == "changed\nmine\n"
    applied(second, b"two", "3")
    assert inside(harness, db, "cat", "/data/settings.txt", "/data/own.txt") == "twomine\n"


def test_a_renamed_component_and_two_that_exchange_ports_are_one_change(harness: DockerHarness) -> None:
    app, database = app_and_db(harness)
    low, high = free_port(), free_port()
    one = replace(database, ports=(Port(8080, low, "127.0.0.1"),))
    two = replace(database, name="two", ports=(Port(8080, high, "127.0.0.1"),))
    harness.engine.ensure(changed(harness, app, one, two), Events())
    exchanged = replace(one, ports=two.ports), replace(two, ports=one.ports)
    harness.engine.ensure(changed(harness, app, *exchanged), Events())
    harness.engine.ensure(changed(harness, app, replace(exchanged[0], name="renamed"), exchanged[1]), Events())
    assert names(harness) == {f"{harness.name}-renamed-1", f"{harness.name}-two-1"}


def test_a_port_that_another_container_holds_is_named_before_anything_changes(harness: DockerHarness) -> None:
    app, database = app_and_db(harness)
    held = free_port()
    other = harness.api.containers.run(
        harness.site.reference, ["sleep", "60"], entrypoint=[], detach=True, ports={"1/tcp": ("127.0.0.1", held)}
    )
    try:
        taking = replace(database, ports=(Port(8080, held),))
        with pytest.raises(Refused) as caught:
            harness.engine.ensure(changed(harness, app, taking), Events())
        assert caught.value.code == "port-held"
        assert str(other.name) in caught.value.message
        assert names(harness) == {f"{harness.name}-db-1"}
    finally:
        other.remove(force=True)


def test_an_image_component_that_ends_with_an_error_is_told_with_its_last_lines(harness: DockerHarness) -> None:
    app, database = app_and_db(harness)
    broken = replace(database, name="broken", entrypoint=("sh", "-c", "echo no such file; exit 3"), restart="no")
    looping = replace(broken, name="looping", restart="always", ports=(Port(80, free_port()),))
    once = replace(broken, name="once", entrypoint=("true",))
    wanted = changed(harness, app, database, broken, looping, once)
    harness.engine.ensure(wanted, Events())
    every = frozenset({"db", "broken", "looping", "once"})
    found = {one.component: one for one in harness.engine.watch(wanted.application, every)}
    assert set(found) == {"broken", "looping"}
    # What it ends and begins with again and again is its own port, whatever the engine lists in between.
    for _ in range(3):
        assert not harness.engine.obstacles(wanted.application, wanted.placement, harness.gateway.image.reference)
    assert (found["broken"].exit_code, found["broken"].tail) == (3, ("no such file",))
