"""A worker's loop: take jobs off the queue and run them in this very process and thread, until told to stop.

No child is forked, so that `kill -9` of the worker ends its work too; no signal handler is installed and no alarm is
set, so that it runs in any thread. Redis may go away and come back at any time.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout, InvalidJobOperation, StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from buildsvc.live.connection import AWAY, connect

DEPLOYMENTS = "deployments"
FOLLOWS = "follows"
"""Apart, because a follow lasts as long as somebody reads: it must not keep a deployment waiting."""

_POLL_SECONDS = 1
_LONGEST_PAUSE = 5.0
_EXECUTION_GONE = "not found in Redis"

Pause = Callable[[float], object]

log = logging.getLogger(__name__)


class _NoDeathPenalty(BaseDeathPenalty):
    """Jobs have no time-out; rq's own class would set an alarm signal even so."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class _Worker(SimpleWorker):
    death_penalty_class = _NoDeathPenalty
    stop: Callable[[], bool]
    lost: Exception | None = None

    def _install_signal_handlers(self) -> None:
        """Whoever runs this loop owns the signals."""

    def subscribe(self) -> None:
        """No commands by Redis: that would cost a thread and a connection, and let Redis stop a deployment."""

    def unsubscribe(self) -> None:
        pass

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Look at `stop` every second; the original waits on while Redis is away, whatever it is told."""
        del timeout, max_idle_time
        try:
            while not self.stop():
                self.heartbeat()
                found = self._next()
                if found is not None:
                    return found
        except AWAY as error:
            self.lost = error
        raise StopRequested

    def handle_job_success(self, job: Job, *given: Any, **how: Any) -> None:
        """Let a job be gone already: a deployment is queued again while its job still runs, as soon as the ledger says
        that it waits; whichever copy ends first takes the job's record with it, and those of its executions.
        """
        try:
            super().handle_job_success(job, *given, **how)
        except InvalidJobOperation:
            self._forget(job, how.get("execution"))
        except ValueError as error:  # rq has no kind of its own for it
            if _EXECUTION_GONE not in str(error):
                raise
            self._forget(job, how.get("execution"))

    def _forget(self, job: Job, execution: Execution | None) -> None:
        log.debug("the record of %s has gone before it", job.id)
        with self.connection.pipeline() as pipeline:
            self.cleanup_execution(job, pipeline=pipeline, execution=execution)
            pipeline.delete(job.key)
            pipeline.execute()

    def _next(self) -> tuple[Job, Queue] | None:
        try:
            found = self.queue_class.dequeue_any(
                self._ordered_queues,
                _POLL_SECONDS,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except DequeueTimeout:
            return None
        if found is not None:
            found[0].redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call] # rq is partly typed
        return found


def _work_once(redis: Redis, name: str, stop: Callable[[], bool], queue: str) -> Exception | None:
    """Work until told to stop (None) or Redis is lost (its error)."""
    # A name of its own each time: rq refuses one that a killed worker left behind.
    worker = _Worker(
        [Queue(queue, connection=redis, serializer=JSONSerializer)],
        name=f"{name}-{uuid.uuid4().hex[:12]}",
        connection=redis,
        serializer=JSONSerializer,
        log_job_description=False,
    )
    worker.stop = stop
    try:
        worker.work(burst=False, logging_level="ERROR", with_scheduler=False)
    except AWAY as error:
        worker.lost = error
    return worker.lost


def work(redis_url: str, name: str, stop: Callable[[], bool], *, pause: Pause, queue: str = DEPLOYMENTS) -> None:
    """Take jobs off `queue` one after the other until `stop()` is true, looked at once a second and never in the middle
    of a job. `name` has no spaces. `pause(seconds)` waits while Redis is away, and may return early.
    """
    seconds = 0.1
    away = False
    while not stop():
        redis = connect(redis_url)
        try:
            redis.ping()
            if away:
                log.warning("worker %s: Redis is back", name)
            away, seconds = False, 0.1
            lost: Any = _work_once(redis, name, stop, queue)
        except AWAY as error:
            lost = error
        finally:
            redis.close()
        if stop():
            return
        if not away and lost is not None:
            log.warning("worker %s: Redis is away (%s), waiting for it", name, type(lost).__name__)
            away = True
        pause(seconds)
        seconds = min(seconds * 2, _LONGEST_PAUSE)
