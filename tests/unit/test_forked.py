"""Work in processes of its own."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.archives.limits import Bounds
from buildpacks.errors import DeploymentFailed, Refused
from buildpacks.facts import forked
from buildpacks.facts.forked import WORTH, Lost, apart, spread
from tests import forge


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with four processors; the processes are real ones."""
    monkeypatch.setattr(forked, "_processors", lambda: 4)


def end_by_a_fault() -> None:
    """Die quietly: pytest's own report of a fault would look like one of the run."""
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGBUS)


def seen(share: Sequence[int]) -> tuple[int, list[int]]:
    return os.getpid(), list(share)


def test_light_work_is_done_here_in_one_share(four: None) -> None:
    assert spread(seen, [1, 2, 3], lambda _: 1) == [(os.getpid(), [1, 2, 3])]
    assert spread(seen, [], lambda _: WORTH) == []
    assert spread(seen, [1], lambda _: WORTH) == [(os.getpid(), [1])]


def test_heavy_work_is_shared_out_by_weight_and_nothing_is_lost_or_done_twice(four: None) -> None:
    things = [WORTH, 10, 20, 30, WORTH, WORTH - 5, 7, WORTH // 2]
    answers = spread(seen, things, lambda weight: weight)
    assert len({pid for pid, _ in answers} - {os.getpid()}) == 4
    assert sorted(thing for _, share in answers for thing in share) == sorted(things)
    assert max(sum(share) for _, share in answers) < WORTH + 100


def test_the_processes_are_gone_afterwards(four: None) -> None:
    for pid, _ in spread(seen, [WORTH, WORTH], lambda weight: weight):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_meanwhile_something_else_is_done_here_and_not_where_nobody_else_works(four: None, tmp_path: Path) -> None:
    did: list[int] = []

    def wait_for_it(share: Sequence[int]) -> int:
        while not (tmp_path / "done").exists():
            time.sleep(0.01)
        return os.getpid()

    def meanwhile() -> None:
        did.append(os.getpid())
        (tmp_path / "done").touch()

    answers = spread(wait_for_it, [1, 2], lambda _: WORTH, meanwhile)
    assert did == [os.getpid()]
    assert os.getpid() not in answers
    spread(wait_for_it, [1], lambda _: 1, meanwhile)
    assert did == [os.getpid()]


def test_what_fails_meanwhile_is_raised_and_no_process_is_left(four: None, tmp_path: Path) -> None:
    def note(share: Sequence[int]) -> None:
        (tmp_path / str(os.getpid())).touch()

    def fail() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        spread(note, [1, 2], lambda _: WORTH, fail)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert len(workers) == 2
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_refusal_in_a_process_is_raised_here_with_all_that_it_says(four: None) -> None:
    def work(share: Sequence[int]) -> int:
        if 3 in share:
            raise Refused("library-damaged", "The library 'a' is no whole jar.", "Build it again.")
        return 1

    with pytest.raises(Refused) as caught:
        spread(work, [1, 2, 3], lambda _: WORTH)
    assert (caught.value.code, caught.value.hint) == ("library-damaged", "Build it again.")
    assert str(caught.value) == "The library 'a' is no whole jar. Build it again."


def test_the_last_log_lines_of_a_failure_travel_too(four: None) -> None:
    def work(_: Sequence[int]) -> int:
        raise DeploymentFailed("x", "It failed.", log_tail=("last words",))

    with pytest.raises(DeploymentFailed) as caught:
        spread(work, [1, 2], lambda _: WORTH)
    assert caught.value.log_tail == ("last words",)


def test_a_defect_in_a_process_is_one_here_and_its_error_shown(four: None, capfd: pytest.CaptureFixture[str]) -> None:
    def work(_: Sequence[int]) -> int:
        raise KeyError("nothing of the kind")

    with pytest.raises(Lost, match="without an answer"):
        spread(work, [1, 2], lambda _: WORTH)
    assert "nothing of the kind" in capfd.readouterr().err


def test_work_apart_leaves_nothing_here_but_its_answer() -> None:
    kept = []

    def work() -> tuple[int, str]:
        kept.append("something")
        return os.getpid(), "answer"

    pid, answer = apart(work)
    assert (answer, kept) == ("answer", [])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def children() -> set[str]:
    """Of all threads of this process: a running site may be among them."""
    return {pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}


def test_what_ends_the_process_or_never_ends_is_said_and_ends_nothing_here() -> None:
    before = children()
    with pytest.raises(Lost, match="ended without an answer"):
        apart(end_by_a_fault)
    with pytest.raises(Lost, match=r"did not end within 0\.2 s"):
        apart(threading.Event().wait, seconds=0.2)
    assert children() == before


def test_a_file_that_is_not_there_is_an_error_here(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        apart((tmp_path / "none").read_bytes)


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("every_byte", [True, False])
def test_an_analysis_says_the_same_however_many_processes_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool, every_byte: bool
) -> None:
    libraries = {
        f"BOOT-INF/lib/l{number}.jar": forge.library(
            f"a{number}.A", java=8 + number, maven=("g", f"l{number}", "1"), extra={"x.so": forge.elf(62)}
        )
        for number in range(7)
    }
    entries = {
        "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "a1.A"}),
        **libraries,
        "BOOT-INF/classes/b/B.class": forge.class_file(17),
    }
    path = forge.write(tmp_path / "x.jar", forge.archive(entries, stored=stored))
    here = analyse(path, "x.jar", every_byte=every_byte, machines=None)
    monkeypatch.setattr(forked, "WORTH", 1)
    for processors in (2, 3, 4):
        monkeypatch.setattr(forked, "_processors", lambda count=processors: count)
        assert analyse(path, "x.jar", every_byte=every_byte, machines=None) == here
    assert [library.classes.newest_major for library in here.libraries] == [52 + number for number in range(7)]


def test_what_several_processes_find_together_may_be_too_much(
    tmp_path: Path, four: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries = {f"BOOT-INF/lib/l{n}.jar": forge.library("a.A", extra={"x": bytes(100_000 + n)}) for n in range(4)}
    entries = {"META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "a.A"}), **libraries}
    path = forge.write(tmp_path / "x.jar", forge.archive(entries, stored=True))
    monkeypatch.setattr(forked, "WORTH", 1)
    assert len(analyse(path, "x.jar", every_byte=True).libraries) == 4
    with pytest.raises(Refused, match=r"The jars in x.jar would unpack to") as caught:
        analyse(path, "x.jar", every_byte=True, limits=Bounds(total=250_000))
    assert caught.value.code == "archive-too-large"
