"""The watched folder: what is taken when, and how it is answered."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from buildpacks.errors import Refused, Unreachable
from buildsvc.doors.folder import markers, taking
from buildsvc.doors.folder.inbox import STUCK_SECONDS
from buildsvc.model.deployment import Phase
from tests import forge
from tests.inboxes import DEPLOYMENT, Site, names, scan


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "inbox").mkdir()
    return Site(tmp_path)


def test_a_whole_jar_that_is_still_is_taken_and_answered(site: Site) -> None:
    jar = forge.write(site.root / "inbox" / "order.jar", forge.jar())
    scan(site, site.inbox())
    assert site.received == [("order.jar", None, None, forge.jar())]
    assert not jar.exists()
    assert names(site.root / "inbox") == {"order.jar.isdeploying"}
    assert "deployment: d-1" in (site.root / "inbox" / "order.jar.isdeploying").read_text()


def test_a_file_that_still_grows_is_left_alone(site: Site) -> None:
    jar = site.root / "inbox" / "order.jar"
    inbox = site.inbox()
    for n in range(10):
        forge.write(jar, forge.jar(extra={"x": b"x" * n * 100}))
        scan(site, inbox, 1)
    assert site.received == []
    assert jar.exists()


def test_a_truncated_jar_is_not_taken_and_is_told_of_after_a_while(site: Site) -> None:
    jar = forge.write(site.root / "inbox" / "order.jar", forge.truncated(forge.jar()))
    inbox = site.inbox()
    scan(site, inbox, 6)
    assert names(jar.parent) == {"order.jar"}
    site.time += STUCK_SECONDS
    scan(site, inbox, 2)
    assert names(jar.parent) == {"order.jar", "order.jar.failed"}
    forge.write(jar, forge.jar())
    scan(site, inbox, 6)
    assert names(jar.parent) == {"order.jar.isdeploying"}


def test_a_marker_asks_for_a_file_to_be_taken_at_once(site: Site) -> None:
    forge.write(site.root / "inbox" / "order.bin", b"whatever")
    forge.write(site.root / "inbox" / "order.bin.dodeploy", b"")
    site.inbox().scan()
    assert site.received == [("order.bin", None, None, b"whatever")]
    assert names(site.root / "inbox") == {"order.bin.isdeploying"}


@pytest.mark.parametrize(
    ("folder", "application", "component"), [("shop", "shop", None), ("shop/order", "shop", "order")]
)
def test_folders_say_whose_a_file_is(site: Site, folder: str, application: str, component: str | None) -> None:
    forge.write(site.root / "inbox" / folder / "x.jar", forge.jar())
    scan(site, site.inbox())
    assert [entry[:3] for entry in site.received] == [("x.jar", application, component)]
    assert names(site.root / "inbox" / folder) == {"x.jar.isdeploying"}


@pytest.mark.parametrize(
    "name",
    [".order.jar", ".order.jar.Xa81bZ", "order.jar.part", "order.jar.tmp", "order.jar.filepart", "a.jar.crdownload"],
)
def test_half_copied_and_hidden_files_are_ignored(site: Site, name: str) -> None:
    forge.write(site.root / "inbox" / name, forge.jar())
    scan(site, site.inbox(), 6)
    assert site.received == []
    assert names(site.root / "inbox") == {name}


def test_other_files_are_not_ours(site: Site) -> None:
    forge.write(site.root / "inbox" / "readme.txt", b"hello")
    scan(site, site.inbox(), 6)
    assert names(site.root / "inbox") == {"readme.txt"}


def test_a_refusal_is_answered_with_reason_and_hint(site: Site) -> None:
    site.failure = Refused("unmatched", "No component fits.", "Name one.")
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    scan(site, site.inbox())
    text = (site.root / "inbox" / "order.jar.failed").read_text()
    assert "reason: No component fits." in text
    assert "hint: Name one." in text
    assert list((site.root / "spool").iterdir()) == []


def test_a_refused_file_stays_and_is_not_looked_at_again_until_it_changes(site: Site) -> None:
    site.failure = Refused("unmatched", "No component fits.", "Name one.")
    jar = forge.write(site.root / "inbox" / "order.jar", forge.jar())
    scan(site, site.inbox())
    assert jar.read_bytes() == forge.jar()
    site.failure = None
    scan(site, site.inbox(), 8)
    assert site.received == []
    assert names(site.root / "inbox") == {"order.jar", "order.jar.failed"}
    forge.write(jar, forge.jar(java=11))
    scan(site, site.inbox())
    assert [entry[3] for entry in site.received] == [forge.jar(java=11)]


def test_a_refused_file_is_tried_again_when_somebody_asks(site: Site) -> None:
    site.failure = Refused("unmatched", "No component fits.", "Name one.")
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    scan(site, site.inbox())
    site.failure = None
    forge.write(site.root / "inbox" / "order.jar.dodeploy", b"")
    scan(site, site.inbox())
    assert len(site.received) == 1
    assert names(site.root / "inbox") == {"order.jar.isdeploying"}


def test_a_refused_file_does_not_replace_the_next_one(site: Site) -> None:
    home = forge.write(site.root / "inbox" / "order.jar", b"next")
    taken = forge.write(site.root / "spool" / "x" / "order.jar", b"former")
    taking.put_back(taken, site.root / "inbox", home)
    assert home.read_bytes() == b"next"


def test_the_answer_follows_the_deployment_to_its_end(site: Site) -> None:
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    inbox = site.inbox()
    scan(site, inbox)
    site.deployment = replace(DEPLOYMENT, phase=Phase.LIVE, release=3)
    scan(site, inbox, 1)
    assert names(site.root / "inbox") == {"order.jar.deployed"}
    assert "release: 3" in (site.root / "inbox" / "order.jar.deployed").read_text()
    site.deployment = replace(DEPLOYMENT, phase=Phase.SWITCHED_BACK, error_message="It crashed in the soak.")
    scan(site, inbox, 1)
    assert names(site.root / "inbox") == {"order.jar.failed"}


def test_a_failed_deployment_is_answered_with_its_error(site: Site) -> None:
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    inbox = site.inbox()
    scan(site, inbox)
    site.deployment = replace(
        DEPLOYMENT, phase=Phase.FAILED, error_code="unhealthy", error_message="Never healthy.", error_hint="See logs."
    )
    scan(site, inbox, 1)
    text = (site.root / "inbox" / "order.jar.failed").read_text()
    assert "reason: Never healthy." in text
    assert "hint: See logs." in text


def test_bytes_that_are_live_already_are_answered_as_deployed(site: Site) -> None:
    site.nothing_to_do = True
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    scan(site, site.inbox())
    assert "release: 7" in (site.root / "inbox" / "order.jar.deployed").read_text()


def test_libraries_that_are_kept_are_answered_as_done(site: Site) -> None:
    site.nothing_to_do, site.already_live = True, None
    forge.write(site.root / "inbox" / "lib.zip", forge.archive({"a.jar": forge.library("a.A")}))
    inbox = site.inbox()
    scan(site, inbox)
    text = (site.root / "inbox" / "lib.zip.deployed").read_text()
    assert ("note: ok" in text, "release:" in text) == (True, False)
    assert inbox.scan() is False


def test_in_a_components_folder_a_jar_waits_for_a_zip_that_still_comes(site: Site) -> None:
    folder = site.root / "inbox" / "shop" / "order"
    whole = forge.archive({"a.jar": forge.library("a.A")})
    forge.write(folder / "app.jar", forge.jar())
    forge.write(folder / "lib.zip", forge.truncated(whole))
    inbox = site.inbox()
    scan(site, inbox, 8)
    assert site.received == []
    forge.write(folder / "lib.zip", whole)
    scan(site, inbox, 9)
    assert [entry[0] for entry in site.received] == ["lib.zip", "app.jar"]


def test_a_jar_does_not_wait_for_a_zip_that_is_broken_nor_for_one_in_another_folder(site: Site) -> None:
    folder = site.root / "inbox" / "shop" / "order"
    broken = forge.truncated(forge.archive({"a.jar": forge.library("a.A")}))
    forge.write(folder / "app.jar", forge.jar())
    forge.write(folder / "lib.zip", broken)
    forge.write(site.root / "inbox" / "shop" / "stock" / "app.jar", forge.jar())
    inbox = site.inbox()
    scan(site, inbox, 6)
    assert [entry[:3] for entry in site.received] == [("app.jar", "shop", "stock")]
    site.time += STUCK_SECONDS
    scan(site, inbox, 8)
    assert [entry[:3] for entry in site.received[1:]] == [("app.jar", "shop", "order")]


def test_a_new_file_takes_away_the_answers_to_the_former_one(site: Site) -> None:
    folder = site.root / "inbox"
    forge.write(folder / "order.jar.failed", b"code: old\n")
    forge.write(folder / "order.jar", forge.jar())
    site.inbox().scan()
    assert names(folder) == {"order.jar"}


def test_what_was_taken_before_a_crash_is_handed_in_at_the_next_start(site: Site) -> None:
    site.failure = RuntimeError("killed here")
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    inbox = site.inbox()
    with pytest.raises(RuntimeError):
        scan(site, inbox)
    assert names(site.root / "inbox") == set()
    site.failure = None
    site.inbox().scan()
    assert [entry[0] for entry in site.received] == ["order.jar"]
    assert names(site.root / "inbox") == {"order.jar.isdeploying"}


@pytest.mark.parametrize("moment", ["before the move", "after the move"])
def test_a_crash_beside_the_move_loses_no_file(site: Site, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    usual = taking.take

    def killed(*asked: Path) -> None:
        if moment == "after the move":
            usual(*asked)
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(taking, "take", killed)
        with pytest.raises(KeyboardInterrupt):
            scan(site, site.inbox())
    assert site.received == []
    scan(site, site.inbox())
    assert [(name, data) for name, _, _, data in site.received] == [("order.jar", forge.jar())]


def test_what_cannot_be_handed_in_now_waits(site: Site) -> None:
    site.failure = Unreachable("ledger", "The ledger is busy.", "")
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    inbox = site.inbox()
    scan(site, inbox)
    site.failure = None
    scan(site, inbox, 1)
    assert [entry[0] for entry in site.received] == ["order.jar"]


def test_open_answers_are_finished_from_the_ledger_after_a_restart(site: Site) -> None:
    markers.answer(site.root / "inbox" / "order.jar", markers.BUSY, deployment="d-1", state="queued")
    site.deployment = replace(DEPLOYMENT, phase=Phase.SETTLED, release=4)
    assert site.inbox().scan() is False
    assert names(site.root / "inbox") == {"order.jar.deployed"}


def test_a_folder_that_vanishes_says_so_and_works_again_when_it_is_back(site: Site) -> None:
    inbox = site.inbox()
    inbox.scan()
    (site.root / "inbox").rmdir()
    with pytest.raises(FileNotFoundError):
        inbox.scan()
    forge.write(site.root / "inbox" / "order.jar", forge.jar())
    scan(site, inbox)
    assert names(site.root / "inbox") == {"order.jar.isdeploying"}


def test_a_file_from_another_file_system_is_copied_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def across(source: str, target: Path, **how: int) -> None:
        if how:
            raise OSError(18, "Invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(os, "rename", across)
    jar = forge.write(site.root / "inbox" / "order.jar", forge.jar())
    scan(site, site.inbox())
    assert site.received[0][3] == forge.jar()
    assert not jar.exists()


def test_a_refused_jar_is_told_in_the_sites_language(site: Site) -> None:
    (site.root / "inbox" / "order.jar").write_bytes(b"not a jar, and long enough to be looked at")
    inbox = replace(site.inbox(), language="zh")
    for _ in range(40):
        inbox.scan()
        site.time += STUCK_SECONDS
    told = (site.root / "inbox" / "order.jar.failed").read_text("utf-8")
    assert "文本文件" in told
    assert "文件留在原处" in told
    assert "code: text-file" in told
