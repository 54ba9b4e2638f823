"""What a build writes while other processes read its libraries for the first time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from buildpacks.buildpack import Buildpack, Buildpacks
from buildpacks.errors import Refused
from buildpacks.facts import forked, library
from buildpacks.kinds.detect import BUILT_IN
from buildpacks.verdict import Verdict
from buildsvc.image.bases import BaseCache
from buildsvc.image.layout import Layout
from buildsvc.usecases.build.at_once import build_file
from buildsvc.usecases.build.build import Built
from buildsvc.usecases.build.order import Order
from tests import forge, small_images
from tests.engine_site import Events
from tests.two_platforms import AMD64

LAYERS = {
    "dependencies": ["BOOT-INF/lib/"],
    "spring-boot-loader": ["org/"],
    "application": ["BOOT-INF/classes/", "META-INF/"],
}
LIBRARY = forge.library("a.A", maven=("demo", "a", "1"), extra={"padding": random.Random(1).randbytes(60_000)})
LARGE = 50_000
"""Bytes that only the layer of the libraries has."""
Make = Callable[..., tuple[Built, Events]]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the libraries were heavy and the machine had two processors; the processes are real ones."""
    monkeypatch.setattr(forked, "_processors", lambda: 2)
    monkeypatch.setattr(forked, "WORTH", 1)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(folder: str = "site", *, indexed: bool = True, java: int = 17, **how: Any) -> tuple[Built, Events]:
        layout = Layout(tmp_path / folder, tmp_path / folder / "tmp")
        bases, events = BaseCache(tmp_path / folder / "bases", layout), Events()
        bases.put(small_images.base(layout, 17))
        data = forge.boot_jar(libraries={"a-1.jar": LIBRARY}, layers=LAYERS if indexed else None, java=java)
        path = forge.write(tmp_path / "x.jar", data)
        return build_file(layout, bases, path, Order(AMD64, "test/x:1", **how), events), events

    return made


def blobs(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs" / "sha256").iterdir() if path.stat().st_size > LARGE]


@pytest.fixture
def read_only_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process reads libraries only when their layer is there."""
    complete = library.complete

    def waiting(*args: object, **kwargs: object) -> object:
        deadline = time.monotonic() + 20
        while not blobs(tmp_path / "site"):
            assert time.monotonic() < deadline, "nobody wrote the layer"
            time.sleep(0.01)
        return complete(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(library, "complete", waiting)


def test_the_layer_of_the_libraries_is_written_while_they_are_read(
    two: None, make: Make, read_only_afterwards: None
) -> None:
    built, events = make()
    (told,) = [event for event in events.all if event.kind == "image-built"]
    assert (told.layers, told.layers_written) == (len(built.image.layers), 2)
    assert told.bytes_written > LARGE


@pytest.mark.usefixtures("two")
def test_the_image_is_the_same_as_when_everything_is_known_before(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead, events = make("ahead")
    monkeypatch.setattr(forked, "_processors", lambda: 1)
    behind, others = make("behind")
    assert ahead.image == behind.image
    assert ahead.facts == behind.facts
    assert [event.kind for event in events.all] == [event.kind for event in others.all]
    names = [sorted(path.name for path in blobs(tmp_path / folder)) for folder in ("ahead", "behind")]
    assert names[0] == names[1]


@pytest.mark.usefixtures("two")
def test_without_an_index_nothing_is_guessed(make: Make, tmp_path: Path) -> None:
    # The library has the application's own group, which only the library itself says.
    built, _ = make(indexed=False)
    assert len(blobs(tmp_path / "site")) == 1
    assert {path.name for path in blobs(tmp_path / "site")} <= {one.diff_id[7:] for one in built.image.layers}


@pytest.mark.usefixtures("two")
def test_what_cannot_run_is_refused_by_the_build_that_knows_everything(make: Make) -> None:
    with pytest.raises(Refused) as caught:
        make(java=25)
    assert caught.value.code == "no-base-image"


@pytest.mark.usefixtures("two")
def test_a_buildpack_of_the_site_is_asked_once(make: Make) -> None:
    asked: list[str] = []

    def recognise(analysis: object) -> Verdict:
        asked.append("it")
        return Verdict("own", False, "it is not mine")

    own = Buildpack("own", recognise, BUILT_IN.ordered[0].plan, "nothing", file="own.py")
    make(buildpacks=Buildpacks((own, *BUILT_IN.ordered)))
    assert asked == ["it"]


@pytest.mark.usefixtures("two")
def test_a_full_disk_is_told_and_leaves_nothing_half(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("buildsvc.image.hashed.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        make()
