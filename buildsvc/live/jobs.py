"""The queue, by rq: a job is a deployment id and nothing else. It wakes a worker; the truth is in the ledger.

No retry, no time-out, one fixed job id per deployment. Job data is JSON, never pickle. What rq says of a job's state is
never read as truth: a worker that was killed leaves its job "started" for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from buildsvc.live.connection import AWAY, connect, unreachable
from buildsvc.live.work import DEPLOYMENTS, FOLLOWS, Pause, work

__all__ = ["DEPLOYMENTS", "FOLLOW", "FOLLOWS", "JOB", "Jobs"]

JOB = "buildsvc.doors.processes.worker.run_deployment"
"""What a worker calls with a deployment id; a test resolves it."""
FOLLOW = "buildsvc.doors.processes.worker.follow_logs"
"""What a follower calls with (application, component, channel, tail, follow)."""

_ID = "deployment-"
_FAILURE_SECONDS = 60


class Jobs:
    """The constructor opens nothing; the client copes with a fork by itself."""

    def __init__(self, redis_url: str) -> None:
        self.url = redis_url
        self._redis: Redis = connect(redis_url)

    def enqueue(self, deployment_id: str) -> bool:
        """Wake a worker for this deployment; False when it is queued already. Raises Unreachable."""
        try:
            return self._enqueue(deployment_id)
        except AWAY as error:
            raise unreachable(self.url, error) from error

    def _enqueue(self, deployment_id: str) -> bool:
        queue = self._queue(DEPLOYMENTS)
        job_id = _ID + deployment_id
        if self._put(queue, job_id, deployment_id):
            return True
        if self._redis.lpos(queue.key, job_id) is not None:
            return False
        # Left over from a worker that finished, failed or was killed. Should one still be at it, then its claim in the
        # ledger keeps the second away; so the job is queued as it is, not deleted under that worker's hands.
        try:
            queue.enqueue_job(Job.fetch(job_id, connection=self._redis, serializer=JSONSerializer))
        except NoSuchJobError:
            return self._put(queue, job_id, deployment_id)
        return True

    def _put(self, queue: Queue, job_id: str, deployment_id: str) -> bool:
        try:
            queue.enqueue_call(
                JOB,
                args=(deployment_id,),
                job_id=job_id,
                timeout=-1,
                result_ttl=0,
                failure_ttl=_FAILURE_SECONDS,
                description=job_id,
                unique=True,
            )
        except DuplicateJobError:
            return False
        return True

    def enqueue_follow(self, application: str, component: str, channel: str, tail: int, *, follow: bool) -> None:
        """Have a worker stream log lines into `channel` of the feed while its lease lasts. Raises Unreachable."""
        try:
            self._queue(FOLLOWS).enqueue_call(
                FOLLOW,
                args=(application, component, channel, tail, follow),
                timeout=-1,
                result_ttl=0,
                failure_ttl=_FAILURE_SECONDS,
                ttl=_FAILURE_SECONDS,
                description=f"follow {application} {component}",
            )
        except AWAY as error:
            raise unreachable(self.url, error) from error

    def queued(self) -> set[str]:
        """Return the deployments that wait for a worker. Raises Unreachable."""
        try:
            return {job_id.removeprefix(_ID) for job_id in self._queue(DEPLOYMENTS).get_job_ids()}
        except AWAY as error:
            raise unreachable(self.url, error) from error

    def ready(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self._redis.ping())
        except AWAY:
            return False

    def work(self, name: str, stop: Callable[[], bool], *, queue: str = DEPLOYMENTS, pause: Pause = time.sleep) -> None:
        """Run jobs in this process and thread until `stop()`; see `buildsvc.live.work`."""
        work(self.url, name, stop, pause=pause, queue=queue)

    def close(self) -> None:
        self._redis.close()

    def _queue(self, name: str) -> Queue:
        return Queue(name, connection=self._redis, serializer=JSONSerializer)
