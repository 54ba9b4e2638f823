"""Kept bytes are what they say: compared before they are used, healed by good ones, and looked at all the time."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from buildpacks.errors import NotFound
from buildsvc.image import tarball
from buildsvc.image.recall import recall
from buildsvc.model.deployment import Phase
from buildsvc.store.backup import write_backup
from buildsvc.usecases.tend.verifying import verify
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.live("1.0")
    return made


def flip(path: Path) -> None:
    """Change one bit; the size stays, and the time of the last change too."""
    before = path.stat()
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def layers_of(bench: Bench, number: int = 1) -> list[str]:
    release = next(one for one in bench.ledger.releases("shop", "order") if one.number == number)
    told = json.loads(bench.site.layout.read(release.image.manifest))
    return [layer["digest"] for layer in told["layers"]]


def test_everything_that_is_kept_is_whole_after_a_push(bench: Bench) -> None:
    assert list(verify(bench.site)) == []


def test_a_layer_of_the_right_size_and_the_wrong_bytes_is_made_anew(bench: Bench) -> None:
    top = layers_of(bench)[-1]
    flip(bench.site.layout.path(top))
    again = bench.run(bench.push("1.0", application="shop", component="order", force=True))
    assert again.phase is Phase.LIVE
    assert layers_of(bench, 2)[-1] == top
    assert bench.site.layout.verify(top)


def test_a_damaged_layer_of_a_base_is_never_sent_to_the_engine(bench: Bench) -> None:
    release = bench.ledger.releases("shop", "order")[0]
    image = recall(bench.site.layout, release.image.manifest, release.image.reference)
    flip(bench.site.layout.path(image.layers[0].descriptor.digest))
    with pytest.raises(NotFound) as caught:
        next(tarball.write(bench.site.layout, image))
    assert caught.value.code == "corrupt-blob"


def test_a_damaged_manifest_is_not_believed(bench: Bench) -> None:
    release = bench.ledger.releases("shop", "order")[0]
    flip(bench.site.layout.path(release.image.manifest))
    with pytest.raises(NotFound) as caught:
        recall(bench.site.layout, release.image.manifest, release.image.reference)
    assert caught.value.code == "corrupt-blob"


def test_a_damaged_artifact_is_healed_when_its_jar_is_pushed_again(bench: Bench) -> None:
    release = bench.ledger.releases("shop", "order")[0]
    flip(bench.site.artifacts.path(release.artifact))
    assert [(one.kind, one.name) for one in verify(bench.site)] == [("artifact", f"sha256:{release.artifact}")]
    again = bench.run(bench.push("1.0", application="shop", component="order", force=True))
    assert again.phase is Phase.LIVE
    assert list(verify(bench.site)) == []


def test_each_kind_of_damage_is_told_with_whose_it_is(bench: Bench) -> None:
    base = next(base for base in bench.site.bases.list() if base.kind == "gateway")
    flip(bench.site.layout.path(base.image.layers[0].descriptor.digest))
    top = layers_of(bench)[-1]
    bench.site.layout.delete(top)
    (analysis,) = (bench.settings.data / "analyses").iterdir()
    analysis.write_bytes(analysis.read_bytes()[:-1] + b"x")
    stray = bench.site.layout.add_bytes(b"nobody needs it")
    flip(bench.site.layout.path(stray))
    found = {one.kind: one for one in verify(bench.site)}
    assert set(found) == {"base", "image", "analysis", "blob"}
    assert found["base"].whose == f"base {base.name}"
    assert (found["image"].name, found["image"].fault) == (top, "it is missing")
    assert found["image"].whose == "release 1 of order in shop"
    assert all(one.remedy for one in found.values())


def test_a_row_that_names_nothing_is_found_in_the_ledger(bench: Bench) -> None:
    plain = sqlite3.connect(bench.ledger.path)
    plain.execute("INSERT INTO events VALUES ('nobody', 1, '2026-01-01T00:00:00.000000+00:00', '{}')")
    plain.commit()
    plain.close()
    (found,) = verify(bench.site)
    assert (found.kind, found.name) == ("ledger", "events")


def test_repair_heals_by_the_good_bytes_of_a_backup(bench: Bench, tmp_path: Path) -> None:
    made = write_backup(bench.settings.data, bench.ledger, tmp_path / "site.tar", bases=True)
    release = bench.ledger.releases("shop", "order")[0]
    damaged = [bench.site.artifacts.path(release.artifact), *map(bench.site.layout.path, layers_of(bench))]
    for path in damaged:
        flip(path)
    mended = list(verify(bench.site, repair=True, backup=made.path))
    assert [one.mended for one in mended] == ["healed by the backup's bytes"] * len(damaged)
    assert list(verify(bench.site)) == []


def test_repair_without_good_bytes_moves_aside_and_says_what_is_missing(bench: Bench) -> None:
    release = bench.ledger.releases("shop", "order")[0]
    flip(bench.site.artifacts.path(release.artifact))
    (damage,) = verify(bench.site, repair=True)
    assert "damaged/" in damage.fault
    assert "Push that file again" in damage.remedy
    assert (bench.settings.data / "damaged" / release.artifact).is_file()
    assert [(one.kind, one.fault) for one in verify(bench.site)] == [("artifact", "it is missing")]
    bench.push("1.0", application="shop", component="order", force=True)
    assert list(verify(bench.site)) == []
