"""What lies in the watched folder and is no plain file of a person: links, pipes, endless answers."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.doors.folder import markers, taking
from tests import forge
from tests.inboxes import Site, names, scan


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "inbox").mkdir()
    return Site(tmp_path)


def test_no_link_is_followed(site: Site) -> None:
    elsewhere = site.root / "elsewhere"
    jar = forge.write(elsewhere / "order.jar", forge.jar())
    forge.write(elsewhere / "sub" / "order.jar", forge.jar())
    folder = site.root / "inbox"
    (folder / "shop").mkdir()
    for place in (folder / "x", folder / "shop" / "x"):
        place.symlink_to(elsewhere)
    (folder / "a.jar").symlink_to(jar)
    (folder / "b.jar.deployed").symlink_to(jar)
    scan(site, site.inbox(), 8)
    assert site.received == []
    assert names(elsewhere) == {"order.jar", "sub"}
    assert names(elsewhere / "sub") == {"order.jar"}
    assert "is no file" in (folder / "a.jar.failed").read_text()


@pytest.mark.parametrize("what", ["a file", "its folder"])
def test_what_becomes_a_link_while_it_is_looked_at_is_not_taken(site: Site, what: str) -> None:
    secret = forge.write(site.root / "elsewhere" / "order.jar", forge.jar())
    path = site.root / "inbox" / "shop" / "order.jar"
    if what == "a file":
        path.parent.mkdir()
        path.symlink_to(secret)
    else:
        path.parent.symlink_to(secret.parent)
    (site.root / "place").mkdir()
    with pytest.raises((Refused, OSError)):
        taking.take(site.root / "inbox", path, site.root / "place")
    assert names(site.root / "place") == set()
    assert secret.exists()


def test_pipes_folders_and_names_that_are_no_text_are_left_and_told_once(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    folder = site.root / "inbox"
    os.mkfifo(folder / "pipe.jar")
    (folder / "folder.jar").mkdir()
    forge.write(folder / "folder.jar" / "inner.jar", forge.jar())
    forge.write(folder / ("n" * 240 + ".jar"), forge.jar())
    forge.write(Path(os.fsdecode(os.fsencode(folder) + b"/\xb6\xa9.jar")), forge.jar())
    forge.write(Path(os.fsdecode(os.fsencode(folder) + b"/\xff/c.jar")), forge.jar())
    before = names(folder)
    scan(site, site.inbox(), 8)
    assert site.received == []
    assert names(folder) - before == {"pipe.jar.failed", "folder.jar.failed"}
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 4
    for text in told:
        text.encode()


def test_an_answer_of_any_size_is_read_in_little_memory(site: Site) -> None:
    answer = site.root / "inbox" / "x.jar.deployed"
    markers.answer(answer.with_name("x.jar"), markers.DONE, deployment="d-1", state="queued")
    os.truncate(answer, 1500 << 20)
    tracemalloc.start()
    try:
        found = markers.read(answer)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found is not None
    assert found.deployment == "d-1"
    assert peak < 1 << 20
