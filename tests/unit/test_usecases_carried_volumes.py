"""What volumes hold goes into a backup where it is asked for, and comes back into an engine that has none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Conflict
from buildsvc.model.policy import SitePolicy
from buildsvc.store.backup import write_backup
from buildsvc.store.restore import VOLUMES, read_back
from buildsvc.usecases.admit import policing
from buildsvc.usecases.tend import carried_volumes
from tests.workshops import COMPOSE, Bench

WITH_VOLUMES = (
    COMPOSE.replace("image: redis:7", 'image: redis:7\n    volumes: ["kept:/data", "theirs:/theirs"]')
    + "volumes:\n  kept: {}\n  never-made: {}\n  theirs: {external: true, name: theirs}\n"
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    policing.keep_policy(made.site, SitePolicy().with_rule("volumes", "theirs"))
    made.apply(WITH_VOLUMES)
    made.engine.volumes |= {"shop_kept": b"precious", "theirs": b"not ours"}
    return made


def test_volumes_travel_in_a_backup_external_ones_excepted(bench: Bench, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    tars = carried_volumes.save(bench.workshop, work)
    assert [name for name, _ in tars] == ["shop_kept"]
    write_backup(bench.settings.data, bench.ledger, tmp_path / "site.tar", volumes=tars)
    read_back(tmp_path / "site.tar", tmp_path / "new")
    del bench.engine.volumes["shop_kept"]
    assert carried_volumes.fill(bench.workshop, tmp_path / "new" / VOLUMES) == ("shop_kept",)
    assert bench.engine.volumes["shop_kept"] == b"precious"
    assert list((tmp_path / "new" / VOLUMES).iterdir()) == []


def test_a_volume_that_is_there_is_never_overwritten(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "shop_kept.tar").write_bytes(b"older")
    with pytest.raises(Conflict) as refused:
        carried_volumes.fill(bench.workshop, tmp_path)
    assert refused.value.code == "volume-there"
    assert bench.engine.volumes["shop_kept"] == b"precious"
    assert (tmp_path / "shop_kept.tar").exists()
