"""What every engine must do: one suite, run over the fake and over each real engine.

A test module gives a `harness` fixture and a class that inherits from `EngineContract`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from buildpacks.errors import DeploymentFailed, Failure, NotFound, Refused
from buildsvc.engines.base import Engine, Ensure, RollOut, Soak, Standing
from buildsvc.engines.inner_programs import ProgramEnd, Streams
from buildsvc.engines.programs_aside import Aside, AsideState
from buildsvc.model.application import KeptPaused
from buildsvc.model.instance import Instance
from tests.engine_site import Events, Lost, MemoryJournal
from tests.waiting import until


class Harness(Protocol):
    """One application on one engine. `kind` of a release is good, never-healthy, ends, or ends-once: with exit code 10
    at its first start, and then it serves.
    """

    @property
    def engine(self) -> Engine: ...
    @property
    def name(self) -> str: ...
    def wanted(self) -> Ensure: ...
    def spec(self, journal: MemoryJournal, release: int, kind: str = "good", **jar: object) -> RollOut: ...


def active(harness: Harness) -> Instance | None:
    return next((one for one in harness.engine.instances(harness.name) if one.active), None)


def untouched(harness: Harness) -> set[tuple[str, object]]:
    return {(one.id, one.started) for one in harness.engine.instances(harness.name) if one.role != "instance"}


def deploy(harness: Harness, release: int, kind: str = "good", **jar: object) -> tuple[RollOut, MemoryJournal]:
    journal = MemoryJournal()
    spec = harness.spec(journal, release, kind, **jar)
    harness.engine.roll_out(spec, journal, Events())
    return spec, journal


class EngineContract:
    def test_ensure_twice_touches_nothing(self, harness: Harness) -> None:
        before = untouched(harness)
        assert len(before) == 2
        harness.engine.ensure(harness.wanted(), Events())
        assert untouched(harness) == before

    @pytest.mark.long
    def test_a_program_inside_is_given_a_file_and_writes_one(self, harness: Harness, tmp_path: Path) -> None:
        (database,) = [one for one in harness.engine.instances(harness.name) if one.role == "image"]
        (tmp_path / "given").write_bytes(b"a row\n" * 1000)
        passed: list[int] = []
        streams = Streams(tmp_path / "given", tmp_path / "written", passed.append)
        assert harness.engine.run_inside(database.id, ("cat",), streams) == ProgramEnd(0)
        assert (tmp_path / "written").read_bytes() == b"a row\n" * 1000
        assert passed[-1] == len(b"a row\n") * 1000

    def test_a_waiting_component_has_no_active_instance(self, harness: Harness) -> None:
        assert active(harness) is None

    def test_a_release_replaces_the_former_one_and_nothing_else(self, harness: Harness) -> None:
        before = untouched(harness)
        deploy(harness, 1)
        events, journal = Events(), MemoryJournal()
        instance = harness.engine.roll_out(harness.spec(journal, 2), journal, events)
        assert (instance.release, instance.active, instance.deployment) == (2, True, journal.deployment)
        found = active(harness)
        assert found is not None
        assert found.id == instance.id
        assert untouched(harness) == before
        assert [k for k in events.kinds() if k != "warning"] == [
            "instance-started",
            "health-chosen",
            "healthy",
            "switched",
        ]

    @pytest.mark.parametrize(("kind", "code"), [("never-healthy", "not-healthy"), ("ends", "instance-ended")])
    def test_a_bad_release_leaves_the_former_one_and_nothing_of_itself(
        self, harness: Harness, kind: str, code: str
    ) -> None:
        deploy(harness, 1)
        before = {one.id for one in harness.engine.instances(harness.name)}
        with pytest.raises(DeploymentFailed) as caught:
            deploy(harness, 2, kind, deadline=2.0)
        assert caught.value.code == code
        assert caught.value.log_tail
        found = active(harness)
        assert found is not None
        assert found.release == 1
        assert {one.id for one in harness.engine.instances(harness.name)} == before

    def test_a_program_that_may_end_once_is_started_again_and_serves(self, harness: Harness) -> None:
        events, journal = Events(), MemoryJournal()
        instance = harness.engine.roll_out(
            harness.spec(journal, 1, "ends-once", may_end=1, deadline=60.0), journal, events
        )
        assert (instance.release, instance.active, instance.state) == (1, True, "running")
        said = [event.message for event in events.all if event.kind == "warning"]
        assert said == [
            "The new instance of app ended with exit code 10, as it may (1 of 1 times): it is started again."
        ]

    def test_a_program_that_ends_has_failed_where_nothing_says_that_it_may(self, harness: Harness) -> None:
        with pytest.raises(DeploymentFailed) as caught:
            deploy(harness, 1, "ends-once")
        assert caught.value.code == "instance-ended"
        assert "x-buildsvc.may_end" in caught.value.hint
        assert active(harness) is None

    def test_a_program_that_ends_more_often_than_it_may_has_failed(self, harness: Harness) -> None:
        with pytest.raises(DeploymentFailed) as caught:
            deploy(harness, 1, "ends", may_end=2, deadline=60.0)
        assert caught.value.code == "instance-ended"
        assert active(harness) is None

    def test_a_bad_first_release_leaves_the_component_waiting(self, harness: Harness) -> None:
        with pytest.raises(DeploymentFailed):
            deploy(harness, 1, "ends")
        assert active(harness) is None

    def test_a_release_whose_image_is_absent_is_refused_and_nothing_changes(self, harness: Harness) -> None:
        deploy(harness, 1)
        journal = MemoryJournal()
        spec = harness.spec(journal, 2, "absent")
        with pytest.raises(Refused) as caught:
            harness.engine.roll_out(spec, journal, Events())
        assert caught.value.code == "image-missing"
        assert journal.rows == []
        found = active(harness)
        assert found is not None
        assert found.release == 1

    def test_the_soak_ends_at_once_when_asked_and_the_old_instance_goes(self, harness: Harness) -> None:
        deploy(harness, 1)
        spec, journal = deploy(harness, 2)
        events = Events()
        assert harness.engine.settle(spec, journal, events) is Soak.SOAKING
        assert harness.engine.settle(spec, journal, events, now=True) is Soak.SETTLED
        assert [one.release for one in harness.engine.instances(harness.name) if one.role == "instance"] == [2]
        assert harness.engine.settle(spec, journal, events) is Soak.SETTLED
        assert events.kinds() == ["old-stopped"]

    def test_a_new_release_within_the_soak_takes_the_place_of_the_oldest(self, harness: Harness) -> None:
        for release in (1, 2, 3):
            deploy(harness, release)
        found = active(harness)
        assert found is not None
        assert found.release == 3
        rows = [one.release for one in harness.engine.instances(harness.name) if one.role == "instance"]
        assert sorted(r for r in rows if r) == [2, 3]

    def test_a_release_that_stands_in_drain_is_gone_back_to_without_a_start_and_back_again(
        self, harness: Harness
    ) -> None:
        deploy(harness, 1)
        deploy(harness, 2)
        before = {one.id for one in harness.engine.instances(harness.name)}
        for release in (1, 2, 1):
            events, journal = Events(), MemoryJournal()
            spec = harness.spec(journal, release)
            assert harness.engine.standing(spec) is Standing.READY
            live = harness.engine.return_to(spec, journal, events)
            assert live is not None
            assert (live.release, live.active) == (release, True)
            found = active(harness)
            assert found is not None
            assert found.id == live.id
            assert events.kinds() == ["switched"]
            assert harness.engine.settle(spec, journal, Events()) is Soak.SOAKING
        assert {one.id for one in harness.engine.instances(harness.name)} == before
        assert harness.engine.settle(spec, journal, Events(), now=True) is Soak.SETTLED
        assert [one.release for one in harness.engine.instances(harness.name) if one.role == "instance"] == [1]
        assert harness.engine.standing(harness.spec(MemoryJournal(), 2)) is Standing.NOTHING

    @pytest.mark.long
    def test_a_former_instance_is_frozen_behind_its_soak_gone_back_to_and_stopped_in_order(
        self, harness: Harness
    ) -> None:
        kept = KeptPaused(3600.0)
        deploy(harness, 1)
        spec, journal = deploy(harness, 2, soak=0.0, keep=kept)
        until(lambda: harness.engine.settle(spec, journal, Events()) is Soak.KEPT, seconds=40)
        states = {one.release: one.state for one in harness.engine.instances(harness.name) if one.role == "instance"}
        assert states == {1: "paused", 2: "running"}
        assert harness.engine.settle(spec, journal, Events()) is Soak.KEPT
        returned = MemoryJournal()
        back = harness.spec(returned, 1, soak=0.0, keep=kept)
        assert harness.engine.standing(back) is Standing.READY
        live = harness.engine.return_to(back, returned, Events())
        assert live is not None
        assert (live.release, live.state, live.active) == (1, "running", True)
        until(lambda: harness.engine.settle(back, returned, Events()) is Soak.KEPT, seconds=40)
        assert harness.engine.settle(back, returned, Events(), now=True) is Soak.SETTLED
        assert [one.release for one in harness.engine.instances(harness.name) if one.role == "instance"] == [1]

    def test_an_instance_with_other_values_than_today_s_is_not_gone_back_to(self, harness: Harness) -> None:
        deploy(harness, 1)
        deploy(harness, 2)
        journal = MemoryJournal()
        spec = replace(harness.spec(journal, 1), environment={"GREETING": "good evening"})
        assert harness.engine.standing(spec) is Standing.OTHERWISE
        assert harness.engine.return_to(spec, journal, Events()) is None
        assert journal.rows == []
        found = active(harness)
        assert found is not None
        assert found.release == 2

    @pytest.mark.parametrize(
        ("step", "done", "serving"),
        [("start", False, 2), ("start", True, 2), ("switch", False, 1), ("switch", True, 1), ("live", True, 1)],
    )
    def test_a_lost_worker_s_going_back_is_finished_or_undone(
        self, harness: Harness, step: str, done: bool, serving: int
    ) -> None:
        deploy(harness, 1)
        deploy(harness, 2)
        journal = MemoryJournal()
        journal.fail_at = (step, done)
        spec = harness.spec(journal, 1)
        with pytest.raises(Lost):
            harness.engine.return_to(spec, journal, Events())
        for _ in range(2):
            resumed = harness.engine.resume(spec, journal, Events())
            assert (resumed.release if resumed else 2) == serving
            found = active(harness)
            assert found is not None
            assert found.release == serving

    def test_a_cancelled_deployment_changes_nothing(self, harness: Harness) -> None:
        deploy(harness, 1)
        journal = MemoryJournal()
        journal.is_cancelled = True
        with pytest.raises(DeploymentFailed) as caught:
            harness.engine.roll_out(harness.spec(journal, 2), journal, Events())
        assert caught.value.code == "cancelled"
        found = active(harness)
        assert found is not None
        assert found.release == 1

    @pytest.mark.parametrize(
        ("step", "done", "serving"),
        [
            ("start", False, 1),
            ("start", True, 1),
            ("switch", False, 2),
            ("switch", True, 2),
            ("live", False, 2),
            ("live", True, 2),
        ],
    )
    def test_a_lost_worker_s_swap_is_finished_or_undone(
        self, harness: Harness, step: str, done: bool, serving: int
    ) -> None:
        deploy(harness, 1)
        journal = MemoryJournal()
        journal.fail_at = (step, done)
        spec = harness.spec(journal, 2)
        with pytest.raises(Lost):
            harness.engine.roll_out(spec, journal, Events())
        for _ in range(2):
            resumed = harness.engine.resume(spec, journal, Events())
            assert (resumed.release if resumed else 1) == serving
            found = active(harness)
            assert found is not None
            assert found.release == serving
        rows = [one for one in harness.engine.instances(harness.name) if one.role == "instance"]
        assert len(rows) == (2 if serving == 2 else 1)

    def test_resuming_what_never_began_changes_nothing(self, harness: Harness) -> None:
        deploy(harness, 1)
        journal = MemoryJournal()
        assert harness.engine.resume(harness.spec(journal, 2), journal, Events()) is None
        assert journal.rows == []

    def test_a_component_that_is_no_longer_named_is_removed(self, harness: Harness) -> None:
        deploy(harness, 1)
        wanted = harness.wanted()
        rest = tuple(c for c in wanted.application.components if not c.is_jar)
        application = type(wanted.application)(
            wanted.application.name, rest, wanted.application.networks, wanted.application.volumes
        )
        harness.engine.ensure(
            Ensure(application, wanted.placement, wanted.environments, wanted.contents, wanted.gateway), Events()
        )
        assert [one.role for one in harness.engine.instances(harness.name)] == ["image"]

    def test_what_is_made_ready_beforehand_touches_nothing_and_is_used_or_let_go(self, harness: Harness) -> None:
        first, _ = deploy(harness, 1)
        before = untouched(harness), active(harness)
        for used in (False, True):
            journal = MemoryJournal()
            spec = harness.spec(journal, 2)
            harness.engine.make_ready(replace(spec, image_reference=first.image_reference))
            assert (untouched(harness), active(harness)) == before
            if used:
                assert harness.engine.roll_out(spec, journal, Events()).release == 2
            harness.engine.let_go(spec.deployment)
        harness.engine.let_go("never made ready")

    def test_removing_the_application_leaves_no_instance(self, harness: Harness) -> None:
        deploy(harness, 1)
        harness.engine.remove_application(harness.name)
        assert harness.engine.instances(harness.name) == ()

    def test_a_program_runs_aside_once_and_its_files_can_be_copied_out(self, harness: Harness, tmp_path: Path) -> None:
        spec, _ = deploy(harness, 1)
        name = f"aside-{harness.name}"
        serving = {(one.id, one.started) for one in harness.engine.instances(harness.name)}
        work = Aside(
            harness.name, name, spec.image_reference, ("cat", "/tmp/in.txt"), {"/tmp/in.txt": b"given"}, 64 << 20
        )
        try:
            for _ in range(2):
                harness.engine.begin_aside(work)
            until(lambda: not self._aside(harness, name).running, 30)
            assert self._aside(harness, name).exit_code == 0
            assert harness.engine.copy_out(name, "/tmp/in.txt", tmp_path / "out")
            assert (tmp_path / "out").read_bytes() == b"given"
            assert not harness.engine.copy_out(name, "/tmp/nothing", tmp_path / "none")
            assert {(one.id, one.started) for one in harness.engine.instances(harness.name)} == serving
        finally:
            harness.engine.remove(name)
        assert name not in {state.name for state in harness.engine.asides()}
        assert not harness.engine.copy_out(name, "/tmp/in.txt", tmp_path / "out")
        absent = replace(work, image="buildsvc/nothing:none")
        with pytest.raises(Failure):
            harness.engine.begin_aside(absent)
        harness.engine.begin_aside(work)
        harness.engine.remove_application(harness.name)
        assert name not in {state.name for state in harness.engine.asides()}

    @pytest.mark.long
    def test_a_program_aside_that_is_held_goes_on_when_it_may(self, harness: Harness) -> None:
        spec, _ = deploy(harness, 1)
        name = f"{harness.name}-held"
        harness.engine.begin_aside(Aside(harness.name, name, spec.image_reference, ("sleep", "1"), {}, 64 << 20))
        try:
            harness.engine.hold_aside(name, held=True)
            harness.engine.hold_aside(name, held=True)
            harness.engine.hold_aside(name, held=False)
            until(lambda: not self._aside(harness, name).running, 30)
            assert self._aside(harness, name).exit_code == 0
            harness.engine.hold_aside(name, held=True)
            harness.engine.hold_aside(name, held=False)
        finally:
            harness.engine.remove(name)
        harness.engine.hold_aside(name, held=True)

    @staticmethod
    def _aside(harness: Harness, name: str) -> AsideState:
        (found,) = [state for state in harness.engine.asides() if state.name == name]
        return found

    def test_what_runs_says_what_it_uses_and_what_is_gone_is_left_out(self, harness: Harness) -> None:
        deploy(harness, 1)
        serving = active(harness)
        assert serving is not None
        # An engine reads it out of files that a new instance may not have yet.
        found = until(lambda: harness.engine.usage([serving.id, "buildsvc-nobody"]))
        assert set(found) == {serving.id}
        assert found[serving.id].memory > 0
        assert found[serving.id].cpu >= 0

    def test_logs_and_images_that_are_not_there_are_named(self, harness: Harness) -> None:
        with pytest.raises(NotFound):
            list(harness.engine.logs("buildsvc-nobody", follow=False, tail=3))
        with pytest.raises(NotFound):
            harness.engine.save("buildsvc/nothing:none")

    def test_an_image_component_without_its_image_is_refused_by_name(self, harness: Harness) -> None:
        wanted = harness.wanted()
        absent = wanted.application.components[1]
        changed = type(absent)(absent.name, image="buildsvc/nothing:none", networks=absent.networks)
        application = type(wanted.application)(
            wanted.application.name, (wanted.application.components[0], changed), wanted.application.networks
        )
        before = untouched(harness)
        with pytest.raises(Failure, match="buildsvc/nothing:none"):
            harness.engine.ensure(Ensure(application, wanted.placement, {}, wanted.contents, wanted.gateway), Events())
        assert untouched(harness) == before
