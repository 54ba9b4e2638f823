"""Data around upgrades and rollbacks: dumps before anything changes, typed names, steps that cannot be undone."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.engines.base import Fallen
from buildsvc.model.api import ApplyPlan
from buildsvc.model.data_commands import DataCommands, Migration
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.dump import Dump
from buildsvc.usecases.apply import submit
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.save import restoring
from buildsvc.usecases.save.dumping import dumps_of
from buildsvc.usecases.versions import ask
from buildsvc.usecases.versions.ask import Change
from tests import small_images
from tests.unit.test_usecases_versions import settle, version
from tests.workshops import Bench

DATABASE = """\
name: shop
services:
  order:
    x-buildsvc: {artifact: order-service, soak: 60s, drain: 5s}
    ports: ["8080:8080"]
  db:
    image: redis:7
    x-buildsvc: {backup: [dump, all], restore: [load]}
    volumes: ["data:/data"]
volumes: {data: {}}
"""
LEFT_BEHIND = "data-left-behind"
WITHOUT = DATABASE.replace("    x-buildsvc: {backup: [dump, all], restore: [load]}\n", "")


def made(tmp_path: Path, text: str, keep: str = "5") -> Bench:
    bench = Bench(tmp_path / "data", BUILDSVC_KEEP_DUMPS=keep)
    for reference in ("redis:7", "redis:8"):
        layer = small_images.layer(bench.site.layout, {"bin/redis": reference.encode()})
        bench.site.images.put(small_images.image(bench.site.layout, [layer], reference=reference))
    bench.engine.images.add("redis:8")
    bench.engine.programs.data["db"] = b"a row"
    bench.apply(text)
    bench.live("1.0")
    settle(bench)
    version(bench, "1.0.0")
    return bench


def next_version(bench: Bench, name: str = "2.0.0", data: DataCommands | None = None, image: str = "redis:8") -> None:
    """Make a version in which the database has another image, without bringing it about."""
    newest = bench.ledger.versions("shop")[0].snapshot
    found = bench.site.images.find(image, bench.engine.platform())
    assert found is not None
    parts = tuple(
        replace(one, image=image, data=one.data if data is None else data) if one.name == "db" else one
        for one in newest.application.components
    )
    pinned = tuple(
        replace(
            one,
            images=tuple(
                replace(ref, reference=image, config=found.config.digest, manifest=found.manifest.digest)
                for ref in one.images
            ),
        )
        for one in newest.images
    )
    changed = replace(newest, application=replace(newest.application, components=parts), images=pinned)
    bench.ledger.create_version("shop", changed, name=name, note="", actor="ann")


def asked(wanted: str, cause: Cause = Cause.UPGRADE, **more: tuple[str, ...]) -> Change:
    return Change("shop", wanted, "shop", cause, "ann", "api", **more)  # type: ignore[arg-type]


def change(bench: Bench, wanted: str, cause: Cause = Cause.UPGRADE, **more: tuple[str, ...]) -> Deployment:
    return bench.run(ask.submit(bench.site, asked(wanted, cause, **more)))


def dumps(bench: Bench) -> tuple[Dump, ...]:
    return dumps_of(bench.site).all("shop")


def images(bench: Bench) -> str | None:
    found = bench.ledger.application("shop").application.component("db")
    return found.image if found is not None else None


def test_data_is_written_out_before_anything_changes(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    change(bench, "1.0.0")
    next_version(bench)
    begun = len(bench.engine.calls)
    done = change(bench, "2.0.0")
    assert done.phase is Phase.SETTLED
    (kept,) = dumps(bench)
    content = (bench.settings.dumps / "shop" / "db" / kept.name).read_bytes()
    assert content == b"a row"
    assert (kept.size, kept.sha256) == (5, hashlib.sha256(b"a row").hexdigest())
    assert (kept.version, kept.image, kept.deployment) == ("1.0.0", "redis:7", done.id)
    calls = bench.engine.calls[begun:]
    assert ("run_inside", "db", "dump", "all") in calls
    assert calls.index(("run_inside", "db", "dump", "all")) < calls.index(("ensure", "shop"))
    assert {"dump-made", "return-needs-restore"} <= set(bench.kinds(done))


def test_a_backup_that_fails_ends_the_change_and_nothing_is_touched(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    next_version(bench)
    bench.engine.programs.codes["db"] = 3
    begun = len(bench.engine.calls)
    failed = change(bench, "2.0.0")
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "dump-failed")
    assert failed.error_message == "The backup command of db (dump …) ended with status 3."
    assert not {"ensure", "stop", "roll_out"} & {call[0] for call in bench.engine.calls[begun:]}
    assert (dumps(bench), images(bench)) == ((), "redis:7")
    assert list((bench.settings.dumps / "shop" / "db").iterdir()) == []


def test_a_backup_that_writes_nothing_is_none(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    next_version(bench)
    bench.engine.programs.data["db"] = b""
    failed = change(bench, "2.0.0")
    assert (failed.phase, failed.error_code, dumps(bench)) == (Phase.FAILED, "empty-dump", ())


def test_a_component_that_stands_still_cannot_be_written_out(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    next_version(bench)
    bench.engine.stop("shop-db-1", 1)
    failed = change(bench, "2.0.0")
    assert (failed.phase, failed.error_code) == (Phase.FAILED, "not-running")


def test_a_changed_image_with_a_volume_and_no_backup_needs_its_name(tmp_path: Path) -> None:
    bench = made(tmp_path, WITHOUT)
    next_version(bench)
    known = bench.ledger.deployments("shop")
    with pytest.raises(Refused, match=r"2\.0\.0 changes the image of db") as refused:
        change(bench, "2.0.0", without_backup=("order",))
    assert refused.value.code == "no-backup-command"
    assert bench.ledger.deployments("shop") == known
    done = change(bench, "2.0.0", without_backup=("db",))
    assert (done.phase, images(bench), dumps(bench)) == (Phase.SETTLED, "redis:8", ())
    assert "dump-left-out" in bench.kinds(done)


def test_an_image_without_a_volume_changes_without_asking(tmp_path: Path) -> None:
    bench = made(tmp_path, WITHOUT.replace('    volumes: ["data:/data"]\n', ""))
    next_version(bench)
    assert change(bench, "2.0.0").phase is Phase.SETTLED


def test_only_so_many_dumps_are_kept(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE, keep="2")
    next_version(bench)
    seen = []
    for wanted, cause in (("2.0.0", Cause.UPGRADE), ("1.0.0", Cause.ROLLBACK), ("2.0.0", Cause.UPGRADE)):
        bench.clock.forward(60)
        change(bench, wanted, cause)
        seen.append(dumps(bench)[0].name)
    assert [one.name for one in dumps(bench)] == [seen[2], seen[1]]
    assert len(list((bench.settings.dumps / "shop" / "db").iterdir())) == 4


def test_dumps_made_by_hand_do_not_push_out_the_one_that_going_back_needs(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE, keep="2")
    change(bench, "1.0.0")
    next_version(bench)
    change(bench, "2.0.0")
    (needed,) = dumps(bench)
    for _ in range(4):
        bench.clock.forward(60)
        bench.run(restoring.submit_backup(bench.site, "shop", "db", actor="ann", door="api"))
    names = [one.name for one in dumps(bench)]
    assert (len(names), names[-1]) == (3, needed.name)
    version_id = next(one.id for one in bench.ledger.versions("shop") if one.name == "1.0.0")
    bench.ledger.mark_pruned(versions=[version_id])
    bench.clock.forward(60)
    bench.run(restoring.submit_backup(bench.site, "shop", "db", actor="ann", door="api"))
    assert needed.name not in [one.name for one in dumps(bench)]


def test_a_change_that_lost_its_worker_writes_data_out_once(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    next_version(bench)
    accepted = ask.submit(bench.site, asked("2.0.0"))
    bench.lost(accepted)
    done = bench.run(accepted, bench.worker("two"))
    assert done.phase is Phase.SETTLED
    assert len(dumps(bench)) == 1
    assert bench.kinds(done).count("dump-made") == 1


def test_the_outlook_says_what_is_written_out_and_from_where_on_going_back_means_restoring(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    next_version(bench)
    seen = ask.outlook(bench.site, asked("2.0.0")).data
    assert [(one.component, one.command, one.changes) for one in seen.written] == [("db", ("dump", "all"), True)]
    assert seen.irreversible == ("db",)


def test_going_back_behind_a_step_that_cannot_be_undone_names_what_to_restore(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    change(bench, "1.0.0")
    told = DataCommands(("dump", "all"), ("load",), Migration(undo=False, step="orders-2"))
    next_version(bench, data=told)
    assert [one.step for one in ask.outlook(bench.site, asked("2.0.0")).data.ahead] == ["orders-2"]
    change(bench, "2.0.0")
    (kept,) = dumps(bench)
    with pytest.raises(Refused, match=r"step orders-2\) of 2\.0\.0.*buildsvc data restore shop db " + kept.name) as no:
        change(bench, "1.0.0", Cause.ROLLBACK)
    assert no.value.code == "not-undone"
    assert images(bench) == "redis:8"
    assert change(bench, "1.0.0", Cause.ROLLBACK, restored=("db",)).phase is Phase.SETTLED
    assert images(bench) == "redis:7"


def test_a_step_is_passed_once_and_one_between_counts_too(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    change(bench, "1.0.0")
    next_version(bench, "2.0.0", DataCommands(("dump", "all"), ("load",), Migration(undo=False, step="two")))
    next_version(bench, "3.0.0", DataCommands(("dump", "all"), ("load",)), image="redis:7")
    change(bench, "3.0.0")
    with pytest.raises(Refused, match=r"step two\) of 2\.0\.0") as refused:
        change(bench, "1.0.0", Cause.ROLLBACK)
    assert refused.value.code == "not-undone"
    change(bench, "2.0.0", Cause.ROLLBACK)
    next_version(bench, "4.0.0", DataCommands(("dump", "all"), ("load",), Migration(undo=False, step="two")))
    change(bench, "4.0.0")
    assert change(bench, "2.0.0", Cause.ROLLBACK).phase is Phase.SETTLED


def test_a_step_that_can_be_undone_is_gone_back_behind(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    next_version(bench, data=DataCommands(("dump", "all"), ("load",), Migration(undo=True)))
    change(bench, "2.0.0")
    assert change(bench, "1.0.0", Cause.ROLLBACK).phase is Phase.SETTLED


def test_a_change_that_is_taken_back_says_whose_data_to_look_at(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    change(bench, "1.0.0")
    next_version(bench)

    def fail(*_: object) -> None:
        bench.engine.ensure = kept  # type: ignore[method-assign]
        raise Refused("image-missing.nowhere", images=["redis:8"])

    kept, bench.engine.ensure = bench.engine.ensure, fail  # type: ignore[method-assign,assignment]
    back = change(bench, "2.0.0")
    assert (back.phase, images(bench)) == (Phase.SWITCHED_BACK, "redis:7")
    (warning,) = [one.event for one in bench.ledger.events(back.id) if getattr(one.event, "code", "") == LEFT_BEHIND]
    assert f"buildsvc data restore shop db {dumps(bench)[0].name}" in warning.message  # type: ignore[union-attr]


def test_what_is_refused_before_anything_is_touched_has_failed_and_is_not_taken_back(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    next_version(bench)
    bench.engine.obstructed = (Refused("volume-missing", volume="x"),)
    begun = len(bench.engine.calls)
    failed = change(bench, "2.0.0")
    assert (failed.phase, failed.error_code, dumps(bench)) == (Phase.FAILED, "volume-missing", ())
    assert "ensure" not in {call[0] for call in bench.engine.calls[begun:]}


def test_applying_another_image_below_data_is_warned_of_and_another_command_makes_no_gap(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)

    def planned(text: str) -> ApplyPlan:
        return submit.plan(bench.site, io.BytesIO(text.encode()), file=None, content_type="application/yaml")

    careful = [
        [one for one in planned(text).warnings if "the image of db changes below its data" in one]
        for text in (DATABASE, DATABASE.replace("redis:7", "redis:8"))
    ]
    assert [len(one) for one in careful] == [0, 1]
    (commands,) = planned(DATABASE.replace("dump, all", "dump, some")).changed
    assert (commands.name, commands.keys, commands.gap) == ("db", ("data",), False)


def test_a_component_does_not_go_back_behind_a_release_that_cannot_be_undone(tmp_path: Path) -> None:
    text = DATABASE.replace("drain: 5s}", "drain: 5s, migrate: {undo: no, step: two}}")
    bench = made(tmp_path, DATABASE)
    bench.apply(text)
    settle(bench)
    with pytest.raises(Refused, match=r"release 1 of order .* step two of release 2") as refused:
        rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="api")
    assert refused.value.code == "not-undone"
    with pytest.raises(Refused):
        rollback.submit(bench.site, "shop", "order", to=None, actor="ann", door="api", restored=("db",))
    bench.live("2.0")
    settle(bench)
    assert bench.serving() == 3
    assert rollback.submit(bench.site, "shop", "order", to=2, actor="ann", door="api").deployment is not None
    behind = rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="api", restored=("order",))
    assert behind.deployment is not None


def test_a_database_that_does_not_stay_up_on_its_new_image_takes_the_change_back(tmp_path: Path) -> None:
    bench = made(tmp_path, DATABASE)
    change(bench, "1.0.0")
    next_version(bench)
    bench.engine.fallen = (Fallen("db", 1, ("data of another release",)),)
    back = change(bench, "2.0.0")
    assert (back.phase, back.error_code, images(bench)) == (Phase.SWITCHED_BACK, "components-ended", "redis:7")
    assert len(dumps(bench)) == 1
