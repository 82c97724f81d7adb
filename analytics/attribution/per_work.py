"""Wall to token: what one token, request, training step, GPU-hour or job took of the site's wall."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.energy import MISSING_LIMIT
from analytics.frame import coded, plain
from analytics.kpi import without
from collectors.arrays import arrow_of
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.attribution.work import Work
    from analytics.kpi import Kpi

J_PER_KWH: Final = 3.6e6
G_PER_KG: Final = 1000.0
S_PER_HOUR: Final = 3600.0
ROUNDING: Final = 1e-9  # of a share
PER: Final = ("token", "request", "step", "gpu-hour", "job")
SCALES: Final = {  # figure -> stem of the name of that figure per unit of work, unit, and factor to it
    "facility_energy_kwh": ("energy", "J", J_PER_KWH),
    "it_energy_kwh": ("it_energy", "J", J_PER_KWH),
    "emissions_location_kgco2e": ("emissions_location", "gCO2e", G_PER_KG),
    "emissions_market_kgco2e": ("emissions_market", "gCO2e", G_PER_KG),
    "water_l": ("water", "L", 1.0),
    "energy_cost": ("cost", "", 1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Work done in a period: how much, how well its time is known, and where it comes from, in words.

    `least` and `most` bound the amount where nobody knows how the work of a job lies in its time.
    """

    amount: float
    measured: float
    estimated: float
    method: str
    least: float | None = None
    most: float | None = None

    @property
    def missing(self) -> float:
        """Share of time in which nobody counted."""
        left = 1 - self.measured - self.estimated
        return left if left > ROUNDING else 0.0


def name_of(figure: str, per: str) -> str:
    """Return the name of a figure for each unit of work.

    >>> name_of("facility_energy_kwh", "gpu-hour")
    'energy_per_gpu_hour_j'
    """
    stem, unit, _ = SCALES[figure]
    return f"{stem}_per_{per.replace('-', '_')}_{unit.lower() or 'money'}"


def per_unit(figure: Kpi, count: Count, *, per: str, limit: float = MISSING_LIMIT) -> Kpi:
    """Return a figure over the work done, in J, gCO2e, L or money for each unit of it.

    1 kWh at the wall for 1,000,000 tokens is 3.6 J a token. Work that nobody counted makes the figure too high, never
    too low; where some is missing there is no `low`, above `limit` of the time no figure. Where all of the work may lie
    outside of the period there is no `high`. The shares of time are the worse of both.
    """
    _, unit, factor = SCALES[figure.name]
    name = name_of(figure.name, per)
    named = f"{unit or figure.unit}/{per}"
    reason = figure.reason or _reason(count, per, limit)
    if reason is not None:
        return without(figure, name=name, unit=named, reason=reason)

    def over(value: float | None, amount: float = count.amount) -> float | None:
        return None if value is None or amount <= 0 else value * factor / amount

    measured, missing = min(figure.measured, count.measured), max(figure.missing, count.missing)
    return replace(
        figure,
        name=name,
        unit=named,
        value_reported=over(figure.value_reported),
        value_measured=over(figure.value_measured),
        low=over(figure.low, count.amount if count.most is None else count.most) if count.missing <= 0 else None,
        high=over(figure.high, count.amount if count.least is None else count.least),
        measured=measured,
        estimated=max(0.0, 1 - measured - missing),
        missing=missing,
        method=f"over {count.amount:.6g} {per}s ({count.method}); {figure.method}",
    )


def counted(rows: pa.Table, *, points: Sequence[str], work: str, start: int, end: int) -> Count | None:
    """Return the work that counters saw; None where none of the points has such a counter.

    Args:
        rows: ledger rows of the metrics `<work>_counter` and `<work>s` with column `value`; where a point has both,
            the register counts.
        points: of one model, those that count this work; each weighs the same in the shares of time, and one without
            any row is missing.
        work: token, request or step.
        start: begin of the period [UTC s].
        end: its end.
    """
    metrics, metric_names = coded(rows["metric"])
    point, point_names = coded(rows["point"])
    amount, seconds = 0.0, np.zeros(2)
    used = []
    for name in (one for one in points if one in point_names):
        ours = point == point_names.index(name)
        for metric in (f"{work}_counter", f"{work}s"):
            at = ours & (metrics == (metric_names.index(metric) if metric in metric_names else -1))
            if at.any():
                part = rows.filter(arrow_of(at))
                length = (plain(part["end"]) - plain(part["start"])).astype(np.float64)
                amount += float(np.nan_to_num(plain(part["value"])).sum())
                seconds += [length @ plain(part["measured"]), length @ plain(part["estimated"])]
                used.append(name)
                break
    if not used:
        return None
    measured, estimated = (seconds / ((end - start) * len(points))).tolist()
    return Count(amount=amount, measured=measured, estimated=estimated, method=f"counters {', '.join(used)}")


