"""Data by hand: written out now, and a dump read in again over what a component has."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from buildpacks.errors import Conflict, Failure, NotFound, Refused
from buildsvc.engines.inner_programs import ProgramEnd, Streams
from buildsvc.model.data_commands import DataCommands
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.dump import Dump
from buildsvc.usecases.attempt import Attempt
from buildsvc.usecases.look.reporting import report
from buildsvc.usecases.save import dumping, restoring
from buildsvc.usecases.save.dumping import dumps_of
from tests.bills_here import bills_written_here
from tests.unit.test_usecases_bundles import add_redis, bring, bundle, push, version
from tests.unit.test_usecases_data_kept import DATABASE
from tests.workshops import Bench

__all__ = ["bills_written_here"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "data")
    bench.engine.programs.data["db"] = b"a row"
    bench.apply(DATABASE)
    return bench


def backed_up(bench: Bench) -> Dump:
    done = bench.run(restoring.submit_backup(bench.site, "shop", "db", actor="ann", door="api"))
    assert done.phase is Phase.SETTLED
    return dumps_of(bench.site).all("shop", "db")[0]


def restored(bench: Bench, name: str, confirm: str = "db") -> Deployment:
    found = restoring.submit_restore(bench.site, "shop", "db", name, confirm=confirm, actor="ann", door="api")
    return bench.run(found)


def test_a_dump_is_read_in_again_over_what_there_is(bench: Bench) -> None:
    kept = backed_up(bench)
    assert (kept.version, kept.number) == ("", None)
    bench.engine.programs.data["db"] = b"damaged"
    done = restored(bench, kept.name)
    assert done.phase is Phase.SETTLED
    assert bench.engine.programs.data["db"] == b"a row"
    assert bench.engine.calls[-1] == ("run_inside", "db", "load")
    assert "dump-restored" in bench.kinds(done)


def test_nothing_is_read_in_without_the_components_name(bench: Bench) -> None:
    kept = backed_up(bench)
    known = bench.ledger.deployments("shop")
    with pytest.raises(Refused, match=r"--confirm db") as refused:
        restored(bench, kept.name, confirm="yes")
    assert refused.value.code == "not-confirmed"
    assert bench.ledger.deployments("shop") == known


def test_a_dump_that_is_not_there_is_refused(bench: Bench) -> None:
    kept = backed_up(bench)
    with pytest.raises(NotFound, match=kept.name):
        restored(bench, "../../secret.key")


def test_a_dump_with_another_byte_is_refused_and_nothing_is_read_in(bench: Bench) -> None:
    kept = backed_up(bench)
    (bench.settings.dumps / "shop" / "db" / kept.name).write_bytes(b"a rot")
    calls = len(bench.engine.calls)
    failed = restored(bench, kept.name)
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "dump-damaged")
    assert not [call for call in bench.engine.calls[calls:] if call[0] == "run_inside"]


def test_a_restore_command_that_fails_says_that_the_data_may_be_half(bench: Bench) -> None:
    kept = backed_up(bench)
    bench.engine.programs.codes["db"] = 1
    failed = restored(bench, kept.name)
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "restore-failed")
    assert "half" in (failed.error_hint or "")


def test_a_dump_ends_before_the_disk_is_full_and_none_is_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=dumping.LEFT_FREE - 1))
    done = bench.run(restoring.submit_backup(bench.site, "shop", "db", actor="ann", door="api"))
    assert (done.phase, done.error_code) == (Phase.FAILED, "disk-full")
    assert list((bench.settings.dumps / "shop" / "db").iterdir()) == []


def test_a_ledger_that_is_busy_for_a_moment_does_not_make_a_dump_endless(bench: Bench) -> None:
    answers: list[Failure | bool] = [Conflict("ledger-busy", path="x", busy_seconds=30), True]

    def cancelled() -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Failure):
            raise answer
        return answer

    asked = dumping.giving_up(cast("Attempt", SimpleNamespace(journal=SimpleNamespace(cancelled=cancelled))))
    assert (asked(), asked()) == (False, True)


def test_a_restore_that_lost_its_worker_is_not_begun_again_by_itself(bench: Bench) -> None:
    kept = backed_up(bench)
    found = restoring.submit_restore(bench.site, "shop", "db", kept.name, confirm="db", actor="ann", door="api")
    bench.lost(found, "run_inside")
    now = bench.run(found, bench.worker("two"))
    assert (now.phase, now.error_code) == (Phase.FAILED, "restore-interrupted")


def test_a_component_without_the_commands_is_refused(bench: Bench) -> None:
    with pytest.raises(Refused, match="has no backup:"):
        restoring.submit_backup(bench.site, "shop", "order", actor="ann", door="api")
    with pytest.raises(Refused, match="has no restore:"):
        restored_of_order(bench)


def restored_of_order(bench: Bench) -> None:
    restoring.submit_restore(bench.site, "shop", "order", "x", confirm="order", actor="ann", door="api")


def test_a_dump_without_its_note_is_none_and_goes_with_the_next(bench: Bench) -> None:
    kept = backed_up(bench)
    folder = bench.settings.dumps / "shop" / "db"
    (folder / kept.name.replace(".dump", ".json")).unlink()
    (folder / "half.dump.part").write_bytes(b"half")
    assert dumps_of(bench.site).all("shop") == ()
    bench.clock.forward(60)
    newest = backed_up(bench)
    assert {one.name for one in folder.iterdir()} == {newest.name, newest.name.replace(".dump", ".json")}


def test_a_note_that_somebody_changed_hides_no_other(bench: Bench) -> None:
    kept = backed_up(bench)
    folder = bench.settings.dumps / "shop" / "db"
    (folder / "other.json").write_text("{")
    text = (folder / kept.name.replace(".dump", ".json")).read_text()
    (folder / "copied.json").write_text(text.replace('"db"', '"../db"'))
    assert dumps_of(bench.site).all("shop") == (kept,)
    assert dumps_of(bench.site).all("..") == ()


def test_a_backup_that_is_cancelled_keeps_nothing(bench: Bench) -> None:
    found = restoring.submit_backup(bench.site, "shop", "db", actor="ann", door="api")
    assert found.deployment is not None
    begun, identifier = bench.engine.run_inside, found.deployment.id

    def asked_meanwhile(instance: str, command: tuple[str, ...], streams: Streams) -> ProgramEnd:
        bench.ledger.request_cancel(identifier)
        return begun(instance, command, streams)

    bench.engine.run_inside = asked_meanwhile  # type: ignore[method-assign]
    ended = bench.run(found)
    assert (ended.phase, ended.error_code) == (Phase.CANCELLED, "cancelled")
    assert list((bench.settings.dumps / "shop" / "db").iterdir()) == []


def test_how_far_a_dump_is_is_told_now_and_then(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumping, "TELL_EVERY", -1.0)
    with bench.feed.listen() as listener:
        backed_up(bench)
        heard = [message for _, message in listener.wait(1.0)]
    assert [message["text"] for message in heard if message and message["kind"] == "log"] == ["db: 5 B"]


def test_the_record_of_a_backup_has_the_dumps_digest(bench: Bench) -> None:
    kept = backed_up(bench)
    assert (f"db {kept.name}", f"sha256:{kept.sha256}") in report(bench.site, kept.deployment).digests


def test_what_a_component_says_of_its_data_travels_in_a_bundle(bench: Bench, tmp_path: Path) -> None:
    add_redis(bench)
    push(bench, "order", "1.0")
    version(bench, "1.0.0")
    bundle(bench, tmp_path / "shop.bundle", "1.0.0")
    arrived = bring(Bench(tmp_path / "away"), tmp_path / "shop.bundle")
    assert arrived is not None
    database = arrived.snapshot.application.component("db")
    assert database is not None
    assert database.data == DataCommands(("dump", "all"), ("load",))
