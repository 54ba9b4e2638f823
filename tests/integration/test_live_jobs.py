"""The queue against a real Redis and rq, which is killed and comes back."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from buildpacks.errors import Unreachable
from buildsvc.live import jobs
from buildsvc.live.jobs import FOLLOWS, Jobs
from tests.contract.live_contract import JobsContract, Take
from tests.redis_server import RedisServer
from tests.waiting import pause, until


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "notes"
    path.touch()
    monkeypatch.setenv("LIVE_NOTES", str(path))
    monkeypatch.setattr(jobs, "JOB", "tests.integration.live_jobs.run_deployment")
    monkeypatch.setattr(jobs, "FOLLOW", "tests.integration.live_jobs.follow_logs")
    return path


@pytest.fixture
def queue(redis: RedisServer, notes: Path) -> Iterator[Jobs]:
    queue = Jobs(redis.url)
    yield queue
    queue.close()


class WorkerThread:
    def __init__(self, url: str, queue: str = jobs.DEPLOYMENTS) -> None:
        self.jobs = Jobs(url)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(queue,), name=f"worker-{queue}")

    def run(self, queue: str) -> None:
        self.jobs.work("worker-1", self.stop.is_set, queue=queue, pause=self.stop.wait)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(20)
        self.jobs.close()
        assert not self.thread.is_alive()


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def ran(notes: Path, name: str, times: int) -> bool:
    return sum(line.startswith(name) for line in lines(notes)) == times


def work_for_ever(url: str) -> None:
    Jobs(url).work("worker-1", lambda: False)


@pytest.fixture
def take(redis: RedisServer, notes: Path) -> Take:
    """Work with one worker until nothing waits; what it did."""

    def taken() -> list[str]:
        before = len(lines(notes))
        with WorkerThread(redis.url) as worker:
            until(lambda: not worker.jobs.queued())
        return [line.split()[0] for line in lines(notes)[before:]]

    return taken


class TestJobs(JobsContract):
    pass


def test_a_deployment_runs_in_the_workers_own_process_and_thread(redis: RedisServer, queue: Jobs, notes: Path) -> None:
    with WorkerThread(redis.url):
        assert queue.enqueue("d1")
        until(lambda: lines(notes))
    assert lines(notes) == [f"d1 {os.getpid()} worker-deployments"]


def test_a_deployment_that_ran_or_failed_can_be_queued_again(redis: RedisServer, queue: Jobs, notes: Path) -> None:
    with WorkerThread(redis.url):
        for number in (1, 2):
            for name in ("fine", "broken"):
                until(partial(queue.enqueue, name))
                until(partial(ran, notes, name, number))
    assert len(lines(notes)) == 4


def test_a_deployment_that_is_queued_again_while_it_runs_ends_twice_without_a_traceback(
    redis: RedisServer, queue: Jobs, notes: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with WorkerThread(redis.url), WorkerThread(redis.url):
        queue.enqueue("slow")
        until(lambda: len(lines(notes)) == 1)
        assert queue.enqueue("slow")
        until(lambda: len(lines(notes)) == 2)
        Path(f"{notes}.go").touch()
        until(lambda: lines(notes).count("slow over") == 2)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert [key for key in queue._redis.scan_iter() if b":job:" in key or b":execution" in key] == []


def test_a_deployment_whose_worker_was_killed_ends_with_it_and_can_be_queued_again(
    redis: RedisServer, queue: Jobs, notes: Path
) -> None:
    process = multiprocessing.get_context("fork").Process(target=work_for_ever, args=(redis.url,))
    process.start()
    queue.enqueue("slow")
    until(lambda: lines(notes))
    assert lines(notes)[0].split()[1] == str(process.pid)
    process.kill()
    process.join()
    Path(f"{notes}.go").touch()
    assert queue.queued() == set()
    with WorkerThread(redis.url):
        assert queue.enqueue("slow")
        until(lambda: "slow over" in lines(notes))
    assert len(lines(notes)) == 3


def test_a_worker_waits_for_redis_and_works_again_when_it_is_back(redis: RedisServer, queue: Jobs, notes: Path) -> None:
    with WorkerThread(redis.url) as worker:
        queue.enqueue("before")
        until(lambda: len(lines(notes)) == 1)
        redis.kill()
        assert not queue.ready()
        with pytest.raises(Unreachable) as failure:
            queue.enqueue("lost")
        assert failure.value.code == "redis-unreachable"
        redis.start()
        assert queue.ready()
        queue.enqueue("after")
        until(lambda: len(lines(notes)) == 2)
        assert worker.thread.is_alive()


def test_a_worker_that_starts_before_redis_waits_for_it(redis: RedisServer, queue: Jobs, notes: Path) -> None:
    redis.kill()
    with WorkerThread(redis.url):
        pause(0.3)
        redis.start()
        queue.enqueue("d1")
        until(lambda: lines(notes))


def test_a_worker_stops_while_redis_is_away(redis: RedisServer, queue: Jobs) -> None:
    with WorkerThread(redis.url) as worker:
        redis.kill()
        worker.stop.set()
        worker.thread.join(20)
        assert not worker.thread.is_alive()


def test_a_worker_finishes_its_job_before_it_stops(redis: RedisServer, queue: Jobs, notes: Path) -> None:
    with WorkerThread(redis.url) as worker:
        queue.enqueue("slow")
        until(lambda: lines(notes))
        worker.stop.set()
        Path(f"{notes}.go").touch()
        worker.thread.join(20)
    assert lines(notes)[-1] == "slow over"


def test_a_follow_has_a_queue_of_its_own(redis: RedisServer, queue: Jobs, notes: Path) -> None:
    queue.enqueue_follow("shop", "order", "channel-1", 100, follow=True)
    assert queue.queued() == set()
    with WorkerThread(redis.url, FOLLOWS):
        until(lambda: lines(notes))
    assert lines(notes) == ["shop order channel-1 100 True"]


def test_the_queue_survives_a_fork(redis: RedisServer, queue: Jobs) -> None:
    def child(url: str) -> None:
        queue.enqueue("from-the-child")

    queue.enqueue("from-the-parent")
    process = multiprocessing.get_context("fork").Process(target=child, args=(redis.url,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert queue.queued() == {"from-the-parent", "from-the-child"}