def recorded(
    jobs: pa.Table,
    work: Work,
    *,
    subject: str,
    per: str,
    start: int,
    end: int,
    lives_s: NDArray[np.float64] | None = None,
) -> Count:
    """Return the work that the records of a subject's jobs tell of, of one that ran longer the share of its time.

    Of such a job nobody knows how its work lies in its time: all of it or none may be of the period.

    Args:
        jobs: rows of JOB_SCHEMA, one a placement.
        work: of the same rows.
        subject: whose jobs.
        per: token, request, step or job.
        start: begin of the period [UTC s].
        end: its end.
        lives_s: how long the job of each row is with all of its records; these rows' alone where None.
    """
    ours = (
        np.flatnonzero(work.subject == work.subjects.index(subject)) if subject in work.subjects else np.empty(0, int)
    )
    _, first = np.unique(plain(jobs["key"])[ours], return_index=True)
    ours = ours[first]  # a job has as many rows as nodes, each with its whole work
    job = _jobs_of(jobs)[ours]
    length = _by_job(work.end[ours] - work.start[ours], job) if lives_s is None else lives_s[ours]
    inside = np.minimum(work.end[ours], end) - np.maximum(work.start[ours], start)
    told = np.ones(ours.size) if per == "job" else plain(jobs[f"{per}s"])[ours]
    known = np.isfinite(told)
    amount = told[known] * (inside / length)[known]
    exact, every = float(amount[(_by_job(inside, job) == length)[known]].sum()), float(told[known].sum())
    total, jobs_known, count = float(amount.sum()), np.unique(job[known]).size, np.unique(job).size
    share = jobs_known / count if count else 0.0
    measured = share * exact / total if total else 0.0
    return Count(
        amount=total,
        measured=measured,
        estimated=share - measured,
        method=f"records of {jobs_known} of {count} jobs",
        least=exact if per != "job" else None,
        most=every if per != "job" else None,
    )


def _jobs_of(jobs: pa.Table) -> NDArray[np.int64]:
    """Return the number of each row's job: a pod or server has several records, one a stretch of its life."""
    (cluster, _), (job, ids) = coded(jobs["cluster"]), coded(jobs["id"])
    return cluster.astype(np.int64) * max(len(ids), 1) + job


def _by_job(seconds: NDArray[np.int64], job: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each record the sum over the records of its job."""
    _, at = np.unique(job, return_inverse=True)
    return np.bincount(at, seconds, at.size).astype(np.float64)[at]


def billed(lines: Iterable[tuple[float, int, int]], *, start: int, end: int) -> Count | None:
    """Return the work that bills state, of one that speaks of more time the share of its time; None without any.

    Args:
        lines: amount, and the time [start, end) that its bill speaks of [UTC s].
        start: begin of the period [UTC s].
        end: its end.
    """
    parts = [(amount, max(min(last, end) - max(first, start), 0) / (last - first)) for amount, first, last in lines]
    inside = [(amount, share) for amount, share in parts if share > 0]
    if not inside:
        return None
    return Count(
        amount=sum(amount * share for amount, share in inside),
        measured=0.0,
        estimated=1.0,
        method="bills",
        least=sum(amount for amount, share in inside if share >= 1),
        most=sum(amount for amount, _ in inside),
    )


def together(one: Count, other: Count) -> Count:
    """Return the work of two sources that count different work; each weighs as much as it counted."""
    if one.amount <= 0:
        return other
    amount = one.amount + other.amount
    shares = {
        name: (getattr(one, name) * one.amount + getattr(other, name) * other.amount) / amount
        for name in ("measured", "estimated")
    }
    least, most = (
        sum(each.amount if (bound := getattr(each, name)) is None else bound for each in (one, other))
        for name in ("least", "most")
    )
    return Count(amount=amount, method=f"{one.method} and {other.method}", least=least, most=most, **shares)


def gpu_hours(work: Work, *, subject: str, gpus_of: Sequence[int], start: int, end: int) -> Count:
    """Return the GPU-hours that a subject's jobs reserved; `gpus_of` says how many GPUs each point of `work` has."""
    ours = _of(work, subject) & (work.end > start) & (work.start < end)
    seconds = (np.minimum(work.end, end) - np.maximum(work.start, start))[ours]
    counts = np.array(gpus_of, np.float64)[work.point[ours]]
    hours = float((work.gpu[ours] * counts) @ seconds / S_PER_HOUR)
    return Count(amount=hours, measured=1.0, estimated=0.0, method="GPUs reserved by job records")


def _of(work: Work, subject: str) -> NDArray[np.bool_]:
    code = work.subjects.index(subject) if subject in work.subjects else -1
    return np.asarray(work.subject == code)


def _reason(count: Count, per: str, limit: float) -> str | None:
    if count.amount <= 0:
        return f"nobody counted any {per}: let a counter of the model or its job records tell"
    if count.missing > limit:
        return f"{per}s are not counted for {percent(count.missing, 1)} of the time or jobs (limit {limit:.0%})"
    return None
