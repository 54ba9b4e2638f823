"""Loading into both image stores: this machine's engine, and newer ones that keep images in containerd's store."""

from __future__ import annotations

import io
import os
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import docker
import docker.errors
import pytest
from docker.models.containers import Container

from buildpacks.analyse import analyse
from buildpacks.errors import Failure
from buildpacks.kinds.detect import detect
from buildpacks.platforms import Platform
from buildsvc.engines.base import Loaded
from buildsvc.engines.docker import DockerEngine
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.load import complaint, is_containerd, load
from buildsvc.image import tarball
from buildsvc.image.assemble import assemble
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage, Image
from scripts.made import MadeBases
from tests import forge, small_images
from tests.conftest import lacking
from tests.newer_engine import SUITES, NotHere, newer_engine
from tests.programs import compiled
from tests.waiting import until

pytestmark = pytest.mark.engine


class Pretender(EngineClient):
    """A client that takes the engine to have an image which it does not have: as after a disk was cleaned behind it."""

    def __init__(self, url: str | None, pretended: Image) -> None:
        super().__init__(url)
        self.pretended = pretended

    def image(self, reference: str) -> dict[str, Any] | None:
        if reference != self.pretended.reference:
            return super().image(reference)
        layers = [layer.diff_id for layer in self.pretended.layers]
        return {"Id": self.pretended.config.digest, "RootFS": {"Layers": layers}}


@dataclass
class Host:
    """One engine under test; what is loaded through here is taken away at the end."""

    url: str | None
    containerd: bool
    api: docker.DockerClient
    tags: list[str] = field(default_factory=list)

    def tagged(self, image: Image) -> Image:
        """The same image under a tag of its own."""
        own = replace(image, reference=f"buildsvc/test-load:{uuid.uuid4().hex}")
        self.tags.append(own.reference)
        return own

    def load(self, store: Layout, image: Image, *related: Image) -> Loaded:
        with closing(DockerEngine(store, self.url)) as engine:
            return engine.load(image, related)

    def sees(self, image: Image) -> bool:
        with closing(DockerEngine(small_images.layout(Path("/nonexistent")), self.url)) as engine:
            return image.reference in engine.have([image.reference])

    def running(self, image: Image) -> Container:
        """A container of that image with no network; ask it from inside."""
        return self.api.containers.run(image.reference, detach=True, network_mode="none", cap_drop=["ALL"])


@pytest.fixture(scope="module")
def newer_url(cache: Path) -> Iterator[str]:
    yield from started(cache, SUITES)


@pytest.fixture(scope="module")
def older_url(cache: Path) -> Iterator[str]:
    """Docker 26, which describes an image as whole even where its layers are absent."""
    yield from started(cache, SUITES[-1:])


def started(cache: Path, suites: tuple[str, ...]) -> Iterator[str]:
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(newer_engine(cache, suites))
        except NotHere as error:
            lacking(f"No newer engine: {error}")
        yield engine.url


