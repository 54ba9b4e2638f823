"""A rehearsal's record says what was seen and where it ended; who may not rehearse is told before it begins."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.doors.rehearsal import departure, offline, rehearsed_with
from buildsvc.doors.rehearsal.chosen import choose, choose_former
from buildsvc.doors.rehearsal.departure import Departure, RehearsedFile
from buildsvc.doors.rehearsal.ordered import RehearsalOrder, RehearsedBundle, RehearsedKit, RehearsedStep
from buildsvc.image.kit.engine_folder import EngineFile
from buildsvc.image.kit.kit_file import SCRIPT, CarriedBundle, KitOrder, script
from buildsvc.image.kit.opened_kit import is_kit
from buildsvc.image.kit.payload import Payload, Summing
from buildsvc.image.layout import Layout
from buildsvc.model.clock import SystemClock
from buildsvc.model.site_parts import SiteValue
from buildsvc.settings import folders_of_user
from buildsvc.settings.reading import gather
from tests import bundles
from tests.two_platforms import AMD64, ARM64

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
    bundle = RehearsedBundle("/b", "shop", "2", ("--set", "A=b"))
    kit = RehearsedKit("/f/kit", "1.2.3", "abc")
    order = RehearsalOrder("/f", (bundle,), RehearsedBundle("/a", "shop", "1"), kit)
    order.write(tmp_path / "order")
    assert RehearsalOrder.read(tmp_path / "order") == order
    assert RehearsedStep.of(DOWN.line()) == DOWN


def test_only_root_rehearses_and_only_where_an_engine_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused, match="root"):
        offline.require()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None if name == "dockerd" else f"/bin/{name}")
    offline.require()
    with pytest.raises(Refused, match="dockerd"):
        offline.program(offline.ENGINE)


def test_the_settings_of_this_machine_s_own_site_are_not_those_of_the_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: f"/bin/{name}")
    monkeypatch.setenv("BUILDSVC_TLS", "yes")
    own = tmp_path / "own.env"
    own.write_text("BUILDSVC_TLS=yes\n")
    monkeypatch.setattr(folders_of_user, "settings_file", lambda given, *, root: own)
    environment = rehearsed_with.of_this_machine(tmp_path).environment
    assert "tls" not in gather(environment, root=True).found


def kit_of(folder: Path, **brought: Path) -> Path:
    """A kit whose payload is whole: one file, and bundles of version 1.0.0."""
    folder.mkdir(exist_ok=True)
    file, within = folder / "kit.run", folder / "within"
    within.write_text("the program")
    with file.open("wb") as stream:
        stream.seek(SCRIPT)
        out = Summing(stream)
        payload = Payload(out, 0)
        payload.file(within, "program/bin/buildsvc")
        carried = tuple(CarriedBundle(path, f"{name}@1.0.0") for name, path in brought.items())
        for one in carried:
            payload.file(one.file, f"bundles/{one.title}.bundle")
        payload.close()
        order = KitOrder(AMD64, Path("wheels"), None, EngineFile(within, "abc"), carried, SystemClock().now())
        stream.seek(0)
        stream.write(script(order, "1.2.3", out, 4096))
    return file


def test_a_kit_says_what_it_is_and_lies_unpacked(tmp_path: Path) -> None:
    file = kit_of(tmp_path)
    assert is_kit(file)
    chosen = choose(file, AMD64, tmp_path, [])
    assert (chosen.title, chosen.bundles) == ("buildsvc 1.2.3", ())
    assert chosen.kit == RehearsedKit(str(tmp_path / "kit"), "1.2.3", "abc")
    assert (tmp_path / "kit" / "program" / "bin" / "buildsvc").read_text() == "the program"


def test_an_answer_goes_to_the_application_that_asks_and_what_nobody_asks_for_to_all(tmp_path: Path) -> None:
    brought = {name: bundle_of(tmp_path, name, *asked) for name, asked in (("shop", ()), ("hall", ("DB_HOST",)))}
    answers = [("--set", "DB_HOST", "db"), ("--set", "NOBODY", "1")]
    kit = choose(kit_of(tmp_path, **brought), AMD64, tmp_path, answers)
    assert kit.title == "buildsvc 1.2.3 + shop@1.0.0 + hall@1.0.0"
    assert [one.answers for one in kit.bundles] == [
        ("--set", "NOBODY=1"),
        ("--set", "DB_HOST=db", "--set", "NOBODY=1"),
    ]
    assert choose_former(brought["hall"], AMD64, kit, answers).answers == ("--set", "DB_HOST=db")
    with pytest.raises(Refused) as refused:
        choose_former(bundle_of(tmp_path, "other"), AMD64, kit, answers)
    assert refused.value.code == "rehearsal-former"


def bundle_of(folder: Path, name: str, *asked: str) -> Path:
    """A bundle of version 1.0.0 of an application that asks every site for these."""
    layout = Layout(folder / "store", folder / "store" / "tmp")
    layout.prepare()
    found = bundles.snapshot(layout)
    application = replace(found.application, name=name, values=tuple(map(SiteValue, asked)))
    made = bundles.bundle(layout, replace(found, application=application))
    version = replace(made.version, application=name)
    return bundles.file(layout, replace(made, version=version), folder / f"{name}.bundle")


@pytest.mark.parametrize("kind", ["cut", "changed", "a script alone"])
def test_a_damaged_kit_is_refused_before_anything_begins(tmp_path: Path, kind: str) -> None:
    file = kit_of(tmp_path)
    data = bytearray(file.read_bytes())
    if kind == "cut":
        del data[-512:]
    elif kind == "changed":
        data[SCRIPT + 700] ^= 1
    else:
        data = data[:30]
    file.write_bytes(data)
    with pytest.raises(Refused) as refused:
        choose(file, AMD64, tmp_path, [])
    assert refused.value.code == "kit-damaged"
    assert not (tmp_path / "kit").exists()


def test_a_kit_for_another_architecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        choose(kit_of(tmp_path), ARM64, tmp_path, [])
    assert refused.value.code == "rehearsal-platform"
