"""The cache of what image components run, and its commands."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import tracemalloc
import zlib
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner

from buildpacks.errors import Refused
from buildpacks.platforms import Platform
from buildsvc.doors.cli.main import cli
from buildsvc.image import tarball
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.layout import Layout
from buildsvc.usecases.tend.keeping import needed_besides
from tests.small_images import image, java_files, layer, layout
from tests.two_platforms import AMD64
from tests.workshops import Bench


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A `docker save` tar of one image without Java, `redis:7`."""
    theirs = layout(tmp_path / "theirs")
    made = image(theirs, [layer(theirs, {"usr/bin/redis-server": b"redis"})], reference="redis:7")
    tarball.write_file(theirs, made, tmp_path / "redis.tar")
    return tmp_path / "redis.tar"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def cache_of(data: Path) -> ImageCache:
    return ImageCache(data / "images", Layout(data, data / "tmp"))


def test_an_image_is_added_listed_and_removed_again(saved: Path, data: Path) -> None:
    added = CliRunner().invoke(cli, ["image", "add", str(saved)])
    assert (added.exit_code, added.stdout.split(":")[0]) == (0, "redis"), added.output
    (listed,) = json.loads(CliRunner().invoke(cli, ["image", "list", "--json"]).stdout)
    assert (listed["reference"], listed["platform"]) == ("redis:7", "linux/amd64")
    again = CliRunner().invoke(cli, ["image", "add", str(saved)])
    assert again.exit_code == 0
    assert len(cache_of(data).list()) == 1
    removed = CliRunner().invoke(cli, ["image", "remove", "docker.io/library/redis:7", "--platform", "linux/amd64"])
    assert removed.exit_code == 0, removed.output
    assert list(Layout(data, data / "tmp")) == []


def test_what_has_no_name_of_its_own_needs_one(tmp_path: Path, data: Path) -> None:
    theirs = layout(tmp_path / "theirs")
    made = image(theirs, [layer(theirs, java_files())], reference="")
    tarball.write_file(theirs, made, tmp_path / "nameless.tar")
    refused = CliRunner().invoke(cli, ["image", "add", str(tmp_path / "nameless.tar")])
    assert (refused.exit_code, "no name" in refused.stderr) == (2, True)
    named = CliRunner().invoke(cli, ["image", "add", str(tmp_path / "nameless.tar"), "--name", "nacos/nacos-server:v2"])
    assert named.exit_code == 0, named.output
    assert [one.reference for one in cache_of(data).list()] == ["nacos/nacos-server:v2"]


def test_several_images_cannot_have_one_name(tmp_path: Path, data: Path) -> None:
    theirs = layout(tmp_path / "theirs")
    folder = tmp_path / "both"
    listed = []
    for name in ("redis:7", "mysql:8"):
        made = image(theirs, [layer(theirs, {"etc/name": name.encode()})], reference=name)
        tarball.write_file(theirs, made, tmp_path / "one.tar")
        import_folder(tmp_path / "one.tar", folder)
        listed += json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(listed))
    cache = cache_of(data)
    with pytest.raises(Refused) as refused:
        cache.take(folder, "one:1")
    assert refused.value.code == "several-images"
    assert cache.list() == ()
    assert [one.reference for one in cache.take(folder)] == ["redis:7", "mysql:8"]


def test_one_name_may_stand_for_several_platforms(tmp_path: Path, data: Path) -> None:
    theirs, cache = layout(tmp_path / "theirs"), cache_of(data)
    for platform in (AMD64, Platform("linux", "arm64")):
        made = image(theirs, [layer(theirs, java_files(platform.architecture))], platform, "redis:7")
        cache.take(tarball.write(theirs, made))
    assert [str(one.platform) for one in cache.list()] == ["linux/amd64", "linux/arm64"]
    found = cache.find("redis:7", Platform("linux", "arm64"))
    assert found is not None
    assert found.platform.architecture == "arm64"


def import_folder(saved: Path, folder: Path) -> None:
    """Unpack a tar of one image beside others."""
    with tarfile.open(saved) as archive:
        archive.extractall(folder, filter="data")


def test_what_another_site_was_promised_stays_when_an_image_goes(data: Path) -> None:
    bench = Bench(data)
    store = bench.site.layout
    shared, own = layer(store, {"etc/os-release": b"debian"}), layer(store, {"bin/minio": b"x"})
    gone = bench.site.images.put(image(store, [shared, own], reference="minio:1"))
    promised = store.add_bytes(json.dumps([shared.diff_id]).encode())
    bench.ledger.remember(f"have:{promised}", bench.clock.now().isoformat())
    bench.site.images.remove("minio:1", AMD64, used=needed_besides(bench.site, gone))
    assert store.has(shared.diff_id)
    assert not store.has(own.diff_id)


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_what_unpacks_to_a_thousand_times_its_size_is_taken_in_little_memory(
    tmp_path: Path, data: Path, mode: Literal["w:gz", "w:bz2", "w:xz"]
) -> None:
    with tarfile.open(tmp_path / "bomb", mode) as bomb:
        member = tarfile.TarInfo("blob")
        member.size = 64 << 20
        bomb.addfile(member, io.BytesIO(bytes(member.size)))
    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            cache_of(data).take(tmp_path / "bomb")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 << 20


def test_an_xz_file_that_asks_for_gigabytes_is_refused(tmp_path: Path, data: Path) -> None:
    packed = bytearray(lzma.compress(bytes(1024)))
    # The block's header: its size, flags, the filter's id, the size of its properties, and the dictionary's size.
    assert packed[14:16] == b"\x21\x01"
    packed[16] = 37
    packed[20:24] = zlib.crc32(packed[12:20]).to_bytes(4, "little")
    (tmp_path / "greedy").write_bytes(packed)
    with pytest.raises(Refused) as refused:
        cache_of(data).take(tmp_path / "greedy")
    assert "imit" in refused.value.message


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_compressed_image_that_breaks_off_or_is_damaged_is_refused(
    saved: Path, tmp_path: Path, data: Path, mode: Literal["w:gz", "w:bz2", "w:xz"]
) -> None:
    packed = {"w:gz": gzip, "w:bz2": bz2, "w:xz": lzma}[mode].compress(saved.read_bytes())
    for broken in (packed[: len(packed) // 2], packed[:60] + bytes(20) + packed[80:]):
        (tmp_path / "broken").write_bytes(broken)
        with pytest.raises(Refused):
            cache_of(data).take(tmp_path / "broken")
    assert list(Layout(data, data / "tmp")) == []
