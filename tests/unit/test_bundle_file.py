"""The file of a bundle: written from any byte on, read strictly, refused wherever it is not what it says."""

from __future__ import annotations

import hashlib
import random
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Failure, NotFound, Refused
from buildsvc.image.layout import Layout
from buildsvc.store.bundle import opening, writing
from buildsvc.store.bundle.opening import opened, take_in, verify
from buildsvc.store.bundle.sections import bundle_of, document_of
from tests import bundles, small_images
from tests.two_platforms import AMD64, ARM64


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "from")


@pytest.fixture
def there(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "to")


@pytest.fixture
def path(store: Layout, tmp_path: Path) -> Path:
    return bundles.file(store, bundles.bundle(store, bundles.snapshot(store)), tmp_path / "shop.bundle")


def read(path: Path) -> opening.Opened:
    with SplitFile(path) as file:
        found = opened(file)
        verify(file, found)
        return found


def test_a_bundle_says_what_was_written(store: Layout, path: Path) -> None:
    assert read(path).bundle == bundles.bundle(store, bundles.snapshot(store))


def test_the_same_bundle_gives_the_same_bytes_from_any_byte_on(store: Layout, path: Path) -> None:
    made = bundles.bundle(store, bundles.snapshot(store))
    whole = path.read_bytes()
    assert writing.length(document_of(made), made, {}) == len(whole)
    for start in (0, 1, 511, 512, 513, 5000, len(whole) // 2, len(whole) - 1025, len(whole) - 1, len(whole)):
        assert b"".join(writing.write(store, document_of(made), made, {}, start=start)) == whole[start:]


def test_what_was_taken_in_is_whole_and_is_not_taken_twice(store: Layout, there: Layout, path: Path) -> None:
    with SplitFile(path) as file:
        found = opened(file)
        assert take_in(file, found, there) == found.bundle.size
        assert take_in(file, found, there) == 0
    assert set(there) == set(store)
    assert all(there.verify(digest) for digest in there)


def test_a_second_platform_costs_its_own_base_alone(store: Layout) -> None:
    one, two = (bundles.bundle(store, bundles.snapshot(store, p)) for p in ((AMD64,), (AMD64, ARM64)))
    new = {blob.digest for blob in two.blobs} - {blob.digest for blob in one.blobs}
    layers = {layer for image in two.images if image.platform == "linux/arm64" for layer in image.layers}
    shared = {layer for image in one.images for layer in image.layers}
    assert len(new & layers) == 1
    assert len(layers & shared) == 2


def test_other_tools_read_it(path: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=False)
    assert done.returncode == 0


def test_a_split_bundle_is_read_as_one(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    for number, at in enumerate(range(0, len(whole), 5000), 1):
        (tmp_path / f"big[1].{number:03}").write_bytes(whole[at : at + 5000])
    assert read(tmp_path / "big[1].001").bundle == read(tmp_path / "big[1]").bundle == read(path).bundle
    (tmp_path / "big[1].002").unlink()
    with pytest.raises(Refused, match="one is missing"):
        read(tmp_path / "big[1].001")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound), SplitFile(tmp_path / "nothing"):
        pass


def test_every_cut_is_found_and_names_its_place(path: Path) -> None:
    whole = path.read_bytes()
    for size in (0, 1, 511, 700, len(whole) // 3, len(whole) // 2, len(whole) - 1024, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(Refused, match="damaged at byte") as refused:
            read(path)
        assert refused.value.code == "bundle-damaged"


def test_no_changed_byte_goes_unseen(path: Path) -> None:
    whole = path.read_bytes()
    chosen = random.Random(7)
    for at in chosen.sample(range(len(whole)), 400):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << chosen.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(Failure) as failure:
            read(path)
        assert failure.value.code in {"bundle-damaged", "bundle-format", "bundle-newer"}


def test_what_follows_its_end_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(Refused, match="it should end here"):
        read(path)


def test_blobs_in_another_order_are_refused(store: Layout, path: Path) -> None:
    made = bundles.bundle(store, bundles.snapshot(store))
    with SplitFile(path) as file:
        found = opened(file)
        (one, at), (other, then) = list(opening.places(file, found))[:2]
    whole = path.read_bytes()
    begin, middle = at - 512, then - 512
    end = middle + other.length
    path.write_bytes(whole[:begin] + whole[middle:end] + whole[begin:middle] + whole[end:])
    assert made.blobs[0].digest == one.digest
    with pytest.raises(Refused, match=r"should begin here"):
        read(path)


def test_a_blob_whose_bytes_are_others_never_enters_the_store(there: Layout, path: Path) -> None:
    with SplitFile(path) as file:
        found = opened(file)
        section, at = next((s, a) for s, a in opening.places(file, found) if s.size > 2000)
    whole = bytearray(path.read_bytes())
    whole[at + 1000] ^= 1
    path.write_bytes(whole)
    with pytest.raises(Refused, match="are others") as refused, SplitFile(path) as file:
        take_in(file, opened(file), there)
    assert f"byte {at}" in refused.value.message
    assert not there.has(section.digest)
    assert all(there.verify(digest) for digest in there)
    assert list(there.tmp.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.replace(b'"format":1', b'"format":2'), "bundle-newer"),
        (lambda d: d.replace(b'"platforms"', b'"platfroms"'), "bundle-format"),
        (lambda d: b"[]", "bundle-format"),
        (lambda d: b"\xff" + d, "bundle-format"),
    ],
)
def test_a_document_that_lies_is_refused(store: Layout, change: Callable[[bytes], bytes], said: str) -> None:
    document = document_of(bundles.bundle(store, bundles.snapshot(store)))
    with pytest.raises(Refused) as refused:
        bundle_of(change(document))
    assert refused.value.code == said


def test_a_document_that_promises_less_than_its_images_need_is_refused(store: Layout) -> None:
    made = bundles.bundle(store, bundles.snapshot(store))
    lying = bundles.without_blob(made, made.images[0].layers[0])
    with pytest.raises(Refused, match="neither holds nor builds on"):
        bundle_of(document_of(lying))


def test_the_checksums_are_those_of_the_content(path: Path) -> None:
    with tarfile.open(path) as archive:
        told = archive.extractfile("SHA256SUMS")
        assert told is not None
        for line in told.read().decode().splitlines():
            digest, name = line.split("  ")
            content = archive.extractfile(name)
            assert content is not None
            assert hashlib.sha256(content.read()).hexdigest() == digest
