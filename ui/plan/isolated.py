"""Where a saving is looked for: in the facility's energy or that of its own meters; and events out of routine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.boundary import Tree
from analytics.planning.measures import MONTH_S, YEAR_S
from collectors.arrays import numpy_of
from ui.plan.curve import measures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.plan.measures import Measure
    from config.plan.outlook import NonRoutine
    from ui.figures.days import Day
    from ui.service import Service

DAY_S: Final = 86_400
HOLE_S: Final = 1.0  # of a day and its meters that may be missing by rounding


def metered_by_day(service: Service, measure: Measure, days: Sequence[Day]) -> list[float | None]:
    """Return the energy of each day [kWh]: the facility's, or of the measure's own meters; None where it has a hole."""
    if not measure.meters or not days:
        return [day.facility.value for day in days]
    return _by_day(service, days, measure.meters, "energy", "energy_kwh")


def work_by_day(service: Service, measure: Measure, days: Sequence[Day]) -> list[float | None]:
    """Return the work that IT did on each day by the measure's counter; None where the counter has a hole."""
    if measure.work is None or not days:
        return [None] * len(days)
    return _by_day(service, days, [measure.work.point], measure.work.metric, "value")


def _by_day(
    service: Service, days: Sequence[Day], points: Sequence[str], metric: str, column: str
) -> list[float | None]:
    """Return the sum of a column of the ledger over points and each day, None where any of it is missing."""
    rows = service.ledger(start=days[0].start, end=days[-1].end, points=list(points), metrics=[metric])
    starts, ends, amounts, missing = (numpy_of(rows[name]) for name in ("start", "end", column, "missing"))
    order = np.argsort(starts, kind="stable")
    starts, amounts = starts[order], amounts[order]
    known_s = ((ends - numpy_of(rows["start"])) * (1 - missing))[order]
    found: list[float | None] = []
    for day in days:
        own = slice(*np.searchsorted(starts, [day.start, day.end]))
        whole = float(known_s[own].sum()) >= (day.end - day.start) * len(points) - HOLE_S
        found.append(float(amounts[own].sum()) if whole else None)
    return found


def twice_metered(service: Service, measure: Measure) -> str | None:
    """Say which of a measure's meters is counted in another of them, if one is: no kWh counts twice."""
    tree = Tree(service.settings.points_at(measure.site, measure.start))
    for meter in measure.meters:
        if meter not in tree.by_id:
            return f"{meter} is no point of {measure.site} when the measure starts: name meters of its site"
        for one in tree.ancestors(meter) & set(measure.meters):
            return f"{meter} is counted in {one} already: name one of the two"
    return None


def moved_beside(service: Service, measure: Measure, start: int, end: int) -> list[Measure]:
    """Return the other measures that change, within [start, end) UTC seconds, what a measure's meters see.

    What changes IT changes the driver of the baseline, and is no saving there.
    """
    tree = Tree(service.settings.points_at(measure.site, measure.start))
    return [
        one
        for one in measures_of(service, measure.site)
        if one.id != measure.id
        and one.sub_load in {"cooling", "losses"}
        and _changes_within(one, start, end)
        and _at_one_meter(tree, measure, one)
    ]


def _changes_within(measure: Measure, start: int, end: int) -> bool:
    full, over = measure.start + measure.ramp_months * MONTH_S, measure.start + measure.life_years * YEAR_S
    return (measure.start < end and full > start) or start < over < end


def _at_one_meter(tree: Tree, measure: Measure, other: Measure) -> bool:
    if not measure.meters:
        return True  # the facility's meters see all
    if not other.meters:
        return other.sub_load == measure.sub_load
    pairs = [(one, two) for one in measure.meters for two in other.meters if {one, two} <= tree.by_id.keys()]
    return any(one == two or one in tree.ancestors(two) or two in tree.ancestors(one) for one, two in pairs)


def told_of(service: Service, measure: Measure) -> list[NonRoutine]:
    """Return the events out of routine that a measure's verification is told of."""
    return [
        one
        for one in service.settings.plan.non_routine
        if one.site == measure.site and (not one.measures or measure.id in one.measures)
    ]


def adjustment(day: Day, events: Sequence[NonRoutine]) -> float | None:
    """Return what events used on a day beyond the routine [kWh]; None where one of them leaves the day out."""
    within = [(one, min(one.end, day.end) - max(one.start, day.start)) for one in events]
    during = [(one, seconds) for one, seconds in within if seconds > 0]
    if any(one.excluded for one, _ in during):
        return None
    return sum((one.effect_kwh_per_day or 0.0) * seconds / DAY_S for one, seconds in during)
