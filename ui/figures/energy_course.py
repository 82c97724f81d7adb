"""Energy of a site by local month or day: by use, with the PUE of each, all of it read from the ledger once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import dropwhile, pairwise
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import numpy as np

from analytics.losses import losses_of
from analytics.spans import means_by_span
from collectors.ledger_row import INTERVAL_S
from ui.figures.by_use import it_series
from ui.figures.days import Held, cut_rows, local_hours, local_midnights, metered_points
from ui.figures.named import FIGURES
from ui.figures.series import power_series
from ui.figures.site import Question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from analytics.kpi import Kpi
    from analytics.uses import Uses
    from config.site import Site
    from ui.service import Service

By = Literal["month", "day"]
HOURS = 24
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Part:
    """Figures of one local month or day [start, end); `whole` is False for the one that is not over."""

    start: int
    end: int
    whole: bool
    uses: Uses
    pue: Kpi
    facility: Kpi
    it: Kpi
    cooling: Kpi
    losses: Kpi

    @property
    def sure(self) -> bool:
        """Whether it is over, and seen throughout without an estimate."""
        return self.whole and self.uses.used_share >= 1 and self.facility.estimated <= 0


@dataclass(frozen=True, slots=True)
class HourGrid:
    """A value by day and hour of the day: None where it is not known, or its time has not come (`due`).

    `days` are midnights [UTC s] of the clock that cut the hours; `it_alone` says that power is that of IT, for the
    facility's is not known.
    """

    days: Sequence[int]
    values: Sequence[Sequence[float | None]]
    due: Sequence[Sequence[bool]]
    it_alone: bool = False

    @property
    def blank(self) -> int:
        """Hours that are due and not known."""
        rows = zip(self.values, self.due, strict=True)
        return sum(value is None and was_due for row, due in rows for value, was_due in zip(row, due, strict=True))

    @property
    def known(self) -> list[float]:
        """Every value that is known."""
        return [value for row in self.values for value in row if value is not None]


def energy_course(service: Service, site: Site, *, end: int, by: By, count: int) -> list[Part]:
    """The last `count` local months or days up to `end` [UTC s], oldest first, from the first with a reading on."""
    zone = ZoneInfo(site.time_zone)
    edges = local_midnights(end, count, zone) if by == "day" else local_months(end, count, zone)
    whole = Question(service, site, edges[0], end, site.pue_category)
    rows = whole.tables(lambda tree: (*whole.points_of_uses(tree), *metered_points(tree, whole.category)))
    held = Held(service, site, edges[0], end, site.pue_category)
    cut = zip(pairwise(edges), cut_rows(rows, edges), strict=True)
    parts = [_part(replace(held, rows=own), first, min(last, end), whole=last <= end) for (first, last), own in cut]
    return list(dropwhile(lambda part: part.facility.coverage <= 0 and part.it.coverage <= 0, parts))


def _part(held: Held, start: int, end: int, *, whole: bool) -> Part:
    asked = replace(held, start=start, end=end)
    it = FIGURES["it_energy_kwh"](asked)
    losses = losses_of(asked.uses, asked.facility, category=asked.category)
    return Part(start, end, whole, asked.uses, asked.pue, asked.facility, it, asked.cooling, losses)


def local_months(end: int, count: int, zone: tzinfo) -> list[int]:
    """Edges [UTC s] of the last `count` local months up to `end`, the last edge at or after `end`."""
    last = datetime.fromtimestamp(end - 1, zone)
    number = last.year * MONTHS + last.month - 1
    first_days = [divmod(number - back, MONTHS) for back in range(count - 1, -2, -1)]
    return [int(datetime(year, month + 1, 1, tzinfo=zone).timestamp()) for year, month in first_days]


def power_hours(service: Service, site: Site, *, end: int, days: int, zone: ZoneInfo) -> HourGrid:
    """Mean power [W] of each hour of the last `days` days of `zone` up to `end` [UTC s]; of IT where that is all."""
    midnights = local_midnights(end, days, zone)
    cells = (midnights[-1] - midnights[0]) // INTERVAL_S
    found = power_series(
        service.power_series(site.id, midnights[0], end, max_points=cells), step_s=INTERVAL_S
    ).since_first_known()
    alone = not found.times
    if alone:
        found = it_series(service, site.id, midnights[0], end).since_first_known()
    watts = np.array([np.nan if value is None else value for value in found.facility or found.uses.get("it", [])])
    starts = np.asarray(found.times if watts.size else [], dtype=np.int64)
    return replace(hour_grid(watts, starts, midnights=midnights, zone=zone, end=end), it_alone=alone)


def hour_grid(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    starts: np.ndarray[tuple[int], np.dtype[np.int64]],
    *,
    midnights: Sequence[int],
    zone: ZoneInfo,
    end: int,
) -> HourGrid:
    """Lay cells out by day and hour of a zone; days before the first known one are left out."""
    hours = local_hours(midnights, zone)
    means = means_by_span(values, starts=starts, edges=[*(start for start, _, _ in hours), midnights[-1]])
    days = len(midnights) - 1
    grid, due = np.full((days, HOURS), np.nan), np.zeros((days, HOURS), dtype=np.bool_)
    for (start, day, hour), mean in zip(hours, means.tolist(), strict=True):
        grid[day, hour], due[day, hour] = mean, start < end
    known = np.isfinite(grid).any(axis=1)
    first = int(known.argmax()) if known.any() else days
    rows = [[None if np.isnan(value) else value for value in row] for row in grid[first:].tolist()]
    return HourGrid(midnights[first:-1], rows, due[first:].tolist())
