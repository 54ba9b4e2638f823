"""What the rule does not keep goes, and nothing that somebody can still ask for breaks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from buildpacks.errors import Conflict, Refused
from buildsvc.model.application import Application
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.release import Release
from buildsvc.model.version import ApplicationSnapshot, BuiltImage, PinnedJar
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.look.observe import release_views
from buildsvc.usecases.tend import keeping, leftovers, pruning, recovery
from buildsvc.usecases.tend.verifying import verify
from buildsvc.usecases.versions import ask, export, pinned_releases
from buildsvc.usecases.versions.goal import goal
from tests.bills_here import bills_written_here
from tests.workshops import Bench

__all__ = ["bills_written_here"]

A_DAY = 86_400.0


def site(folder: Path, *, releases: str, versions: str = "20") -> Bench:
    """A site whose clock begins now: what is written on the disk bears the real time."""
    made = Bench(folder, BUILDSVC_KEEP_RELEASES=releases, BUILDSVC_KEEP_VERSIONS=versions)
    made.clock.time = datetime.now(UTC)
    made.apply()
    return made


def pushed(bench: Bench, *versions: str) -> None:
    """Push these versions, an hour and a soak between them."""
    for version in versions:
        assert bench.live(version).phase is Phase.LIVE
        bench.clock.forward(3600)
        recovery.tend(bench.workshop)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = site(tmp_path / "data", releases="2")
    pushed(made, "1.0", "2.0", "3.0", "4.0", "5.0")
    made.clock.forward(2 * A_DAY)
    return made


def keeping_snapshot(application: Application, release: Release) -> ApplicationSnapshot:
    """A version that pins this release, and nothing else."""
    only = replace(application, components=(release.spec,))
    built = BuiltImage(release.image, release.build)
    jar = PinnedJar(release.component, release.number, release.artifact, release.filename, (built,))
    return ApplicationSnapshot(only, (jar,), ())


def whole(bench: Bench) -> list[int]:
    return [one.number for one in release_views(bench.site, "shop", "order") if not one.pruned]


def test_a_dry_run_says_what_would_go_and_changes_nothing(bench: Bench) -> None:
    before = sorted(path for path in bench.settings.data.rglob("*") if path.is_file())
    going = pruning.going(bench.site)
    assert [one.number for one in going.releases] == [1, 2, 3]
    assert {one.rpartition(":")[0] for one in going.images} == {"buildsvc/shop-order"}
    assert going.size >= sum(bench.site.layout.size(f"sha256:{one.artifact}") for one in going.releases)
    assert sorted(path for path in bench.settings.data.rglob("*") if path.is_file()) == before
    assert len(whole(bench)) == 5


def test_the_newest_that_served_stay_and_the_rest_goes_whole(bench: Bench) -> None:
    foretold = pruning.going(bench.site)
    result = pruning.prune(bench.workshop)
    assert whole(bench) == [5, 4]
    assert (result.releases, result.images) == (3, 3)
    assert (result.blobs, result.freed) == (len(foretold.blobs), foretold.size)
    for one in foretold.releases:
        assert not bench.site.layout.has(f"sha256:{one.artifact}")
        assert not bench.site.layout.has(one.image.manifest)
        assert one.artifact not in bench.site.analyses.known()
        assert one.image.reference not in bench.engine.images
    assert list(verify(bench.site)) == []
    assert pruning.prune(bench.workshop) == pruning.PruningResult()


def test_after_pruning_every_release_that_is_offered_can_be_gone_back_to(bench: Bench) -> None:
    pruning.prune(bench.workshop)
    done = bench.run(rollback.submit(bench.site, "shop", "order", to=4, actor="ann", door="api"))
    assert (done.phase, bench.serving()) == (Phase.LIVE, 4)
    again = bench.run(rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="api"))
    assert (again.phase, bench.serving()) == (Phase.LIVE, 5)


def test_a_pruned_release_is_refused_before_anything_changes(bench: Bench) -> None:
    pruning.prune(bench.workshop)
    before = bench.ledger.deployments()
    with pytest.raises(Refused) as refused:
        rollback.submit(bench.site, "shop", "order", to=2, actor="ann", door="api")
    assert (refused.value.code, "order-service.jar" in refused.value.hint) == ("release-pruned", True)
    assert bench.ledger.deployments() == before


def test_a_rollback_that_was_queued_for_a_release_keeps_it(bench: Bench) -> None:
    queued = rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="api")
    with pytest.raises(Conflict) as busy:
        pruning.prune(bench.workshop)
    assert busy.value.code == "keeping-busy"
    assert bench.run(queued).phase is Phase.LIVE
    pruning.prune(bench.workshop)
    assert whole(bench) == [5, 1]
    assert list(verify(bench.site)) == []


def test_what_was_gone_back_to_long_ago_counts_as_new(bench: Bench) -> None:
    bench.run(rollback.submit(bench.site, "shop", "order", to=2, actor="ann", door="api"))
    bench.clock.forward(A_DAY)
    recovery.tend(bench.workshop)
    pruning.prune(bench.workshop)
    assert whole(bench) == [5, 2]


def test_the_former_release_of_a_soak_stays_whatever_the_rule_says(tmp_path: Path) -> None:
    bench = site(tmp_path / "data", releases="1")
    pushed(bench, "1.0", "2.0")
    bench.clock.forward(2 * A_DAY)
    assert bench.live("3.0").phase is Phase.LIVE
    pruning.prune(bench.workshop)
    assert whole(bench) == [3, 2]
    assert bench.run(rollback.submit(bench.site, "shop", "order", to=2, actor="ann", door="api")).phase is Phase.LIVE
    assert bench.serving() == 2


def test_what_a_version_keeps_stays(bench: Bench) -> None:
    first = bench.ledger.releases("shop", "order")[-1]
    live = bench.ledger.application("shop").application
    snapshot = keeping_snapshot(live, first)
    bench.ledger.create_version("shop", snapshot, name="1.0", note="", actor="ann")
    bench.clock.forward(40 * A_DAY)
    pruning.prune(bench.workshop)
    assert whole(bench) == [5, 4, 1]
    assert bench.run(rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="api")).phase is Phase.LIVE


def test_of_versions_the_newest_stay_and_a_pruned_one_is_refused_with_what_to_do(tmp_path: Path) -> None:
    bench = site(tmp_path / "data", releases="1", versions="1")
    pushed(bench, "1.0", "2.0", "3.0")
    for release in reversed(bench.ledger.releases("shop", "order")[1:]):
        snapshot = keeping_snapshot(bench.ledger.application("shop").application, release)
        bench.ledger.create_version("shop", snapshot, name=f"v{release.number}", note="", actor="ann")
    bench.clock.forward(2 * A_DAY)
    result = pruning.prune(bench.workshop)
    assert (result.versions, whole(bench)) == (1, [3, 2])
    asked = ask.Change("shop", "v1", "shop", Cause.UPGRADE, "ann", "api")
    with pytest.raises(Refused) as refused:
        ask.submit(bench.site, asked)
    assert refused.value.code == "version-pruned"
    with pytest.raises(Refused) as of_export:
        export.submit(bench.site, "shop", "v1", platforms=(), have=(), actor="ann", door="api")
    assert of_export.value.code == "version-pruned"
    ask.outlook(bench.site, replace(asked, version="v2"))


def test_what_another_site_was_told_to_be_here_stays_for_thirty_days(bench: Bench) -> None:
    offered = set(keeping.offered(bench.site))
    pushed(bench, "6.0", "7.0", "8.0")
    bench.clock.forward(20 * A_DAY)
    pruning.prune(bench.workshop)
    assert whole(bench) == [8, 7]
    assert all(bench.site.layout.has(one) for one in offered)
    bench.clock.forward(11 * A_DAY)
    pruning.prune(bench.workshop)
    assert not all(bench.site.layout.has(one) for one in offered)
    assert bench.ledger.facts("have:") == {}


def test_what_is_young_stays_though_nothing_needs_it_yet(bench: Bench) -> None:
    digest = bench.site.layout.add_bytes(b"somebody is about to record this")
    bench.clock.time = datetime.now(UTC)
    pruning.prune(bench.workshop)
    assert bench.site.layout.has(digest)
    bench.clock.forward(2 * A_DAY)
    pruning.prune(bench.workshop)
    assert not bench.site.layout.has(digest)


def test_whoever_relies_on_what_is_kept_is_waited_for(bench: Bench) -> None:
    with bench.site.in_use(), pytest.raises(Conflict) as busy:
        pruning.prune(bench.workshop, patience=3)
    assert busy.value.code == "keeping-busy"
    assert len(whole(bench)) == 5


def test_an_image_that_a_container_holds_keeps_its_release_until_that_is_gone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = bench.ledger.release("shop", "order", 2).image.reference

    def refuse(reference: str) -> None:
        if reference == held:
            raise Conflict("engine-conflict", text="a container uses it")
        bench.engine.images.discard(reference)

    with monkeypatch.context() as patched:
        patched.setattr(bench.engine, "remove_image", refuse)
        pruning.prune(bench.workshop)
    assert whole(bench) == [5, 4, 2]
    assert bench.run(rollback.submit(bench.site, "shop", "order", to=2, actor="ann", door="api")).phase is Phase.LIVE


def test_a_damaged_manifest_stops_the_pruning_of_files_since_it_may_name_what_stays(bench: Bench) -> None:
    live = bench.ledger.release("shop", "order", 5)
    path = bench.site.layout.path(live.image.manifest)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"layers", b"lavers"))
    files = set(bench.site.layout)
    with pytest.raises(Conflict) as unclear:
        pruning.prune(bench.workshop)
    assert unclear.value.code == "keeping-unclear"
    assert set(bench.site.layout) == files


def test_what_a_lost_process_left_in_tmp_goes_after_a_day(bench: Bench) -> None:
    tmp = bench.settings.paths.tmp
    (tmp / "upload-abc").write_bytes(b"x" * 1000)
    (tmp / "backup-dir").mkdir()
    (tmp / "backup-dir" / "ledger.db").write_bytes(b"x" * 500)
    (tmp / "apply-abc").mkdir()
    (tmp / "packages").mkdir()
    (tmp / "packages" / "jre.deb").write_bytes(b"x" * 700)
    (tmp / "holders").mkdir(exist_ok=True)
    bench.clock.time = datetime.now(UTC)
    pruning.prune(bench.workshop)
    assert (tmp / "upload-abc").exists()
    bench.clock.forward(2 * A_DAY)
    foretold = pruning.going(bench.site).size
    assert pruning.prune(bench.workshop).freed == foretold >= 1500
    assert {path.name for path in tmp.iterdir()} == {"holders", "packages"}
    bench.clock.forward(30 * A_DAY)
    assert pruning.prune(bench.workshop).freed == 700


def test_the_rule_runs_by_itself_once_an_hour_after_a_first_day_and_counts_what_went(bench: Bench) -> None:
    for _ in range(24):
        pruning.tend(bench.workshop)
        bench.clock.forward(3600)
    assert len(whole(bench)) == 5
    pruning.tend(bench.workshop)
    assert whole(bench) == [5, 4]
    assert pruning.pruned_so_far(bench.site).releases == 3
    pushed(bench, "6.0")
    bench.clock.forward(-3590)
    pruning.tend(bench.workshop)
    bench.clock.forward(2 * A_DAY)
    pruning.tend(bench.workshop)
    assert whole(bench) == [6, 5]
    assert pruning.pruned_so_far(bench.site).releases == 4


def test_releases_of_a_removed_application_stay_for_thirty_days(bench: Bench) -> None:
    bench.ledger.remove_application("shop")
    pruning.prune(bench.workshop)
    assert [one.number for one in bench.ledger.whole_releases()] == [4, 5]
    bench.clock.forward(30 * A_DAY)
    pruning.prune(bench.workshop)
    assert bench.ledger.whole_releases() == ()


def test_a_version_never_brings_a_pruned_release_back_but_records_a_new_one(bench: Bench) -> None:
    first = bench.ledger.release("shop", "order", 1)
    snapshot = keeping_snapshot(bench.ledger.application("shop").application, first)
    version = bench.ledger.create_version("shop", snapshot, name="1.0", note="", actor="ann")
    bench.ledger.mark_pruned(releases=[first.id])
    found = goal(bench.site, version, "shop", {})
    wanted = pinned_releases.pinned(bench.site, found, first.image.platform).releases["order"]
    assert (wanted.number, wanted.pruned, wanted.artifact) == (6, None, first.artifact)


@pytest.mark.parametrize("relying", ["push", "rollback", "deployment"])
def test_whoever_relies_on_what_is_kept_waits_until_pruning_has_ended(bench: Bench, relying: str) -> None:
    queued = bench.push("6.0", application="shop", component="order")
    asked = {
        "push": lambda: bench.push("7.0", application="shop", component="order"),
        "rollback": lambda: rollback.submit(bench.site, "shop", "order", to=4, actor="ann", door="api"),
        "deployment": lambda: bench.run(queued),
    }
    with ThreadPoolExecutor(1) as aside:
        with bench.site.alone() as alone:
            assert alone
            answer = aside.submit(asked[relying])
            assert wait([answer], timeout=0.5).done == set()
        assert answer.result(30)


def test_pruning_without_a_pause_beside_pushes_takes_nothing_that_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is arriving would seem days old as well.
    monkeypatch.setattr(leftovers, "BEGUN", ())
    bench = site(tmp_path / "data", releases="2")
    # Days ahead of what the disk says: no file is young, and only the lock keeps what is being built.
    bench.clock.forward(3 * A_DAY)
    ended = Event()

    def prune() -> int:
        passes = 0
        while not ended.is_set():
            with suppress(Conflict):
                pruning.prune(bench.workshop)
                passes += 1
        return passes

    with ThreadPoolExecutor(1) as aside:
        passes = aside.submit(prune)
        try:
            for version in range(12):
                done = bench.live(f"1.{version % 4}")
                assert done.phase is Phase.LIVE, done.error_message
                bench.clock.forward(2 * A_DAY)
                recovery.tend(bench.workshop)
        finally:
            ended.set()
    assert passes.result() > 1
    assert list(verify(bench.site)) == []
    assert bench.run(rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="api")).phase is Phase.LIVE


def test_what_takes_long_is_pruned_in_turns_and_nothing_is_counted_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    foretold = pruning.going(bench.site)
    monkeypatch.setattr(pruning, "AT_A_TIME", -1.0)
    turns: list[pruning.PruningResult] = []
    between = replace(bench.workshop, wait=lambda _: turns.append(pruning.pruned_so_far(bench.site)))
    result = pruning.prune(between)
    assert len(turns) + 1 >= len(foretold.releases) + len(foretold.blobs)
    assert (result.releases, result.blobs, result.freed) == (3, len(foretold.blobs), foretold.size)
    assert pruning.pruned_so_far(bench.site) == result
    assert all(before.releases <= after.releases for before, after in pairwise(turns))
    assert list(verify(bench.site)) == []


def test_what_went_before_somebody_interrupted_is_counted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_A_TIME", -1.0)

    def push(_: float) -> None:
        bench.push("6.0", application="shop", component="order")

    with pytest.raises(Conflict) as busy:
        pruning.prune(replace(bench.workshop, wait=push))
    assert busy.value.code == "keeping-busy"
    assert (pruning.pruned_so_far(bench.site).releases, pruning.last_pass(bench.site)) == (1, None)
