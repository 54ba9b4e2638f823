"""What every engine must do with what somebody else started under Compose: one suite, over the fake and real engines.

A test module gives a `composed` fixture and a class that inherits from `AdoptionContract`.
"""

from __future__ import annotations

from typing import Protocol

import pytest

from buildpacks.errors import DeploymentFailed
from buildsvc.engines.base import Engine, Ensure, RollOut, Soak
from buildsvc.model.adoption import AdoptedComponent
from buildsvc.model.adoption_events import GatewayPutIn
from buildsvc.model.instance import Instance
from tests.engine_site import Events, Lost, MemoryJournal


class ComposedHarness(Protocol):
    """A project `name` with two services, `app` and `db`; `app` is to be a jar component."""

    @property
    def engine(self) -> Engine: ...
    @property
    def name(self) -> str: ...
    def parts(self) -> tuple[AdoptedComponent, ...]: ...
    def wanted(self) -> Ensure: ...
    def spec(self, journal: MemoryJournal, release: int, kind: str = "good", **jar: object) -> RollOut: ...
    def end(self, instance: Instance) -> None: ...


def standing(composed: ComposedHarness) -> set[tuple[str, object, str]]:
    found = composed.engine.adopted(composed.name, composed.parts())
    return {(one.id, one.started, one.state) for one in found}


def serving(composed: ComposedHarness) -> list[int | None]:
    return [one.release for one in composed.engine.instances(composed.name) if one.active]


class AdoptionContract:
    def test_a_project_is_read_from_its_labels(self, composed: ComposedHarness) -> None:
        found = composed.engine.composed(composed.name)
        assert [(one.service, one.state, one.one_off, one.ours) for one in found.containers] == [
            ("app", "running", False, False),
            ("db", "running", False, False),
        ]
        assert found.networks == (("default", f"{composed.name}_default"),)
        assert all(one.image and one.image_id for one in found.containers)
        assert composed.engine.composed("nobody-made-this").containers == ()

    def test_what_was_adopted_is_seen_and_ensure_leaves_it_as_it_is(self, composed: ComposedHarness) -> None:
        before = standing(composed)
        seen = composed.engine.adopted(composed.name, composed.parts())
        assert [(one.component, one.role, one.active) for one in seen] == [
            ("app", "instance", True),
            ("db", "image", False),
        ]
        composed.engine.ensure(composed.wanted(), Events())
        assert standing(composed) == before
        assert composed.engine.instances(composed.name) == ()

    def test_what_was_adopted_and_stopped_is_started_again(self, composed: ComposedHarness) -> None:
        ids = {one for one, _, _ in standing(composed)}
        for one in composed.engine.adopted(composed.name, composed.parts()):
            composed.engine.stop(one.id, 1.0)
        composed.engine.ensure(composed.wanted(), Events())
        assert {(one, state) for one, _, state in standing(composed)} == {(one, "running") for one in ids}

    def test_the_first_release_takes_the_container_s_place_and_a_second_one_needs_none(
        self, composed: ComposedHarness
    ) -> None:
        journal, events = MemoryJournal(), Events()
        instance = composed.engine.roll_out(composed.spec(journal, 1), journal, events)
        assert (instance.release, instance.active, instance.state) == (1, True, "running")
        gaps = [one.gap for one in events.all if isinstance(one, GatewayPutIn)]
        assert len(gaps) == 1
        assert gaps[0] < 15
        states = {one.component: one.state for one in composed.engine.adopted(composed.name, composed.parts())}
        assert states == {"app": "exited", "db": "running"}
        assert composed.engine.settle(composed.spec(journal, 1), journal, events, now=True) is Soak.SETTLED
        assert {one.component: one.state for one in composed.engine.adopted(composed.name, composed.parts())} == states

    def test_a_first_release_that_is_never_healthy_interrupts_nothing(self, composed: ComposedHarness) -> None:
        before, journal = standing(composed), MemoryJournal()
        with pytest.raises(DeploymentFailed) as caught:
            composed.engine.roll_out(composed.spec(journal, 1, "never-healthy", deadline=2.0), journal, Events())
        assert caught.value.code == "not-healthy"
        assert standing(composed) == before
        assert composed.engine.instances(composed.name) == ()

    def test_a_first_release_that_falls_in_its_soak_gives_the_place_back(self, composed: ComposedHarness) -> None:
        ids, journal, events = {one for one, _, _ in standing(composed)}, MemoryJournal(), Events()
        instance = composed.engine.roll_out(composed.spec(journal, 1), journal, events)
        composed.end(instance)
        assert composed.engine.settle(composed.spec(journal, 1), journal, events) is Soak.SWITCHED_BACK
        assert composed.engine.settle(composed.spec(journal, 1), journal, events) is Soak.SWITCHED_BACK
        assert {(one, state) for one, _, state in standing(composed)} == {(one, "running") for one in ids}
        assert composed.engine.instances(composed.name) == ()
        assert events.kinds()[-2:] == ["adopted-back", "switched-back"]

    @pytest.mark.parametrize("at", [("take-over", False), ("start", True), ("switch", False), ("live", True)])
    def test_a_worker_that_is_lost_before_the_gateway_is_in_leaves_all_to_be_undone(
        self, composed: ComposedHarness, at: tuple[str, bool]
    ) -> None:
        ids, journal = {one for one, _, _ in standing(composed)}, MemoryJournal()
        journal.fail_at = at
        with pytest.raises(Lost):
            composed.engine.roll_out(composed.spec(journal, 1), journal, Events())
        assert composed.engine.resume(composed.spec(journal, 1), journal, Events()) is None
        assert {(one, state) for one, _, state in standing(composed)} == {(one, "running") for one in ids}
        assert composed.engine.instances(composed.name) == ()

    def test_a_worker_that_is_lost_when_the_gateway_is_in_finds_it_done(self, composed: ComposedHarness) -> None:
        journal = MemoryJournal()
        journal.fail_at = ("take-over", True)
        with pytest.raises(Lost):
            composed.engine.roll_out(composed.spec(journal, 1), journal, Events())
        found = composed.engine.resume(composed.spec(journal, 1), journal, Events())
        assert found is not None
        assert serving(composed) == [1]
