"""Wall to token: a subject's part of a site over the work that counters and job records tell of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.attribution.per_work import PER, billed, counted, gpu_hours, per_unit, recorded, together
from analytics.attribution.work import UNALLOCATED, called
from collectors.store.order import pick, text_mask
from config.errors import InputError
from config.reading.wording import remedy
from ui.attribution.figures import attributed, checked
from ui.attribution.gather import Gathered
from ui.attribution.period import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from analytics.attribution.per_work import Count
    from config.site import Site
    from ui.attribution.figures import Attributed
    from ui.figures.site import Question
    from ui.service import Service

LOOKED_AT = {"pod", "vm"}  # what may be kept in stretches
FIGURES = (
    "facility_energy_kwh",
    "it_energy_kwh",
    "emissions_location_kgco2e",
    "emissions_market_kgco2e",
    "water_l",
    "energy_cost",
)


def per_work(  # noqa: PLR0913 - what is asked, of whom, and how
    service: Service,
    site: Site,
    start: int,
    end: int,
    *,
    by: str,
    per: str,
    idle: str | None = None,
    every_s: int | None = None,
    names: Sequence[str] | None = None,
    of: Sequence[str] | None = None,
) -> Iterator[Attributed]:
    """Yield the figures of each subject over its work, those that nobody counted any of with the reason.

    Raises:
        InputError: no such kind of work, subject, rule or figure.
    """
    if per not in PER:
        msg = f'--per "{per}" is not known; {remedy(per, PER)}'
        raise InputError(msg)
    wanted = checked(by=by, idle=idle, names=FIGURES if names is None else names)
    gathered = Gathered(asked(service, site, start, end), by, idle)
    counts: dict[str, Count] = {}
    lives_s = None if per == "gpu-hour" else _lives_s(gathered)
    for one in attributed(service, site, start, end, by=by, idle=idle, every_s=every_s, names=wanted, of=of):
        if one.of == UNALLOCATED:
            continue
        if one.of not in counts:
            counts[one.of] = count_of(gathered, one.of, per, lives_s)
        yield replace(one, kpi=per_unit(one.kpi, counts[one.of], per=per))


def count_of(gathered: Gathered, subject: str, per: str, lives_s: NDArray[np.float64] | None) -> Count:
    """The work of a subject: by the counters of its model where there are any, else by its jobs and its bills.

    A gateway counts what a bill states again: beside counters bills add nothing.
    """
    question = gathered.question
    start, end = question.start, question.end
    if per == "gpu-hour":
        gpus = [node[1].gpus if (node := gathered.nodes.get(point)) else 0 for point in gathered.work.points]
        return gpu_hours(gathered.work, subject=subject, gpus_of=gpus, start=start, end=end)
    seen = _by_counters(gathered, subject, per) if gathered.by == "model" and per != "job" else None
    bought = billed(_bought(gathered, subject), start=start, end=end) if per == "token" else None
    if seen is not None:
        return seen if bought is None else replace(seen, method=f"{seen.method}; tokens that bills state not added")
    found = recorded(gathered.jobs, gathered.work, subject=subject, per=per, start=start, end=end, lives_s=lives_s)
    return found if bought is None else together(found, bought)


def _lives_s(gathered: Gathered) -> NDArray[np.float64] | None:
    """How long the job of each record is with all of its stretches, those outside of the period too; None without any.

    A pod or server of ten days is a tenth of one on each, however often a stretch of it began.
    """
    jobs = gathered.jobs
    ids = set(pick(jobs, text_mask(jobs["kind"], LOOKED_AT))["id"].to_pylist())
    if not ids:
        return None
    every = gathered.question.service.stores.jobs.rows(columns=("key", "cluster", "id", "start", "end"))
    rows = {row["key"]: row for row in pick(every, text_mask(every["id"], ids)).to_pylist()}
    found = defaultdict[tuple[str, str], int](int)
    for row in rows.values():
        found[row["cluster"], row["id"]] += row["end"] - row["start"]
    pairs = zip(jobs["cluster"].to_pylist(), jobs["id"].to_pylist(), strict=True)
    lengths = (gathered.work.end - gathered.work.start).tolist()
    return np.array([found.get(pair, own) for pair, own in zip(pairs, lengths, strict=True)], np.float64)


def counters_of(gathered: Gathered, subject: str, per: str) -> list[str]:
    """The points at this site that are to count this work of a model."""
    question = gathered.question
    points = (p for one in question.service.settings.models if called(one.id) == subject for p in one.counters)
    return [point for point in points if _is_at(point, question.site.id) and _counts(question, point, per)]


def _by_counters(gathered: Gathered, subject: str, per: str) -> Count | None:
    points, question = counters_of(gathered, subject, per), gathered.question
    if not points:
        return None
    start, end = question.start, question.end
    rows = question.service.ledger(start=start, end=end, points=points, metrics=[f"{per}_counter", f"{per}s"])
    return counted(rows, points=points, work=per, start=start, end=end)


def _bought(gathered: Gathered, subject: str) -> Iterator[tuple[float, int, int]]:
    """Tokens that bills state for points that are the subject's, as far as their energy is known."""
    question = gathered.question
    held = sorted(gathered.held_by(subject))
    for bill in question.service.stores.state.bills.standing(span=(question.start, question.end)) if held else ():
        for line in bill.lines:
            if line["kind"] == "tokens" and line["point"] in held and not line["problem"]:
                yield line["amount"], bill.start, bill.end


def _is_at(point: str, site: str) -> bool:
    return point.partition("/")[0] == site


def _counts(question: Question, point: str, per: str) -> bool:
    """Whether a point is to count this work at some time of the period."""
    states = (era.tree.by_id[point] for era in question.eras if point in era.tree.by_id)
    return any({f"{per}_counter", f"{per}s"} & {*state.interval_s} for state in states)
