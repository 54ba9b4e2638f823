"""A disk without bytes or inodes left: said as such at every door, nothing by half, and over when there is room."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from click.testing import CliRunner

from buildpacks.errors import Refused, no_room
from buildsvc.doors.cli.main import cli
from buildsvc.doors.folder.watch import watch
from buildsvc.doors.http.readiness import LedgerProbe
from buildsvc.model.access import Role
from buildsvc.model.deployment import Phase
from tests.doors_site import Door
from tests.small_disks import fill, small_disk, use_up_inodes
from tests.workshops import Bench


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as folder:
        yield folder


@pytest.fixture
def door(disk: Path) -> Iterator[Door]:
    made = Door(disk / "data")
    yield made
    made.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_used_up_quota_are_no_defects(number: int) -> None:
    full = no_room(OSError(number, os.strerror(number), "/data/x"))
    assert full is not None
    assert (full.code, full.exit_status, full.message) == (
        "disk-full",
        2,
        "There is no room left on the disk of '/data/x'.",
    )
    assert no_room(OSError(errno.EIO, "broken")) is None


def test_an_upload_to_a_full_disk_is_told_507(door: Door, disk: Path) -> None:
    headers = door.headers()
    fill(disk)
    answer = door.client().post("/api/artifacts?filename=a.jar", data=b"PK\x03\x04" + b"x" * 5000, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (507, "disk-full")


def test_an_upload_without_inodes_is_told_507(door: Door, disk: Path) -> None:
    headers = door.headers()
    shutil.rmtree(disk / "data" / "tmp", ignore_errors=True)
    use_up_inodes(disk)
    answer = door.client().post("/api/artifacts?filename=a.jar", data=b"PK\x03\x04" + b"x" * 5000, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (507, "disk-full")


def test_a_ledger_that_cannot_grow_is_told_507(door: Door, disk: Path) -> None:
    headers = door.headers(Role.ADMIN)
    fill(disk)
    client, last = door.client(), None
    for number in range(200):
        asked = {"name": f"t{number}", "role": "viewer", "applications": None}
        last = client.post("/api/tokens", json=asked, headers=headers)
        if last.status_code != 201:
            break
    assert last is not None
    assert (last.status_code, last.get_json()["code"]) == (507, "disk-full")


def test_it_is_not_ready_while_the_ledger_takes_no_writes_and_ready_again_after(door: Door, disk: Path) -> None:
    assert door.client().get("/readyz").status_code == 200
    full = fill(disk)
    assert not LedgerProbe(door.site, monotonic).takes_writes()
    full.unlink()
    assert LedgerProbe(door.site, monotonic).takes_writes()


def test_a_build_on_a_full_disk_fails_as_that_and_the_former_release_serves(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    bench.apply()
    bench.live("1.0")
    accepted = bench.push("2.0", application="shop", component="order")
    with pytest.MonkeyPatch.context() as patched:

        def full(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path))

        patched.setattr("buildsvc.image.layout.tempfile.mkstemp", full)
        ended = bench.run(accepted)
    assert (ended.phase, ended.error_code) == (Phase.FAILED, "disk-full")
    assert bench.serving() == 1


def test_a_command_on_a_full_disk_ends_with_2_and_a_sentence(monkeypatch: pytest.MonkeyPatch, disk: Path) -> None:
    monkeypatch.setenv("BUILDSVC_DATA", str(disk / "data"))
    fill(disk)
    done = CliRunner().invoke(cli, ["restore", __file__])
    assert done.exit_code == 2
    use_up_inodes(disk)
    done = CliRunner().invoke(cli, ["up"])
    assert (done.exit_code, "room left" in done.stderr) == (2, True)


def test_up_on_a_full_disk_ends_with_a_sentence_and_no_traceback(disk: Path) -> None:
    fill(disk)
    environment = {**os.environ, "BUILDSVC_DATA": str(disk / "data"), "BUILDSVC_LISTEN": "127.0.0.1:18497"}
    done = subprocess.run(
        [sys.executable, "-m", "buildsvc.doors.cli.main", "up"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr


def test_a_failure_of_a_full_ledger_names_it() -> None:
    assert Refused("disk-full.ledger", path="/d/ledger.db").hint.startswith("Free some space")


def test_a_scan_of_the_inbox_that_the_ledger_refuses_is_a_line_of_the_log_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stop, scans = threading.Event(), []

    class Inbox:
        folder = tmp_path

        def scan(self) -> bool:
            scans.append(1)
            if len(scans) == 2:
                stop.set()
            raise Refused("disk-full.ledger", path="/d/ledger.db")

    inbox: Any = Inbox()
    watch(inbox, stop, poll=0.01, hints=False)
    assert len(scans) == 2
    assert "cannot grow" in caplog.text
    assert "Traceback" not in caplog.text
