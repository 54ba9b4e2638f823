"""A bundle comes by other ways than an upload: by its path on the server, and by the watched folder."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Conflict, Denied, Refused
from buildpacks.sentences import catalogue
from buildsvc.doors.folder import markers
from buildsvc.doors.folder.watch import inbox_of
from buildsvc.model.deployment import Cause, Phase
from buildsvc.model.version_events import VersionArrived
from buildsvc.store.bundle.opening import opened, take_in
from buildsvc.store.bundle.promised import Promised
from buildsvc.store.bundle.sections import document_of
from buildsvc.usecases.look.reporting import report
from buildsvc.usecases.perform import perform
from buildsvc.usecases.versions import arriving, importing
from tests import bundles, small_images
from tests.bills_here import bills_written_here
from tests.unit.test_usecases_bundles import bundle, home, version
from tests.workshops import Bench

__all__ = ["bills_written_here", "home"]


@pytest.fixture
def away(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "away", BUILDSVC_BUNDLE_FOLDERS=str(tmp_path / "usb"))


@pytest.fixture
def path(home: Bench, tmp_path: Path) -> Path:
    (tmp_path / "usb").mkdir()
    version(home, "1.0.0")
    bundle(home, tmp_path / "usb" / "shop.bundle", "1.0.0")
    return tmp_path / "usb" / "shop.bundle"


def test_a_bundle_on_a_disk_at_the_server_is_imported_and_leaves_a_record(away: Bench, path: Path) -> None:
    done = away.run(arriving.submit_on_server(away.site, str(path), actor="bob", door="cli"))
    assert (done.cause, done.phase) == (Cause.IMPORT, Phase.SETTLED), done.error_message
    assert path.exists()
    assert [one.name for one in away.ledger.versions("shop")] == ["1.0.0"]
    told = report(away.site, done.id)
    arrived = next(one.event for one in told.events if isinstance(one.event, VersionArrived))
    assert (told.deployment.actor, told.deployment.door) == ("bob", "cli")
    assert arrived.new > 100_000
    assert away.ledger.facts("import:") == {} or not list(away.ledger.facts("import:"))


def test_that_a_bundle_is_taken_in_is_told_in_the_readers_language(away: Bench, path: Path) -> None:
    queued = arriving.submit_on_server(away.site, str(path), actor="bob", door="cli")
    assert queued.said is not None
    assert queued.message == "shop@1.0.0 is being taken in."
    assert catalogue.told(queued.said, "zh").message == "正在导入 shop@1.0.0。"


def test_a_file_elsewhere_on_the_server_is_not_read(away: Bench, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.bundle"
    path.rename(other)
    link = tmp_path / "usb" / "link.bundle"
    link.symlink_to(other)
    for asked in (str(other), str(link), str(tmp_path / "usb" / ".." / "other.bundle"), f"{link}\0", "\0"):
        with pytest.raises(Denied, match="lies in none of the folders"):
            arriving.submit_on_server(away.site, asked, actor="bob", door="cli")


def test_a_damaged_bundle_on_the_server_is_refused_and_nothing_changes(away: Bench, path: Path) -> None:
    before = set(away.site.layout)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(Refused, match="damaged at byte"):
        arriving.submit_on_server(away.site, str(path), actor="bob", door="cli")
    assert set(away.site.layout) == before
    assert away.ledger.deployments("shop", "", limit=5) == ()


def test_an_import_whose_worker_was_lost_at_its_end_is_finished(away: Bench, path: Path) -> None:
    accepted = arriving.submit_on_server(away.site, str(path), actor="bob", door="cli")
    assert accepted.deployment is not None
    wanted = next(iter(away.ledger.facts("import:")))
    # What a worker did that was lost before it said so: the version stands, the deployment does not know.
    with SplitFile(path) as file:
        take_in(file, opened(file), away.site.layout)
    importing.finish(away.site, wanted, actor="bob")
    assert away.run(accepted).phase is Phase.SETTLED
    assert len(away.ledger.versions("shop")) == 1


def test_a_bundle_in_the_watched_folder_is_imported(away: Bench, path: Path) -> None:
    inbox = inbox_of(away.site)
    inbox.folder.mkdir(parents=True)
    there = inbox.folder / "shop.bundle"
    path.rename(there)
    (inbox.folder / "shop.bundle.dodeploy").touch()
    inbox.scan()
    assert not there.exists()
    queued = away.ledger.deployments("shop", "", limit=1)[0]
    perform(away.workshop, queued.id)
    inbox.scan()
    assert "version list shop" in markers.marker(there, markers.DONE).read_text()
    assert [one.name for one in away.ledger.versions("shop")] == ["1.0.0"]
    assert list((away.settings.paths.spool / "bundles").iterdir()) == []


def test_a_damaged_bundle_in_the_watched_folder_stays_and_is_answered(away: Bench, path: Path) -> None:
    inbox = inbox_of(away.site)
    inbox.folder.mkdir(parents=True)
    there = inbox.folder / "shop.bundle"
    there.write_bytes(path.read_bytes()[:5000])
    (inbox.folder / "shop.bundle.dodeploy").touch()
    inbox.scan()
    assert there.exists()
    assert "damaged at byte" in markers.marker(there, markers.FAILED).read_text()


def test_imports_under_way_are_bounded(away: Bench, tmp_path: Path) -> None:
    store = small_images.layout(tmp_path / "store")
    made = bundles.bundle(store, bundles.snapshot(store))
    for number in range(importing.MOST_IMPORTS):
        importing.begin(away.site, document_of(bundles.renamed(made, f"v{number}")))
    with pytest.raises(Conflict, match="imports are under way"):
        importing.begin(away.site, document_of(bundles.renamed(made, "more")))
    importing.begin(away.site, document_of(bundles.renamed(made, "v0")))


def test_a_document_is_read_once_for_all_its_blobs(tmp_path: Path) -> None:
    store = small_images.layout(tmp_path / "store")
    made = bundles.bundle(store, bundles.snapshot(store))
    digest = store.add_bytes(document_of(made))
    promised = Promised(store)
    first = promised.sizes(digest)
    assert first == {blob.digest: blob.size for blob in made.blobs}
    store.path(digest).unlink()
    assert promised.sizes(digest) is first


def test_whoever_sends_a_blob_that_came_meanwhile_is_not_cut_off(away: Bench, tmp_path: Path) -> None:
    store = small_images.layout(tmp_path / "store")
    made = bundles.bundle(store, bundles.snapshot(store))
    begun = importing.begin(away.site, document_of(made))
    blob = max(begun.missing, key=lambda one: one.size)
    for _ in range(2):
        stream = io.BytesIO(store.path(blob.digest).read_bytes())
        assert importing.put(away.site, begun.id, blob.digest, stream) == blob.size
        assert stream.read() == b""


def test_two_imports_that_begin_at_once_do_not_pass_the_bound_together(
    away: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_IMPORTS", 1)
    store = small_images.layout(tmp_path / "store")
    made = bundles.bundle(store, bundles.snapshot(store))
    usual, met = away.ledger.facts, threading.Barrier(2)

    def facts(prefix: str) -> Iterable[str]:
        found = tuple(usual(prefix))
        # Where both may count at the same time they meet here; otherwise the first goes on alone.
        with suppress(threading.BrokenBarrierError):
            met.wait(0.3)
        return found

    monkeypatch.setattr(away.ledger, "facts", facts)

    def begun(name: str) -> bool:
        try:
            importing.begin(away.site, document_of(bundles.renamed(made, name)))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(begun, ("one", "two"))) == [False, True]
