"""What a roll-out needs beside its image is prepared while the image loads; what cannot be is left to the roll-out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.engines.base import Loaded, RollOut
from buildsvc.image.types import Image
from buildsvc.model.deployment import Phase
from tests.waiting import until
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def test_it_is_ready_while_the_image_is_still_on_its_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = bench.push("1.0", application="shop", component="order")
    assert waiting.deployment is not None
    deployment, usual = waiting.deployment.id, bench.engine.load
    seen: list[bool] = []

    def load(image: Image, related: Iterable[Image] = (), progress: Callable[[int, int], None] | None = None) -> Loaded:
        if ":" + deployment.replace("-", "")[-16:] in image.reference:
            until(lambda: deployment in bench.engine.ready, 30)
            seen.append(True)
        return usual(image, related, progress)

    monkeypatch.setattr(bench.engine, "load", load)
    assert bench.run(waiting).phase is Phase.LIVE
    assert seen == [True]
    assert bench.engine.ready == set(), "nothing is held behind the deployment"


def test_what_cannot_be_prepared_is_said_by_the_roll_out_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_spec: RollOut) -> None:
        raise Refused("mount-not-writable", user="1:1", targets="/data", component="order")

    monkeypatch.setattr(bench.engine, "make_ready", refuse)
    assert bench.run(bench.push("1.0", application="shop", component="order")).phase is Phase.LIVE
