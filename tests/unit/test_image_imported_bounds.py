"""An image from elsewhere names as many documents as it likes: no more of them is held than may be."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.image import imported
from tests.small_images import layout


def image(tmp_path: Path, *documents: bytes) -> Path:
    path = tmp_path / "image.tar"
    with tarfile.open(path, "w") as tar:
        for number, content in enumerate(documents):
            entry = tarfile.TarInfo(f"{number}.json")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def refused(tmp_path: Path, *documents: bytes) -> str:
    store = layout(tmp_path / "store")
    with pytest.raises(Refused) as failed:
        imported.read_images(image(tmp_path, *documents), store)
    assert list(store) == []
    return failed.value.message


def test_a_document_that_is_too_long_is_refused_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported, "LARGEST_DOCUMENT", 100)
    assert "the document 1.json has more than" in refused(tmp_path, b"{}", b"{" + b" " * 100 + b"}")


def test_documents_that_are_too_long_together_and_too_many_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported, "_MOST_DOCUMENTS", 30)
    assert "its documents have more than" in refused(tmp_path, *[b"{        }"] * 4)
    monkeypatch.setattr(imported, "_MOST_FILES", 3)
    assert "more than 3 files" in refused(tmp_path, *[b"{}"] * 4)
