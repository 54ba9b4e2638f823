"""A rehearsal's record says what was seen and where it ended; who may not rehearse is told before it begins."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.doors.rehearsal import departure, offline
from buildsvc.doors.rehearsal.departure import Departure, RehearsedFile
from buildsvc.doors.rehearsal.ordered import RehearsalOrder, RehearsedBundle, RehearsedStep

INSTALLED = RehearsedStep("rehearsal.step.install", "shop@1.5", 12.3, ("order: order-1.5.jar",))
DOWN = RehearsedStep("rehearsal.step.install", "shop@1.5", 3.0, (), "order is not <healthy>", "Look at its log.")


def made(*steps: RehearsedStep) -> Departure:
    file = RehearsedFile("shop.bundle", "shop@1.5", 1_000_000, "ab" * 32)
    return Departure((file,), "1.0", "Linux 6.1 x86_64", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), steps)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("page", [departure.text, departure.html])
def test_a_record_has_every_step_the_files_digests_and_the_verdict(page: object, language: str) -> None:
    assert callable(page)
    found = page(made(INSTALLED), language)
    for wanted in ("shop@1.5", "ab" * 32, "order: order-1.5.jar", "12.3 s", "2026-01-02 03:04"):
        assert wanted in found
    assert departure.verdict(made(INSTALLED), language) in found


def test_a_record_of_what_does_not_hold_says_why_and_what_to_do() -> None:
    found = departure.text(made(DOWN))
    assert "It does not hold" in found
    assert "order is not <healthy>" in found
    assert "Look at its log." in found
    assert "&lt;healthy&gt;" in departure.html(made(DOWN))


@pytest.mark.parametrize(
    "steps",
    [(), (RehearsedStep("rehearsal.step.engine"),), (DOWN,), (INSTALLED, RehearsedStep("rehearsal.step.remove"))],
)
def test_what_did_not_end_does_not_hold(steps: tuple[RehearsedStep, ...]) -> None:
    assert made(*steps).fault is not None


def test_an_order_and_a_step_pass_from_one_process_to_the_other(tmp_path: Path) -> None:
    order = RehearsalOrder(
        "/f", RehearsedBundle("/b", "shop", "2"), RehearsedBundle("/a", "shop", "1"), ("--set", "A=b")
    )
    order.write(tmp_path / "order")
    assert RehearsalOrder.read(tmp_path / "order") == order
    assert RehearsedStep.of(DOWN.line()) == DOWN


def test_only_root_rehearses_and_only_where_an_engine_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused, match="root"):
        offline.require()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None if name == "dockerd" else f"/bin/{name}")
    with pytest.raises(Refused, match="dockerd"):
        offline.require()
