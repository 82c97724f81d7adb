"""Looks at what lives: a scheduler that only knows the present must not write what was seen of the past anew.

A pod or server is kept as stretches of its life. A look lengthens the last one; where it sees another node, size, owner
or name, or the server was launched anew, it opens a new one from the last look on, and what was seen before stays. What
it used of its CPUs is the rise of its counter over the stretch, and each UTC day has a stretch of its own: days that
have ended stay. The counter at the begin of a stretch stands in its state, `Running (CPU counter from 25000 s)`; one
that shows less than before began anew. Where a record reaches beyond the time of a look, the clock was ahead before:
what cannot have been seen yet is cut.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from collectors.jobs.job import DAEMON, Job, Placement, gpus_of, job_key
from collectors.jobs.parsed import FUTURE_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from config.attribution.clusters import Cluster

Row = dict[str, Any]
DAY_S: Final = 86_400
REACH_S: Final = 7 * DAY_S  # so long before the last look anything that lives was seen
ROUNDING_S: Final = 1.0
COUNTER: Final = re.compile(r" \(CPU counter (\d+)(?: to (\d+))? s\)$")
TEXTS: Final = ("cluster", "id", "kind", "name", "user", "team", "tenant", "model", "state", "start", "end", "running")
COUNTS: Final = ("energy_kwh", "tokens", "requests", "steps")
COLUMNS: Final = ("key", *TEXTS, *COUNTS, "point", "cpu_share", "cpu_use", "gpus", "gpu_share", "gpu_use")


def stretches_of(rows: Iterable[Row]) -> dict[str, list[Job]]:
    """Return by id the records that rows of the table of jobs (`COLUMNS`) tell of, by their begin."""
    groups = defaultdict[int, list[Row]](list)
    for row in rows:
        groups[row["key"]].append(row)
    found = defaultdict[str, list[Job]](list)
    for key, ours in groups.items():
        fields = {name: ours[0][name] for name in (*TEXTS, *COUNTS)}
        job = Job(**fields, placements=tuple(_place(row) for row in ours if row["point"]))
        found[job.id].append(job if key == job_key(job) else replace(job, stretch=job.start))
    return {id_: sorted(jobs, key=lambda job: job.start) for id_, jobs in found.items()}


def _place(row: Row) -> Placement:
    names = ("point", "cpu_share", "cpu_use", "gpu_share", "gpu_use")
    return Placement(gpus=gpus_of(row["gpus"]), **{name: row[name] for name in names})


def reach(looked: int, *, now: int) -> int | None:
    """Return up to when [UTC s] earlier looks, the last of them at `looked`, saw everything; None where none did (-1).

    A clock that was ahead is no proof that anybody looked so late.
    """
    return min(looked, now) - REACH_S if looked >= 0 else None


def continued(
    jobs: Iterable[Job], known: Mapping[str, Sequence[Job]], cluster: Cluster, *, since: int | None
) -> Iterator[Job]:
    """Yield what a look changes of the records.

    Args:
        jobs: as the look says, each with all of its life.
        known: what stands by id, all that was seen after `since`.
        cluster: whose nodes they are on.
        since: [UTC s] up to which earlier looks saw everything; None where there was none.
    """
    for job in jobs:
        stretches = known.get(job.id)
        if stretches:
            yield from _after(stretches, job, cluster)
        elif since is None or job.end > since:
            yield _first(job, job.start if since is None else max(job.start, since), cluster)


def _after(stretches: Sequence[Job], job: Job, cluster: Cluster) -> Iterator[Job]:
    last = stretches[-1]
    if job.end <= last.end:
        if not job.running:
            yield from _cut(stretches, job)
        elif last.end > job.end + FUTURE_S:
            yield _set_back(last, job, cluster)
        return
    new = _next(last, job, cluster)
    if new.start != last.start and last.running:
        yield replace(last, running=False)
    yield new


def _cut(stretches: Sequence[Job], job: Job) -> Iterator[Job]:
    """Yield those that reach beyond the end of a job, up to there; without a second those that begin after it."""
    for one in stretches:
        if one.end > job.end or one.running:
            ended = replace(one, end=max(one.start, job.end), running=False)
            yield _with(ended, job.state, _use_of(one))


def _set_back(last: Job, job: Job, cluster: Cluster) -> Job:
    """Return the last stretch as far as it can have been seen by now; one that begins later is withdrawn."""
    if last.start < job.end and job.start <= last.start and _what(job) == _what(last):
        return _next(replace(last, end=last.start), job, cluster)
    return _with(replace(last, end=max(last.start, job.end), running=False), job.state, _use_of(last))


@dataclass(frozen=True, slots=True)
class _Use:
    """The share of its node's CPUs that a stretch keeps busy; its counter [s] at begin and end; None unknown."""

    share: float | None
    base_s: float | None = None
    shown_s: float | None = None

    @property
    def text(self) -> str:
        """As it stands in the state of a record."""
        to = "" if self.shown_s is None else f" to {self.shown_s:.0f}"
        return "" if self.base_s is None else f" (CPU counter {self.base_s:.0f}{to} s)"


