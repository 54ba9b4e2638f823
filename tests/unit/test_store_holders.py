from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from buildsvc import wiring
from buildsvc.model.clock import Uuid7Ids
from buildsvc.settings.reading import read
from buildsvc.store.holders import Holder, alive, sweep
from tests.fakes import CountingIds


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    holder = Holder(tmp_path / "holders", "worker-1", CountingIds("h"))
    holder.start()
    yield holder
    holder.stop()


def test_a_holder_lives_from_start_to_stop(tmp_path: Path) -> None:
    holder = Holder(tmp_path / "holders", "worker-1", CountingIds("h"))
    assert not alive(tmp_path / "holders", holder.id)
    holder.start()
    assert alive(tmp_path / "holders", holder.id)
    holder.stop()
    assert not alive(tmp_path / "holders", holder.id)
    assert list((tmp_path / "holders").iterdir()) == []


def test_asking_often_does_not_disturb_the_holder(holder: Holder) -> None:
    assert all(alive(holder.folder, holder.id) for _ in range(50))


def _hold(folder: Path, pipe: Connection) -> None:
    holder = Holder(folder, "worker-2", Uuid7Ids())
    holder.start()
    pipe.send(holder.id)
    signal.pause()


def test_a_killed_process_is_no_longer_alive(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_hold, args=(tmp_path, theirs))
    process.start()
    holder_id = ours.recv()
    assert alive(tmp_path, holder_id)
    process.kill()
    process.join()
    assert not alive(tmp_path, holder_id)


def test_a_program_started_by_the_holder_does_not_keep_it_alive(tmp_path: Path) -> None:
    holder = Holder(tmp_path, "worker-1", CountingIds("h"))
    holder.start()
    with subprocess.Popen(["sleep", "60"], close_fds=False) as program:
        assert holder._descriptor is not None
        os.close(holder._descriptor)
        holder._descriptor = None
        assert not alive(tmp_path, holder.id)
        program.kill()


def test_sweeping_removes_the_dead_only(holder: Holder) -> None:
    (holder.folder / "dead.lock").touch()
    (holder.folder / "stillborn.new").touch()
    os.utime(holder.folder / "stillborn.new", (1, 1))
    sweep(holder.folder)
    assert [path.stem for path in holder.folder.iterdir()] == [holder.id]
    assert alive(holder.folder, holder.id)


def test_a_site_that_is_opened_sweeps_the_lock_files_of_the_dead(tmp_path: Path) -> None:
    settings = read({"BUILDSVC_DATA": str(tmp_path), "HOME": str(tmp_path)})
    wiring.close(wiring.open_site(settings, create=True))
    holders = settings.paths.tmp / "holders"
    holders.mkdir(parents=True)
    (holders / "dead.lock").touch()
    workshop = wiring.open_workshop(settings)
    assert [path.stem for path in holders.iterdir()] == [workshop.holder]
    wiring.close(workshop.site)
