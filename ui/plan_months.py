"""A target's year by its months: for figures that are not known by day, from nine months in a row on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from analytics.planning.forecast import by_months, chance
from config.targets import AMOUNTS, HIGHER_IS_BETTER

if TYPE_CHECKING:
    from config.targets import Target
    from ui.service import Service

Row = dict[str, Any]
YEAR_MONTHS: Final = 12
MOST_MONTHS: Final = 60
BAND: Final = 0.8


def year_by_months(service: Service, target: Target, *, until: int, limit: float, unit: str) -> Row | None:
    """Return how the present year ends and how likely it meets its limit; None where too few months are known.

    Amounts are the sum of the year's months, ratios their mean. Months before the last one without a figure teach
    nothing (design 4.6).
    """
    zone = ZoneInfo(service.settings.site(target.site).time_zone)
    edge = datetime.fromtimestamp(until, zone)  # of what is booked
    values = _known_months(service, target, edge, zone)
    closed = edge.month - 1
    found = by_months(np.array(values), YEAR_MONTHS - closed) if len(values) >= closed else None
    if found is None:
        return None
    left = YEAR_MONTHS - closed
    own = values[len(values) - closed :]
    total = sum(own) + float(found.values.sum())
    errors, band = found.total_errors(left), found.total_band(left, BAND)
    over = 1 if unit in AMOUNTS else YEAR_MONTHS
    higher = target.metric in HIGHER_IS_BETTER
    spent = unit in AMOUNTS and not higher and sum(own) > limit  # closed months alone: nothing to come can mend it
    met = 0.0 if spent else chance(total / over, errors / over, limit, higher_is_better=higher)
    if met is None or band is None:
        return None
    return {
        "expected": total / over,
        "low_80": (sum(own) + band[0]) / over,
        "high_80": (sum(own) + band[1]) / over,
        "probability": met,
        "model": f"months, most by {found.model}",
    }


def _known_months(service: Service, target: Target, edge: datetime, zone: ZoneInfo) -> list[float]:
    """The figure of each whole month up to the present one, back to the last that has none."""
    values: list[float] = []
    year, month = edge.year, edge.month
    while len(values) < MOST_MONTHS:
        end = int(datetime(year, month, 1, tzinfo=zone).timestamp())
        year, month = (year, month - 1) if month > 1 else (year - 1, YEAR_MONTHS)
        start = int(datetime(year, month, 1, tzinfo=zone).timestamp())
        (figure,) = service.kpis(site=target.site, start=start, end=end, names=[target.metric])
        if figure.value is None:
            break
        values.insert(0, figure.value)
    return values
