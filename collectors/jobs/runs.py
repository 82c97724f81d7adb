"""Runs of one job: a scheduler that starts a job again counts it on under its id, and each run is a record of its own.

The last run stands under the job's id, former ones under their id and start, `4@2026-03-14T00:00:00Z`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from collectors.jobs.job import Job


def run_id(job: Job) -> str:
    """Return the id of a run that is not the last of its job."""
    return f"{job.id}@{datetime.fromtimestamp(job.start, UTC):%Y-%m-%dT%H:%M:%SZ}"


def beside(jobs: Iterable[Job], apart: Mapping[str, Job]) -> Iterator[Job]:
    """Yield jobs as they stand beside other runs of theirs, and of these the former ones under ids of their own.

    An answer of a scheduler holds the runs of some days alone: that it does not know a former one is no correction.

    Args:
        jobs: as the scheduler says.
        apart: by id the records that stand and share no second with the job of that id.
    """
    every = list(jobs)
    told = {job.id for job in every}
    for job in every:
        other = apart.get(job.id)
        if other is None or _moved(other, job):
            yield job
        elif other.start > job.start:
            yield replace(job, id=run_id(job))
        else:
            yield job
            yield from [replace(other, id=run_id(other), running=False)] if run_id(other) not in told else []


def _moved(one: Job, other: Job) -> bool:
    """Whether two records differ in nothing but when: one is the other's correction, as by another time zone."""
    length = {job.end - job.start for job in (one, other)}
    return len(length) == 1 and replace(one, start=other.start, end=other.end) == other
