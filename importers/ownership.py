"""Jobs as the engine keeps them, but that a worker ends or gives back only those that are still its own.

The engine itself does not ask: a worker that was taken for dead, and wakes up, would end the job of the worker that goes on with it.
"""

from datetime import datetime

from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.utils import utcnow

_MINE = "(select id from procrastinate_jobs where id = %(job_id)s and worker_id = %(worker_id)s and status = 'doing' for update) as mine"
FINISH = f"select procrastinate_finish_job_v1(id, %(status)s, %(delete_job)s) from {_MINE}"  # noqa: S608 - a constant of ours
RETRY = f"select procrastinate_retry_job_v2(id, %(retry_at)s, %(priority)s, %(queue)s, %(lock)s) from {_MINE}"  # noqa: S608 - the same


class OwnJobs(JobManager):
    """The jobs of one worker."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        values = {"job_id": job.id, "worker_id": job.worker_id, "status": status.value, "delete_job": delete_job}
        await self.connector.execute_query_async(FINISH, **values)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        values = {"job_id": job.id, "worker_id": job.worker_id, "retry_at": retry_at or utcnow()}
        await self.connector.execute_query_async(RETRY, **values, priority=priority, queue=queue, lock=lock)
