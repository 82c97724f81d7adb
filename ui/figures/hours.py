"""The grid's carbon intensity at a site by local day and hour, as its readings say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from analytics.intensity import HOURS, INTENSITY, lowest_hours, mean_by_span
from ui.figures.days import local_hours, local_midnights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.intensity import HoursOfDay
    from config.site import Settings, Site
    from ui.service import Service

READ = 0.95  # of a period's time, for its mean to stand (as for PUE)
WIDTH_H = 4  # long enough for a job, short enough to be worth waiting for


@dataclass(frozen=True, slots=True)
class GridHours:
    """Mean intensity [gCO2e/kWh] by day and hour of the day: None where nothing was read, or the day is not so far.

    `point` is whose readings these are; `days` are local midnights [UTC s]; `due` says for each cell whether its time
    has come.
    """

    point: str
    days: Sequence[int]
    values: Sequence[Sequence[float | None]]
    due: Sequence[Sequence[bool]]
    lowest: HoursOfDay | None

    @property
    def blank(self) -> int:
        """Hours that are due and have no reading."""
        rows = zip(self.values, self.due, strict=True)
        return sum(value is None and was_due for row, due in rows for value, was_due in zip(row, due, strict=True))


def intensity_point(settings: Settings, site: Site, at: int) -> str | None:
    """The point whose readings tell the grid's intensity: the one the site names, else the first that declares it."""
    if site.hourly_intensity:
        return site.hourly_intensity.point
    return next((state.id for state in settings.points_at(site.id, at) if INTENSITY in state.interval_s), None)


def grid_hours(service: Service, site: Site, *, end: int, days: int) -> GridHours | None:
    """The last `days` local days up to `end` [UTC s] hour by hour; None where no point of the site declares any."""
    point = intensity_point(service.settings, site, end - 1)
    if point is None:
        return None
    zone = ZoneInfo(site.time_zone)
    midnights = local_midnights(end, days, zone)
    hours = local_hours(midnights, zone)
    rows = service.ledger(start=midnights[0], end=end, points=[point], metrics=[INTENSITY])
    means = mean_by_span(rows, edges=[*(start for start, _, _ in hours), midnights[-1]])
    grid = np.full((days, HOURS), np.nan)
    due = np.zeros((days, HOURS), dtype=np.bool_)
    for (start, day, hour), mean in zip(hours, means.tolist(), strict=True):
        grid[day, hour], due[day, hour] = mean, start < end
    known = np.isfinite(grid).any(axis=1)
    first = int(known.argmax()) if known.any() else days  # a site's readings begin somewhere
    values = [[None if np.isnan(mean) else mean for mean in row] for row in grid[first:].tolist()]
    return GridHours(point, midnights[first:-1], values, due[first:].tolist(), lowest_hours(grid, width=WIDTH_H))


def mean_intensity(service: Service, site: Site, *, start: int, end: int, step_s: int) -> list[float | None]:
    """Mean intensity [gCO2e/kWh] of each `step_s` of [start, end); None where less than 95 % of its time is read."""
    edges = [*range(start, end, step_s), end]
    point = intensity_point(service.settings, site, end - 1)
    if point is None:
        return [None] * (len(edges) - 1)
    rows = service.ledger(start=start, end=end, points=[point], metrics=[INTENSITY])
    return [None if np.isnan(mean) else mean for mean in mean_by_span(rows, edges=edges, least=READ).tolist()]
