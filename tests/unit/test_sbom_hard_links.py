"""Hard links in layers are files like others: what they lead to stands in the bill under their name."""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path
from typing import IO

import pytest

from buildsvc.image.layout import Layout
from buildsvc.image.sbom.layer_files import Allowance, read
from tests.small_images import layout

LINK = "link to "


class Kept:
    """A reader that keeps what it is told."""

    wanted = re.compile(r"wanted/.*")

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def file(self, path: str, content: IO[bytes], size: int) -> None:
        self.files[path] = content.read(size)

    def link(self, path: str, target: str) -> None:
        raise AssertionError(path, target)


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return layout(tmp_path)


def layer(store: Layout, **files: str) -> str:
    """A layer of these files, `__` in a name being `/`; one that begins with LINK is a hard link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            if content.startswith(LINK):
                entry.type, entry.linkname = tarfile.LNKTYPE, content.removeprefix(LINK)
                tar.addfile(entry)
            else:
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content.encode()))
    return store.add_bytes(out.getvalue())


def found(store: Layout, *layers: str) -> tuple[dict[str, bytes], list[str]]:
    kept, left = Kept(), Allowance()
    read(store, layers, kept, left)
    return kept.files, left.unread


def test_a_hard_link_has_the_content_of_what_it_leads_to_wherever_that_lies_in_the_layer(store: Layout) -> None:
    one = layer(store, elsewhere="a", wanted__a=LINK + "elsewhere", wanted__b=LINK + "./behind", behind="b")
    assert found(store, one) == ({"wanted/a": b"a", "wanted/b": b"b"}, [])


def test_a_hard_link_to_one_is_followed_and_one_to_nothing_is_told(store: Layout) -> None:
    one = layer(store, first="a", second=LINK + "first", wanted__a=LINK + "second", wanted__c=LINK + "gone")
    files, unread = found(store, one)
    assert files == {"wanted/a": b"a"}
    assert len(unread) == 1
    assert "wanted/c is gone, which is not there" in unread[0]


def test_a_hard_link_covers_the_file_of_its_name_in_a_lower_layer(store: Layout) -> None:
    lower = layer(store, wanted__a="old")
    upper = layer(store, other="new", wanted__a=LINK + "other")
    assert found(store, lower, upper) == ({"wanted/a": b"new"}, [])


def test_hard_links_in_a_circle_end(store: Layout) -> None:
    files, unread = found(store, layer(store, wanted__a=LINK + "wanted/b", wanted__b=LINK + "wanted/a"))
    assert files == {}
    assert unread
