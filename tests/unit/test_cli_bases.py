"""A base image goes from the cache without taking what something else still needs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from buildsvc.doors.cli.main import cli
from tests.small_images import base
from tests.workshops import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "data"))
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def remove(name: str) -> Result:
    return CliRunner().invoke(cli, ["base", "remove", name])


def test_a_base_that_nothing_needs_goes_with_its_blobs(bench: Bench) -> None:
    gone = bench.site.bases.put(base(bench.site.layout, 21, salt="gone"))
    removed = remove(gone.name)
    assert removed.exit_code == 0, removed.output
    assert not bench.site.layout.has(gone.image.manifest.digest)


def test_a_base_of_an_application_that_was_removed_stays_as_long_as_its_releases(bench: Bench) -> None:
    bench.live()
    (release,) = bench.ledger.releases("shop", "order")
    bench.ledger.remove_application("shop")
    refused = remove(release.build.base)
    assert (refused.exit_code, "in use" in refused.stderr) == (2, True), refused.output
    assert bench.site.bases.get(release.build.base)


def test_what_another_site_was_promised_stays_when_a_base_goes(bench: Bench) -> None:
    store = bench.site.layout
    gone = bench.site.bases.put(base(store, 21, salt="gone"))
    shared = gone.image.layers[0].diff_id
    promised = store.add_bytes(json.dumps([shared]).encode())
    bench.ledger.remember(f"have:{promised}", datetime.now(UTC).isoformat())
    assert remove(gone.name).exit_code == 0
    assert store.has(shared)
    assert not store.has(gone.image.manifest.digest)
