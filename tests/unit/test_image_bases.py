"""The cache of base images: which one is chosen, what is refused, what may be removed."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Conflict, NotFound, Refused
from buildpacks.platforms import Platform
from buildsvc.image import manifest, tarball
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from tests.small_images import HOME, base, image, java_files, layer, layout
from tests.two_platforms import AMD64


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return layout(tmp_path)


@pytest.fixture
def cache(store: Layout, tmp_path: Path) -> BaseCache:
    return BaseCache(tmp_path / "bases", store)


def test_a_record_comes_back_as_it_was(cache: BaseCache, store: Layout) -> None:
    kept = cache.put(base(store))
    assert cache.list() == (kept,)
    assert cache.get(kept.name) == kept


def test_those_with_java_are_listed_for_the_decision_the_newest_of_one_release_last(
    cache: BaseCache, store: Layout
) -> None:
    cache.put(base(store, None, kind="gateway"))
    made = [cache.put(base(store, java, salt=salt)) for java, salt in ((17, "older"), (17, "newer"), (8, ""))]
    assert [one.name for one in cache.with_java()] == [made[2].name, made[0].name, made[1].name]


def test_find_gives_the_newest_of_a_kind_or_says_how_to_make_one(cache: BaseCache, store: Layout) -> None:
    with pytest.raises(Refused, match="--kind gateway"):
        cache.find("gateway", AMD64)
    cache.put(base(store, None, kind="gateway", salt="older"))
    newest = cache.put(base(store, None, kind="gateway", salt="newer"))
    assert cache.find("gateway", AMD64) == newest


def test_verify_names_the_damaged_blob(cache: BaseCache, store: Layout) -> None:
    kept = cache.put(base(store))
    assert [verdict.damaged for verdict in cache.verify()] == [()]
    digest = kept.image.layers[0].diff_id
    store.path(digest).write_bytes(b"damaged")
    assert [verdict.damaged for verdict in cache.verify()] == [(digest,)]


def test_a_base_in_use_stays(cache: BaseCache, store: Layout) -> None:
    kept = cache.put(base(store))
    with pytest.raises(Conflict, match=kept.name):
        cache.remove(kept.name, built_on={kept.image.manifest.digest})
    assert cache.list() == (kept,)


def test_removing_keeps_the_blobs_that_another_base_has(cache: BaseCache, store: Layout) -> None:
    shared, own = layer(store, {"a": b"1"}), layer(store, {"b": b"2"})
    one = cache.put(replace(base(store), name="one", image=image(store, [shared])))
    cache.put(replace(base(store), name="two", image=image(store, [shared, own])))
    assert cache.remove("two") > 0
    assert store.has(shared.diff_id)
    assert not store.has(own.diff_id)
    assert cache.list() == (one,)


def test_an_unknown_name_lists_the_known_ones(cache: BaseCache, store: Layout) -> None:
    kept = cache.put(base(store))
    with pytest.raises(NotFound, match=kept.name):
        cache.get("other")


def test_a_saved_image_is_added_with_what_its_files_say(store: Layout, tmp_path: Path) -> None:
    made = image(store, [layer(store, java_files())], User="web")
    (added,) = BaseCache(tmp_path / "other", layout(tmp_path / "site")).add(tarball.write(store, made), "an engine")
    assert (added.kind, added.java, added.java_version) == ("jre", 17, "17.0.9")
    assert (added.java_home, added.glibc, added.user) == ("/usr/lib/jvm/java-17", "2.36", "1500:1600")
    assert added.image.config == made.config
    assert added.image.reference == f"buildsvc/base:{added.name}"


def test_a_jdk_is_recognised_through_links_and_root_becomes_our_user(cache: BaseCache, store: Layout) -> None:
    files = {
        "opt/jdk/" + path.partition("java-17/")[2]: content for path, content in java_files().items() if "jvm" in path
    }
    links = {"usr/bin/java": "../../etc/java", "etc/java": "/opt/jdk/bin/java"}
    whole = layer(store, files | {"opt/jdk/bin/javac": b"x"}, links)
    (added,) = cache.add(tarball.write(store, image(store, [whole], Env=["PATH=/usr/bin"], User="")), "x")
    assert (added.kind, added.java_home, added.user) == ("jdk", "/opt/jdk", "10001:10001")


def test_an_image_for_loongarch_is_added_from_a_layout_and_chosen_for_that_platform(
    store: Layout, tmp_path: Path
) -> None:
    platform = Platform.parse("loongarch64")
    made = image(store, [layer(store, java_files("loong64"))], platform)
    folder = tmp_path / "oci"
    target = layout(folder)
    for digest in (made.manifest.digest, made.config.digest, *(one.diff_id for one in made.layers)):
        target.add_bytes(store.read(digest))
    listed = {"mediaType": manifest.MANIFEST_TYPE, "digest": made.manifest.digest, "size": made.manifest.size}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [listed]}))
    cache = BaseCache(tmp_path / "other", layout(tmp_path / "site"))
    (added,) = cache.add(folder, str(folder))
    assert (added.java, str(added.image.platform)) == (17, "linux/loong64")
    assert [(base.name, base.platform) for base in cache.with_java()] == [(added.name, platform)]


def test_the_shared_libraries_of_an_image_are_remembered_by_their_names(store: Layout, tmp_path: Path) -> None:
    files = java_files() | {
        "usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30": b"",
        "lib64/ld-linux-x86-64.so.2": b"",
        f"{HOME}/lib/server/libjvm.so": b"",
        "usr/lib/x86_64-linux-gnu/deep/er/libplugin.so": b"",
        "opt/other/libother.so": b"",
    }
    links = {"usr/lib/x86_64-linux-gnu/libstdc++.so.6": "libstdc++.so.6.0.30"}
    site = layout(tmp_path / "site")
    cache = BaseCache(tmp_path / "bases", site)
    cache.add(tarball.write(store, image(store, [layer(store, files, links)])), "x")
    (kept,) = cache.list()
    names = ("ld-linux-x86-64.so.2", "libc.so.6", "libjvm.so", "libstdc++.so.6", "libstdc++.so.6.0.30")
    assert kept.libraries == names


def test_an_image_whose_java_is_for_another_machine_is_refused(store: Layout, tmp_path: Path) -> None:
    wrong = image(store, [layer(store, java_files("arm64"))], AMD64)
    site = layout(tmp_path / "site")
    with pytest.raises(Refused, match="arm64") as caught:
        BaseCache(tmp_path / "other", site).add(tarball.write(store, wrong), "x")
    assert caught.value.code == "wrong-architecture"
    assert list(site) == []


def test_an_image_without_java_needs_a_kind(cache: BaseCache, store: Layout) -> None:
    plain = image(store, [layer(store, {"bin/redis": b"x"})])
    with pytest.raises(Refused, match="--kind"):
        cache.add(tarball.write(store, plain), "x")
    (added,) = cache.add(tarball.write(store, plain), "x", "redis")
    assert (added.kind, added.java) == ("redis", None)


def test_a_removed_java_is_not_found(cache: BaseCache, store: Layout) -> None:
    gone = layer(store, {"usr/lib/jvm/.wh.java-17": b""})
    with pytest.raises(Refused, match="no Java"):
        cache.add(tarball.write(store, image(store, [layer(store, java_files()), gone])), "x")


def test_an_old_style_save_with_its_manifest_last_is_read(cache: BaseCache, store: Layout) -> None:
    one = layer(store, java_files())
    config = store.read(image(store, [one]).config.digest)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        listing = [{"Config": "abc.json", "RepoTags": ["old:1"], "Layers": ["aa/layer.tar"]}]
        members = {"bb/layer.tar": store.read(one.diff_id), "abc.json": config}
        for name, content in {**members, "manifest.json": json.dumps(listing).encode()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
            if name == "bb/layer.tar":
                link = tarfile.TarInfo("aa/layer.tar")
                link.type, link.linkname = tarfile.SYMTYPE, "../bb/layer.tar"
                archive.addfile(link)
    (added,) = cache.add(iter([buffer.getvalue()]), "x")
    assert added.java == 17