def _use_of(job: Job) -> _Use:
    """Return the use of a stretch that stands."""
    found = COUNTER.search(job.state)
    base, shown = (None, None) if found is None else found.groups()
    use = job.placements[0].cpu_use if job.placements else None
    return _Use(use, None if base is None else float(base), None if shown is None else float(shown))


def _next(last: Job, job: Job, cluster: Cluster) -> Job:
    """Return the last stretch as it is lengthened, or the one that follows it."""
    moved, former = _what(job) != _what(last) or job.start > last.end, _use_of(last)
    begin = max(last.end, job.start)
    if job.busy_s is None:
        said = _use_of(job).share
        if not moved and (said == former.share or not job.running):  # exporters forget what has ended
            return _lengthened(last, job, former)
        shown = former.base_s if former.shown_s is None else former.shown_s
        return _opened(job, begin, _Use(said, None if moved else shown))
    return _counted(last, job, former, begin, cluster, moved=moved)


def _counted(last: Job, job: Job, former: _Use, begin: int, cluster: Cluster, *, moved: bool) -> Job:
    """Return the next stretch of a job whose CPU time is counted."""
    shown = former.base_s if former.shown_s is None else former.shown_s
    anew = _points(job) != _points(last) or job.start > last.end
    if anew or job.busy_s < (shown or 0.0) - ROUNDING_S:  # type: ignore[operator]  # its caller knows that it is counted
        return _opened(job, begin, _rise(job, 0.0, job.end - begin, cluster))
    if shown is None:  # nobody counted so far: the mean of all its life
        return _opened(job, begin, _late(job, 0.0, job.end - job.start, job.end - begin, cluster))
    if former.shown_s is None:
        return _opened(job, begin, _late(job, shown, job.end - last.start, job.end - begin, cluster))
    if moved or last.end // DAY_S != job.end // DAY_S:
        return _opened(job, begin, _rise(job, shown, job.end - begin, cluster))
    return _lengthened(last, job, _rise(job, former.base_s or 0.0, job.end - last.start, cluster))


def _points(job: Job) -> list[str]:
    return [one.point for one in job.placements]


def _what(job: Job) -> Job:
    """Return all of a record that holds from-to: where it is, what it has, whose it is."""
    places = tuple(replace(one, cpu_use=None) for one in job.placements)
    return replace(job, start=0, end=0, running=False, state="", energy_kwh=None, stretch=0, busy_s=None, version=None,
                   placements=places)  # fmt: skip


def _cpus(job: Job, cluster: Cluster) -> int:
    point = job.placements[0].point
    return next((node.cpus for node in cluster.every_node.values() if node.point == point), 1)


def _rise(job: Job, base_s: float, seconds: int, cluster: Cluster) -> _Use:
    """Return the use by what the counter rose since it was `base_s`, `seconds` ago."""
    shown_s = job.busy_s or 0.0
    busy = max(shown_s - base_s, 0.0) / (_cpus(job, cluster) * seconds)
    return _Use(most_use(job, busy), base_s, shown_s)


def most_use(job: Job, busy: float) -> float:
    """Return a share of its node's CPUs that was kept busy: a pod may use more than it requests, a server may not."""
    return min(1.0 if job.kind in {"pod", DAEMON} else job.placements[0].cpu_share, busy)


def _late(job: Job, base_s: float, since_s: int, seconds: int, cluster: Cluster) -> _Use:
    """Return the use of the last `seconds` by what the counter rose in `since_s`, as if evenly."""
    shown_s = job.busy_s or 0.0
    return _rise(job, shown_s - (shown_s - base_s) * seconds / since_s, seconds, cluster)


def _first(job: Job, begin: int, cluster: Cluster) -> Job:
    """Return the first stretch of a job that no look saw before: its use is the mean of all its life."""
    if job.busy_s is None:
        return _opened(job, begin, _use_of(job))
    return _opened(job, begin, _late(job, 0.0, job.end - job.start, job.end - begin, cluster))


def _opened(job: Job, begin: int, use: _Use) -> Job:
    energy_kwh = job.energy_kwh if begin == job.start else None  # told of all of its life alone
    return _with(replace(job, start=begin, stretch=begin, energy_kwh=energy_kwh), job.state, use)


def _lengthened(last: Job, job: Job, use: _Use) -> Job:
    energy_kwh = last.energy_kwh if job.energy_kwh is None or last.start != job.start else job.energy_kwh
    return _with(replace(last, end=job.end, running=job.running, energy_kwh=energy_kwh), job.state, use)


def _with(job: Job, state: str, use: _Use) -> Job:
    places = tuple(replace(one, cpu_use=use.share) for one in job.placements)
    return replace(job, busy_s=None, state=state + use.text, placements=places)
