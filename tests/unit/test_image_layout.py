"""The content store: whole blobs or none, and nothing outside of it."""

import errno
import hashlib
from pathlib import Path

import pytest

from buildpacks.errors import NotFound, Refused
from buildsvc.image.hashed import FLUSH
from buildsvc.image.layout import LARGEST_DOCUMENT, LARGEST_READ, Layout
from tests.small_images import layout


def test_a_blob_appears_under_its_digest_when_it_is_complete(tmp_path: Path) -> None:
    store = layout(tmp_path)
    with store.writer() as blob:
        blob.write(b"one ")
        assert list(store) == []
        blob.write(b"two")
    assert blob.digest == "sha256:" + hashlib.sha256(b"one two").hexdigest()
    assert list(store) == [blob.digest]
    assert store.read(blob.digest) == b"one two"
    assert store.size(blob.digest) == 7


def test_a_blob_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    store = layout(tmp_path)

    def half() -> None:
        with store.writer() as blob:
            blob.write(b"half")
            raise OSError("disk is full")

    with pytest.raises(OSError, match="disk"):
        half()
    assert list(store) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_disk_that_fails_while_a_large_blob_is_written_fails_the_blob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = layout(tmp_path)

    def failing(_: int) -> None:
        raise OSError(errno.EIO, "the disk failed")

    monkeypatch.setattr("buildsvc.image.hashed.os.fdatasync", failing)

    def large() -> None:
        with store.writer() as blob:
            blob.write(bytes(FLUSH))

    with pytest.raises(OSError, match="the disk failed"):
        large()
    assert list(store) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_changed_blob_does_not_verify(tmp_path: Path) -> None:
    store = layout(tmp_path)
    digest = store.add_bytes(b"right")
    assert store.verify(digest)
    store.path(digest).write_bytes(b"wrong")
    assert not store.verify(digest)
    assert not store.verify("sha256:" + "0" * 64)


def test_a_blob_that_is_absent_is_named(tmp_path: Path) -> None:
    digest = "sha256:" + "0" * 64
    with pytest.raises(NotFound, match=digest):
        layout(tmp_path).open(digest)


def test_a_name_that_is_no_digest_never_becomes_a_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="passwd"):
        layout(tmp_path).path("sha256:../../etc/passwd")


def test_what_is_remembered_is_recalled_and_half_of_it_is_not(tmp_path: Path) -> None:
    store = layout(tmp_path)
    store.prepare()
    store.remember("layers", "key", {"size": 1})
    assert store.recall("layers", "key") == {"size": 1}
    (tmp_path / "index" / "layers" / "key").write_bytes(b'{"si')
    assert store.recall("layers", "key") is None


def test_deleting_says_how_much_became_free(tmp_path: Path) -> None:
    store = layout(tmp_path)
    digest = store.add_bytes(b"12345")
    assert (store.delete(digest), store.delete(digest)) == (5, 0)


def test_the_store_is_an_oci_layout(tmp_path: Path) -> None:
    layout(tmp_path).add_bytes(b"x")
    assert (tmp_path / "oci-layout").read_bytes() == b'{"imageLayoutVersion":"1.0.0"}'
    assert (tmp_path / "index.json").exists()


def test_an_answer_is_remembered_before_anything_else_was_written(tmp_path: Path) -> None:
    store = Layout(tmp_path / "new", tmp_path / "new" / "tmp")
    store.remember("layers", "key", {"size": 1})
    assert store.recall("layers", "key") == {"size": 1}


def test_what_is_read_into_memory_is_bounded_and_a_document_more_narrowly(tmp_path: Path) -> None:
    store = layout(tmp_path)
    digest = store.add_bytes(b"x" * (LARGEST_DOCUMENT + 1))
    assert len(store.read(digest)) == LARGEST_DOCUMENT + 1
    with pytest.raises(Refused) as refused:
        store.document(digest)
    assert refused.value.code == "blob-too-large"
    with pytest.raises(Refused):
        store.read(digest, LARGEST_DOCUMENT)
    assert LARGEST_READ == 64 << 20