@pytest.fixture(params=[None, "newer_url", "older_url"], ids=["this-machine", "containerd-store", "older-store"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    url = request.getfixturevalue(request.param) if request.param else None
    api = docker.DockerClient(url) if url else docker.from_env()
    with closing(api):
        found = Host(url, is_containerd(api.info()), api)
        yield found
        for tag in found.tags:
            for container in api.containers.list(all=True, filters={"ancestor": tag}):
                container.remove(force=True, v=True)
            with suppress(docker.errors.ImageNotFound):
                api.images.remove(tag, force=True)


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "data")


@pytest.fixture(scope="module")
def classes(cache: Path) -> dict[str, bytes]:
    return compiled(cache)


def application(folder: Path, classes: dict[str, bytes], base: BaseImage, store: Layout, version: str) -> Image:
    """A Spring Boot jar that answers its version, as an image: libraries in one layer, the application in another."""
    jar = forge.boot_jar(
        main="Program",
        libraries={"greeting-1.0.jar": forge.library("demo.Greeting")},
        resources={"program.properties": f"version={version}\n".encode()},
        extra={f"BOOT-INF/classes/{name}": data for name, data in classes.items()},
    )
    analysis = analyse(forge.write(folder / f"app-{version}.jar", jar), "app.jar")
    reference = f"buildsvc/test-load:{version}"
    return assemble(analysis, detect(analysis), base, store, reference=reference, stamp=1700000000).image


def answer(container: Container) -> str:
    done = container.exec_run(["curl", "-sf", "http://localhost:8080/"])
    assert isinstance(done.output, bytes)
    return done.output.decode() if done.exit_code == 0 else ""


def test_the_second_engine_keeps_images_in_containerd_s_store(newer_url: str) -> None:
    with closing(docker.DockerClient(newer_url)) as api:
        assert is_containerd(api.info())
    with closing(DockerEngine(small_images.layout(Path("/nonexistent")), newer_url)) as engine:
        assert ("store", "containerd (overlayfs)") in engine.describe()


def test_a_base_travels_whole_then_only_new_layers_travel_and_what_arrived_runs(
    host: Host, ready_bases: MadeBases, classes: dict[str, bytes], tmp_path: Path
) -> None:
    base, blobs = ready_bases.get("jre", 17), ready_bases.layout
    below = host.tagged(base.image)
    whole = host.load(blobs, below)
    assert (whole.mode, whole.layers_sent) == ("full", len(base.image.layers))
    assert whole.bytes_sent > base.image.layers[0].descriptor.size

    first = host.tagged(application(tmp_path, classes, base, blobs, "1.0"))
    loaded = host.load(blobs, first, below)
    assert (loaded.mode, loaded.layers_sent) == ("sparse", len(first.layers) - len(base.image.layers))
    assert loaded.bytes_sent < 1_000_000

    second = host.tagged(application(tmp_path, classes, base, blobs, "2.0"))
    again = host.load(blobs, second, below, first)
    assert (again.mode, again.layers_sent) == ("sparse", 1)
    assert again.bytes_sent < loaded.bytes_sent
    known = host.load(blobs, second, below, first)
    assert (known.mode, known.layers_sent) == ("present", 0)
    assert known.bytes_sent < 20_000

    for image, version in ((first, "1.0"), (second, "2.0")):
        assert until(partial(answer, host.running(image)), 60) == version


def test_a_layer_that_is_truly_absent_is_noticed_and_the_whole_image_travels(host: Host, store: Layout) -> None:
    base, image = stacked(store, host)
    with closing(Pretender(host.url, base)) as client:
        loaded = load(client, store, image, [base], None)
    assert (loaded.mode, loaded.layers_sent) == ("full", 2)
    assert content(host, image) == b"application"


def test_what_an_interrupted_load_left_is_not_taken_for_the_image(host: Host, store: Layout) -> None:
    base, image = stacked(store, host)
    present = frozenset({base.layers[0].diff_id})
    pieces, length = tarball.write(store, image, present=present), tarball.length(store, image, present=present)
    with closing(EngineClient(host.url)) as client, suppress(Failure):
        assert complaint(client.load(pieces, length))
    assert host.load(store, image).mode == "full"
    assert content(host, image) == b"application"


def test_a_damaged_layer_is_refused_and_leaves_no_tag(host: Host, store: Layout) -> None:
    _, image = stacked(store, host)
    path = store.path(image.layers[1].descriptor.digest)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"application", b"applicatioN"))
    with pytest.raises(Failure) as caught:
        host.load(store, image)
    assert caught.value.code == "corrupt-blob"
    assert path.name in caught.value.message
    assert not host.sees(image)


def stacked(store: Layout, host: Host) -> tuple[Image, Image]:
    """Two small images that no engine has seen, the second on top of the first."""
    platform = Platform.parse(os.uname().machine)
    bottom = small_images.layer(store, {"etc/salt": uuid.uuid4().bytes})
    top = small_images.layer(store, {"content": b"application"})
    base = small_images.image(store, [bottom], platform)
    return host.tagged(base), host.tagged(small_images.image(store, [bottom, top], platform))


def content(host: Host, image: Image) -> bytes:
    """What the file `content` of an image holds, as a container of it would see it."""
    container = host.api.containers.create(image.reference, ["none"])
    stream, _ = container.get_archive("/content")
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        file = archive.extractfile("content")
        assert file is not None
        return file.read()
