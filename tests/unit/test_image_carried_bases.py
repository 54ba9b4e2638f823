"""Bases out of another cache: the same records and blobs, and nothing that is not what its name says."""

from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.image import carried_bases
from buildsvc.image.bases import BaseCache
from tests.small_images import base, layout


def test_they_are_the_same_here(tmp_path: Path) -> None:
    there = layout(tmp_path / "there")
    kept = BaseCache(tmp_path / "there" / "bases", there).put(base(there))
    here = layout(tmp_path / "here")
    cache = BaseCache(tmp_path / "here" / "bases", here)
    assert carried_bases.is_cache(tmp_path / "there")
    assert carried_bases.take(tmp_path / "there", here, cache) == (kept,)
    assert cache.list() == (kept,)
    assert [verdict.damaged for verdict in cache.verify()] == [()]


def test_damaged_bytes_are_not_taken(tmp_path: Path) -> None:
    there = layout(tmp_path / "there")
    kept = BaseCache(tmp_path / "there" / "bases", there).put(base(there))
    there.path(kept.image.layers[0].descriptor.digest).write_bytes(b"damaged")
    here = layout(tmp_path / "here")
    cache = BaseCache(tmp_path / "here" / "bases", here)
    with pytest.raises(Refused) as raised:
        carried_bases.take(tmp_path / "there", here, cache)
    assert raised.value.code == "wrong-blob"
    assert cache.list() == ()


def test_a_folder_without_records_is_no_cache(tmp_path: Path) -> None:
    layout(tmp_path)
    assert not carried_bases.is_cache(tmp_path)
