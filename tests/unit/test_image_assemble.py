"""Base and plan -> image: reproducible, and only what changed is written."""

import io
import json
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.errors import Refused
from buildpacks.kinds.detect import detect
from buildpacks.plan import BuildPlan, Entry, Launch, Literal, Packed, PlannedFile, PlannedLayer, Whole
from buildsvc.image import manifest
from buildsvc.image.assemble import Assembled, assemble
from buildsvc.image.layer import content_mtime
from buildsvc.image.layout import Layout
from tests import forge
from tests.small_images import base, image, layer, layout

STAMP = 1700000000
LIBRARIES = {"a-1.0.jar": forge.library("a.A"), "b-2.0.jar": forge.library("b.B")}


def build(folder: Path, jar: bytes, stamp: int = STAMP, store: Layout | None = None) -> tuple[Layout, Assembled]:
    store = store or layout(folder / "data")
    analysis = analyse(forge.write(folder / "app.jar", jar), "app.jar")
    return store, assemble(analysis, detect(analysis), base(store), store, reference="t:1", stamp=stamp)


def members(store: Layout, made: Assembled) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    for one in made.layers:
        with tarfile.open(store.path(one.layer.diff_id)) as archive:
            names = archive.getnames()
            assert names == sorted(names)
            found |= {member.name: member for member in archive}
    return found


def planned(folder: Path, jar: bytes, *layers: PlannedLayer) -> tuple[Layout, Assembled]:
    store = layout(folder / "data")
    analysis = analyse(forge.write(folder / "app.jar", jar), "app.jar")
    plan = BuildPlan("test", 17, "because", layers, Launch((), ("-jar", "/app/app.jar"), ("--x",)), "title")
    return store, assemble(analysis, plan, base(store), store, reference="t:1", stamp=STAMP)


def test_the_same_inputs_give_the_same_image_in_another_place(tmp_path: Path) -> None:
    jar = forge.boot_jar(libraries=LIBRARIES)
    _, one = build(tmp_path / "one", jar)
    _, two = build(tmp_path / "two", jar)
    assert one.image == two.image


def test_a_changed_application_writes_the_application_layer_only(tmp_path: Path) -> None:
    store, first = build(tmp_path, forge.boot_jar(libraries=LIBRARIES))
    changed = forge.boot_jar(libraries=LIBRARIES, classes={"demo.New": 17})
    _, second = build(tmp_path, changed, STAMP + 60, store)
    assert {one.layer.role for one in second.layers if not one.reused} == {"application"}
    assert first.image.layers[1] == second.image.layers[1]
    assert first.image.config != second.image.config


def test_a_layer_whose_blob_was_lost_is_written_again(tmp_path: Path) -> None:
    jar = forge.boot_jar(libraries=LIBRARIES)
    store, first = build(tmp_path, jar)
    store.delete(first.layers[0].layer.diff_id)
    _, second = build(tmp_path, jar, store=store)
    assert [one.reused for one in second.layers] == [False, True]
    assert second.image == first.image


def test_libraries_get_a_time_from_their_content_and_the_application_gets_the_stamp(tmp_path: Path) -> None:
    store, made = build(tmp_path, forge.boot_jar(libraries=LIBRARIES))
    found = members(store, made)
    assert found["app/app.jar"].mtime == STAMP
    times = {found[f"app/lib/{name}"].mtime for name in LIBRARIES}
    assert len(times) == len(LIBRARIES)
    assert all(631152000 <= time < 1262304000 for time in times)


def test_a_time_from_content_lies_in_the_past_for_any_digest() -> None:
    assert content_mtime("0" * 64) == 631152000
    assert content_mtime("f" * 64) < 1262304000


def test_only_the_working_folder_belongs_to_the_user(tmp_path: Path) -> None:
    store, made = build(tmp_path, forge.boot_jar(libraries=LIBRARIES))
    found = members(store, made)
    assert {name: member.uid for name, member in found.items() if member.uid} == {"app": 10001}
    assert found["app"].mode == 0o755
    assert found["app/app.jar"].mode == 0o644


def test_a_packed_jar_holds_its_entries_with_the_manifest_first_and_folders(tmp_path: Path) -> None:
    entries = (("demo/Main.class", "demo/Main.class"), ("META-INF/MANIFEST.MF", "META-INF/MANIFEST.MF"))
    layer = PlannedLayer("application", (PlannedFile("app/app.jar", Packed(entries)),), content_mtime=False)
    jar = forge.jar()
    store, made = planned(tmp_path, jar, layer)
    with tarfile.open(store.path(made.layers[0].layer.diff_id)) as archive:
        content = archive.extractfile("app/app.jar")
        assert content is not None
        packed = zipfile.ZipFile(io.BytesIO(content.read()))
    assert packed.namelist() == ["META-INF/MANIFEST.MF", "demo/", "demo/Main.class"]
    assert packed.testzip() is None
    assert packed.read("demo/Main.class") == zipfile.ZipFile(io.BytesIO(jar)).read("demo/Main.class")


def test_whole_literal_and_unpacked_files_are_byte_for_byte(tmp_path: Path) -> None:
    files = (
        PlannedFile("app/app.jar", Whole()),
        PlannedFile("app/run", Literal(b"hello"), 0o755),
        PlannedFile("app/Main.class", Entry("demo/Main.class")),
    )
    jar = forge.jar()
    store, made = planned(tmp_path, jar, PlannedLayer("application", files, content_mtime=False))
    with tarfile.open(store.path(made.layers[0].layer.diff_id)) as archive:
        read = {name: archive.extractfile(name).read() for name in ("app/app.jar", "app/run", "app/Main.class")}  # type: ignore[union-attr]
        assert archive.getmember("app/run").mode == 0o755
    assert read == {"app/app.jar": jar, "app/run": b"hello", "app/Main.class": forge.class_file(17)}


