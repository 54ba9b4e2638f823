"""A worker that is lost while it undoes a switch that had begun: the next one goes on undoing, and never forward."""

from __future__ import annotations

import pytest

from tests.contract.engine_contract import active, deploy
from tests.engine_site import Events, Lost, MemoryJournal
from tests.swaps import fake_harness


def test_what_was_being_undone_behind_a_begun_switch_is_undone_to_the_end() -> None:
    harness = fake_harness()
    deploy(harness, 1)
    journal = MemoryJournal()
    journal.fail_at = ("undo", False)
    spec = harness.spec(journal, 2)
    harness.engine.broken.add("switch")
    with pytest.raises(Lost):
        harness.engine.roll_out(spec, journal, Events())
    harness.engine.broken.clear()
    assert harness.engine.resume(spec, journal, Events()) is None
    found = active(harness)
    assert found is not None
    assert (found.release, harness.running()) == (1, {1: True})
