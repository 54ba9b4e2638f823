"""After pruning on a real engine every release that is still offered can be gone back to; the others are gone whole."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.site import Application, LiveSite
from tests.programs import Programs

pytestmark = pytest.mark.engine
VERSIONS = ("1.0", "1.1", "2.0", "2.1")


@pytest.mark.timeout(400)
def test_after_pruning_every_release_that_is_offered_serves_again(own_site: LiveSite, programs: Programs) -> None:
    own_site.settings["BUILDSVC_KEEP_RELEASES"] = "2"
    app = own_site.application()
    try:
        for version in VERSIONS:
            own_site.ended(app.deploy(programs.jar(version)).id)
        _make_old(own_site)
        before = _tags(own_site, app)
        foretold = _prune(own_site, "--dry-run")
        assert [one["number"] for one in foretold["releases"]] == [1, 2]
        assert _tags(own_site, app) == before
        untouched = app.untouched()
        went = _prune(own_site)
        # A bill of materials may have been made in between, and share a blob with one that goes.
        assert went["releases"] == 2
        assert 0 < went["freed"] <= foretold["size"]
        assert before - _tags(own_site, app) == set(foretold["images"])
        assert app.untouched() == untouched
        assert json.loads(own_site.cli("verify", "--json").stdout) == []
        _go_back_to_all(own_site, app)
    finally:
        own_site.forget(app)


def _go_back_to_all(site: LiveSite, app: Application) -> None:
    releases = site.client.releases(app.name, "order")
    assert [(one.number, one.live) for one in releases if not one.pruned] == [(4, True), (3, False)]
    for release in sorted(releases, key=lambda one: one.number):
        said = site.cli("rollback", app.name, "order", "--to", str(release.number))
        if release.pruned:
            assert said.returncode == 2, said.stdout
            assert "was pruned" in said.stderr
            assert app.answer() == VERSIONS[-1]
        else:
            assert said.returncode == 0, said.stderr
            assert app.answer() == VERSIONS[release.number - 1]


def _prune(site: LiveSite, *more: str) -> dict[str, Any]:
    done = site.cli("prune", "--json", *more)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _make_old(site: LiveSite) -> None:
    """Let everything be from three days ago."""
    then = datetime.now(UTC) - timedelta(days=3)
    with sqlite3.connect(site.data / "ledger.db", timeout=30) as ledger:
        ledger.execute("UPDATE releases SET created = ?", (then.isoformat(timespec="microseconds"),))
    ledger.close()
    for path in (site.data / "blobs" / "sha256").iterdir():
        os.utime(path, (time.time(), then.timestamp()))


def _tags(site: LiveSite, app: Application) -> set[str]:
    every = (tag for image in site.engine.api.images() for tag in image["RepoTags"] or ())
    return {tag for tag in every if tag.startswith(f"buildsvc/{app.name}-")}