@pytest.mark.parametrize("path", ["../etc/passwd", "/etc/passwd", "app/../../x", "app//x"])
def test_a_path_that_leaves_the_image_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Refused, match="leaves the image") as caught:
        planned(tmp_path, forge.jar(), PlannedLayer("application", (PlannedFile(path, Whole()),)))
    assert caught.value.code == "bad-plan"


def test_an_entry_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"gone\.class"):
        planned(tmp_path, forge.jar(), PlannedLayer("application", (PlannedFile("app/x", Entry("gone.class")),)))


def test_the_configuration_says_how_to_start_and_where_it_came_from(tmp_path: Path) -> None:
    store, made = build(tmp_path, forge.boot_jar(libraries=LIBRARIES))
    document = manifest.read_config(store, made.image)
    run = document["config"]
    assert run["Entrypoint"][0] == "java"
    assert run["User"] == "10001:10001"
    assert run["WorkingDir"] == "/app"
    assert "PATH=/usr/lib/jvm/java-17/bin:/usr/bin:/bin" in run["Env"]
    assert run["Labels"]["org.opencontainers.image.base.digest"] == base(store).image.manifest.digest
    assert run["Labels"]["io.buildsvc.java"] == "17"
    assert document["created"] == "2023-11-14T22:13:20Z"
    assert document["rootfs"]["diff_ids"] == [layer.diff_id for layer in made.image.layers]
    assert len(document["history"]) == len(made.image.layers)


def test_the_labels_say_what_it_is_and_where_it_comes_from(tmp_path: Path) -> None:
    jar = forge.boot_jar(attributes={"Git-Commit": "0123abc"})
    store, made = build(tmp_path, jar)
    below = base(store)
    name = "org.opencontainers.image."
    assert manifest.read_config(store, made.image)["config"]["Labels"] == {
        f"{name}title": "app",
        f"{name}version": "1.0.0",
        f"{name}revision": "0123abc",
        f"{name}created": "2023-11-14T22:13:20Z",
        f"{name}base.name": below.image.reference,
        f"{name}base.digest": below.image.manifest.digest,
        "io.buildsvc.java": "17",
        "io.buildsvc.buildpack": "spring-boot",
    }


def test_a_base_does_not_lend_its_own_version_to_the_application(tmp_path: Path) -> None:
    store = layout(tmp_path / "data")
    lent = {"org.opencontainers.image.version": "22.04", "org.opencontainers.image.licenses": "X", "vendor": "someone"}
    below = replace(base(store), image=image(store, [layer(store, {"etc/x": b""})], Labels=lent))
    analysis = analyse(forge.write(tmp_path / "app.jar", forge.boot_jar(maven=None)), "app.jar")
    made = assemble(analysis, detect(analysis), below, store, reference="t:1", stamp=STAMP)
    labels = manifest.read_config(store, made.image)["config"]["Labels"]
    assert "org.opencontainers.image.version" not in labels
    assert "org.opencontainers.image.licenses" not in labels
    assert labels["vendor"] == "someone"


def test_arguments_are_the_command_behind_the_entry_point(tmp_path: Path) -> None:
    store, made = planned(tmp_path, forge.jar(), PlannedLayer("application", (PlannedFile("app/app.jar", Whole()),)))
    run = manifest.read_config(store, made.image)["config"]
    assert (run["Entrypoint"], run["Cmd"]) == (["java", "-jar", "/app/app.jar"], ["--x"])


def test_the_manifest_names_blobs_that_are_there(tmp_path: Path) -> None:
    store, made = build(tmp_path, forge.boot_jar(libraries=LIBRARIES))
    document = json.loads(store.read(made.image.manifest.digest))
    for descriptor in (document["config"], *document["layers"]):
        assert store.size(descriptor["digest"]) == descriptor["size"]
        assert store.verify(descriptor["digest"])


def test_more_layers_than_an_engine_stacks_are_refused(tmp_path: Path) -> None:
    layers = [PlannedLayer(f"part-{n}", (PlannedFile(f"app/{n}", Literal(b"x")),)) for n in range(120)]
    with pytest.raises(Refused, match="engines take 120") as caught:
        planned(tmp_path, forge.jar(), *layers)
    assert caught.value.code == "too-many-layers"


def test_a_jar_that_is_written_anew_meanwhile_is_refused_and_leaves_no_layer(tmp_path: Path) -> None:
    store, path = layout(tmp_path / "data"), tmp_path / "app.jar"
    analysis = analyse(forge.write(path, forge.boot_jar(libraries=LIBRARIES)), "app.jar")
    forge.write(path, forge.boot_jar(libraries=LIBRARIES, classes={"demo.New": 17}))
    with pytest.raises(Refused) as caught:
        assemble(analysis, detect(analysis), base(store), store, reference="t:1", stamp=STAMP)
    assert caught.value.code == "artifact-changed"
    again, first = build(tmp_path / "other", forge.boot_jar(libraries=LIBRARIES), store=store)
    assert again is store
    assert not any(one.reused for one in first.layers)
