"""An image of another architecture never reaches the engine, whatever brought it here: a restored backup, a bundle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildpacks.platforms import ARM64
from buildsvc.usecases.loading import load
from tests import small_images
from tests.workshops import Bench


def test_an_image_for_another_architecture_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    image = replace(small_images.base(bench.site.layout).image, platform=ARM64)
    before = set(bench.engine.images)
    with pytest.raises(Refused, match="is for linux/arm64, and the engine is linux/amd64") as refused:
        load(bench.workshop, image, (), lambda _: None)
    assert refused.value.code == "wrong-platform"
    assert bench.engine.images == before
