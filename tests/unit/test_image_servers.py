"""Tomcat in the cache: out of release archives and images, and between base and war."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.errors import Refused
from buildpacks.kinds.detect import detect
from buildpacks.plan import Server
from buildsvc.image import tarball
from buildsvc.image.assemble import assemble
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from tests import forge, small_images


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "data")


@pytest.fixture
def cache(tmp_path: Path, store: Layout) -> BaseCache:
    return BaseCache(tmp_path / "data" / "bases", store)


def release(folder: Path, version: str = "10.1.59", *, ending: str = "tar.gz", **how: tuple[str, ...]) -> Path:
    files = {f"apache-tomcat-{version}/{name}": data for name, data in forge.tomcat(version, **how).items()}
    path = folder / f"apache-tomcat-{version}.{ending}"
    if ending == "zip":
        return forge.write(path, forge.archive(files))
    with tarfile.open(path, "w:gz") as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


def names(store: Layout, digest: str) -> list[str]:
    with store.open(digest) as file, tarfile.open(fileobj=file) as archive:
        return [member.name for member in archive if member.isfile()]


def test_a_release_becomes_one_layer_without_scripts_and_manager(
    tmp_path: Path, cache: BaseCache, store: Layout
) -> None:
    (added,) = cache.add(release(tmp_path), "a.tar.gz")
    assert (added.kind, added.release, added.java, str(added.image.platform)) == (
        "tomcat",
        "10.1.59",
        None,
        "linux/any",
    )
    (layer,) = added.image.layers
    assert [name.removeprefix("opt/tomcat/") for name in names(store, layer.descriptor.digest)] == [
        "LICENSE",
        "bin/bootstrap.jar",
        "bin/tomcat-juli.jar",
        "conf/web.xml",
        "lib/catalina.jar",
        "lib/servlet-api.jar",
    ]
    assert cache.list() == (added,)
    assert all(not verdict.damaged for verdict in cache.verify())


def test_the_same_tomcat_is_the_same_layer_wherever_it_came_from(
    tmp_path: Path, cache: BaseCache, store: Layout
) -> None:
    (one,) = cache.add(release(tmp_path), "a.tar.gz")
    (other,) = cache.add(release(tmp_path, ending="zip"), "a.zip")
    files = {f"srv/cat/{name}": data for name, data in forge.tomcat().items()}
    layers = [small_images.layer(store, small_images.java_files()), small_images.layer(store, files)]
    told = ["CATALINA_HOME=/srv/cat", f"JAVA_HOME=/{small_images.HOME}"]
    image = small_images.image(store, layers, reference="tomcat:10", Env=told)
    java, third = cache.add(tarball.write(store, image), "tomcat:10")
    assert java.java == 17
    assert {one.image.layers, other.image.layers, third.image.layers} == {one.image.layers}


@pytest.mark.parametrize(
    ("code", "version", "leave_out"),
    [("tomcat-release", "8.5.100", ()), ("damaged-tomcat", "9.0.1", ("bin/bootstrap.jar",))],
)
def test_a_tomcat_that_cannot_serve_is_refused(
    tmp_path: Path, cache: BaseCache, code: str, version: str, leave_out: tuple[str, ...]
) -> None:
    with pytest.raises(Refused) as caught:
        cache.add(release(tmp_path, version, leave_out=leave_out), "a.tar.gz")
    assert caught.value.code == code
    assert cache.list() == ()


def test_an_image_whose_tomcat_cannot_serve_is_a_base_all_the_same(cache: BaseCache, store: Layout) -> None:
    files = {f"srv/cat/{name}": data for name, data in forge.tomcat("8.5.100").items()}
    layers = [small_images.layer(store, small_images.java_files() | files)]
    told = ["CATALINA_HOME=/srv/cat", f"JAVA_HOME=/{small_images.HOME}"]
    image = small_images.image(store, layers, reference="tomcat:8", Env=told)
    notes: list[str] = []
    (java,) = cache.add(tarball.write(store, image), "tomcat:8", note=notes.append)
    assert java.java == 17
    assert notes[0].startswith("Its Tomcat is left out: tomcat:8 holds Tomcat 8.5.100; wars run on 9.0, 10.1, 11.0.")


def test_the_first_line_that_is_there_is_taken_in_its_newest_release(tmp_path: Path, cache: BaseCache) -> None:
    for version in ("11.0.2", "10.1.9", "10.1.10", "9.0.117"):
        cache.add(release(tmp_path, version), "a.tar.gz")
    assert cache.server(Server("tomcat", ("10.1", "11.0"), "x"), "shop").release == "10.1.10"
    assert cache.server(Server("tomcat", ("11.0",), "x"), "shop").release == "11.0.2"


def test_a_cache_without_a_fitting_tomcat_says_how_to_add_one(tmp_path: Path, cache: BaseCache) -> None:
    cache.add(release(tmp_path, "9.0.117"), "a.tar.gz")
    with pytest.raises(Refused) as caught:
        cache.server(Server("tomcat", ("10.1", "11.0"), "its classes use jakarta.servlet"), "shop")
    assert caught.value.code == "no-server"
    assert caught.value.message == (
        "shop needs Tomcat 10.1 or 11.0, because its classes use jakarta.servlet; the cache has 9.0.117."
    )
    assert caught.value.hint.endswith("buildsvc base make --kind tomcat --release 10.1")


def test_tomcat_lies_between_base_and_war_and_the_user_may_write_its_folders(
    tmp_path: Path, cache: BaseCache, store: Layout
) -> None:
    (server,) = cache.add(release(tmp_path), "a.tar.gz")
    base = small_images.base(store)
    found = analyse(forge.write(tmp_path / "x.war", forge.war("jakarta")), "x.war")
    made = assemble(found, detect(found), base, store, reference="a:b", stamp=1_700_000_000, server=server)
    roles = [layer.role for layer in made.image.layers]
    assert roles == ["base", "server", "server", "application"]
    assert made.image.layers[1] == server.image.layers[0]
    config = json.loads(store.read(made.image.config.digest))
    assert len(config["history"]) == len(made.image.layers)
    assert config["config"]["Labels"]["io.buildsvc.server"] == server.name
    with store.open(made.image.layers[-1].descriptor.digest) as file, tarfile.open(fileobj=file) as archive:
        owners = {member.name: member.uid for member in archive}
    assert {name for name, uid in owners.items() if uid == 10001} == {
        "app", "opt/tomcat/logs", "opt/tomcat/temp", "opt/tomcat/work",
    }  # fmt: skip
