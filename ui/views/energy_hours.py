"""At which hours of the day power is drawn, over the last fortnight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ui import charts, session
from ui import format as fmt
from ui.text import t
from ui.titles import courses as findings
from ui.views.energy_reading import power_map
from ui.views.parts import chart, colours

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ui.figures.energy_course import HourGrid

MAP_PX: Final = 400


@dataclass(frozen=True, slots=True)
class Hours:
    """The finding, what it is of, and the map; none where no hour is known."""

    title: str
    under: str
    option: charts.Option | None


def found(site_id: str, lang: str) -> Hours:
    """Mean power of each hour of the last fortnight.

    Raises:
        StoreUnavailable, StoreCorrupt: the books cannot be read.
    """
    service = session.kept().service()
    zone = session.zone(service.settings.site(site_id))
    grid = power_map(service, site_id, zone.key)
    if not grid.known:
        return Hours(t("energy.hours_neutral", lang), t("power.empty", lang), None)
    unit = fmt.scale(fmt.POWER, max(grid.known)).unit
    words = "energy.hours_under_it" if grid.it_alone else "energy.hours_under"
    under = t(words, lang, unit=unit, n=len(grid.days), zone=zone.key)
    if blank := grid.blank:
        under += t("hours.blank", lang, n=blank)
    return Hours(findings.power_hours(grid, lang), under, _map(grid, zone, lang))


def drawn(hours: Hours) -> None:
    """The map under its heading, where there is one."""
    if hours.option is not None:
        chart(hours.option, key="chart_power_hours", height=MAP_PX, alt=f"{hours.title}. {hours.under}")


def _map(grid: HourGrid, zone: ZoneInfo, lang: str) -> charts.Option:
    step = fmt.scale(fmt.POWER, max(grid.known))
    return charts.hour_map(
        [fmt.weekday_date(day, zone, lang) for day in grid.days],
        [[None if watts is None else watts / step.divisor for watts in row] for row in grid.values],
        grid.due,
        unit=step.unit,
        gap_word=t("power.gap", lang),
        colours=colours(),
        ramp=colours().seq_power,
        step=_round(max(grid.known) / step.divisor),
    )


def _round(largest: float) -> float:
    """A step of the scale that is a tenth of the largest value's own power of ten; of nothing but 0 it is 0.1."""
    return 10.0 ** (math.floor(math.log10(largest or 1.0)) - 1)
