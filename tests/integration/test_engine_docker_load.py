"""Loading into real engines: only what is new travels, what arrived is looked at, and nothing wrong keeps a tag."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from buildpacks.errors import Failure, NotFound
from buildpacks.platforms import Platform
from buildsvc.engines.docker import DockerEngine
from buildsvc.image.layout import Layout
from buildsvc.image.types import Image, Layer
from tests import small_images
from tests.conftest import lacking
from tests.newer_engine import NotHere, newer_engine
from tests.two_platforms import AMD64, ARM64

pytestmark = pytest.mark.engine


@dataclass
class Bench:
    """An engine, a content store, and the images that a test made; all of them go at the end."""

    engine: DockerEngine
    layout: Layout
    made: list[str] = field(default_factory=list)

    def layer(self, salt: str = "", size: int = 50_000) -> Layer:
        content = (uuid.uuid4().hex + salt).encode() * (size // 32)
        return small_images.layer(self.layout, {f"data/{uuid.uuid4().hex}": content})

    def image(self, *layers: Layer, platform: Platform | None = None) -> Image:
        reference = f"buildsvc/test-{uuid.uuid4().hex[:12]}:1"
        self.made.append(reference)
        return small_images.image(self.layout, list(layers), platform or self.engine.platform(), reference)


@pytest.fixture(scope="module", params=["this machine's", "containerd store"])
def url(request: pytest.FixtureRequest, cache: Path) -> Iterator[str | None]:
    if request.param == "this machine's":
        yield None
        return
    try:
        with newer_engine(cache) as newer:
            yield newer.url
    except NotHere as reason:
        lacking(str(reason))


@pytest.fixture
def bench(url: str | None, tmp_path: Path) -> Iterator[Bench]:
    layout = small_images.layout(tmp_path)
    engine = DockerEngine(layout, url)
    found = Bench(engine, layout)
    yield found
    for reference in found.made:
        engine.remove_image(reference)
    engine.close()


def test_a_first_image_travels_whole_and_is_there(bench: Bench) -> None:
    image = bench.image(bench.layer(), bench.layer())
    seen: list[tuple[int, int]] = []
    loaded = bench.engine.load(image, progress=lambda done, total: seen.append((done, total)))
    assert (loaded.mode, loaded.layers_sent) == ("full", 2)
    assert seen[-1] == (loaded.bytes_sent, loaded.bytes_sent)
    assert bench.engine.have([image.reference, "buildsvc/nothing:none"]) == {image.reference}


def test_the_same_image_again_sends_nothing(bench: Bench) -> None:
    image = bench.image(bench.layer())
    bench.engine.load(image)
    assert bench.engine.load(image).mode == "present"


def test_only_the_new_layer_travels_when_a_related_image_is_there(bench: Bench) -> None:
    base = bench.layer(size=3_000_000)
    old = bench.image(base, bench.layer())
    new = bench.image(base, bench.layer())
    bench.engine.load(old)
    loaded = bench.engine.load(new, related=[old])
    assert (loaded.mode, loaded.layers_sent) == ("sparse", 1)
    assert loaded.bytes_sent < 200_000
    assert bench.engine.have([new.reference]) == {new.reference}


def test_a_related_image_that_is_not_there_after_all_is_no_reason_to_leave_layers_out(bench: Bench) -> None:
    base = bench.layer()
    new = bench.image(base, bench.layer())
    loaded = bench.engine.load(new, related=[bench.image(base, bench.layer())])
    assert (loaded.mode, loaded.layers_sent) == ("full", 2)


def test_an_engine_that_claims_layers_it_lacks_gets_the_full_tar(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    base = bench.layer()
    new = bench.image(base, bench.layer())
    monkeypatch.setattr("buildsvc.engines.docker.load._chains", lambda *_: iter([[base.diff_id]]))
    loaded = bench.engine.load(new)
    assert (loaded.mode, loaded.layers_sent) == ("full", 2)
    assert bench.engine.have([new.reference]) == {new.reference}


def test_an_image_that_does_not_arrive_is_refused_and_keeps_no_tag(bench: Bench) -> None:
    image = bench.image(bench.layer())
    other = replace(image, platform=AMD64 if image.platform == ARM64 else ARM64)
    with pytest.raises(Failure) as caught:
        bench.engine.load(other)
    assert caught.value.code == "load-failed"
    assert bench.engine.have([image.reference]) == frozenset()


def test_what_the_engine_has_can_be_saved_again(bench: Bench) -> None:
    image = bench.image(bench.layer())
    bench.engine.load(image)
    assert sum(len(piece) for piece in bench.engine.save(image.reference)) > 10_000
    bench.engine.remove_image(image.reference)
    with pytest.raises(NotFound):
        bench.engine.save(image.reference)
