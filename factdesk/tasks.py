"""The queue's own upkeep: jobs that a killed worker left are taken up again, and done ones are forgotten."""

import logging

from procrastinate import JobContext, exceptions
from procrastinate.jobs import Status

from factdesk.jobs import app

log = logging.getLogger(__name__)

#: so many hours a job that was done is kept, for whoever wants to see what was done
HOURS = 72


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="take_up_what_was_left", pass_context=True)
async def take_up_what_was_left(context: JobContext, timestamp: int) -> int:
    """Have done again what a worker was doing when it died (it has given no sign of life for half a minute).

    Whatever the desk's jobs do can be done twice. Returns how many.
    """
    left = list(await context.app.job_manager.get_stalled_jobs())
    for job in left:
        try:
            await context.app.job_manager.retry_job(job)
        except exceptions.ConnectorException:  # another like it waits already, and only one may
            await context.app.job_manager.finish_job(job, Status.ABORTED, delete_job=False)
        log.warning("job %s (%s) was left by a worker that died", job.id, job.task_name)
    return len(left)


@app.periodic(cron="11 4 * * *")
@app.task(queueing_lock="forget_jobs", pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that were done days ago."""
    await context.app.job_manager.delete_old_jobs(nb_hours=HOURS, include_cancelled=True, include_aborted=True)
