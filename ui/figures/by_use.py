"""Energy and power of a site by use: what its parts are, over a period and over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from analytics.boundary import Tree
from analytics.power_by_use import power_by_use_w
from collectors.ledger_row import INTERVAL_S
from ui.figures.series import PowerSeries
from ui.figures.site import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.uses import Uses
    from config.site import Site
    from ui.service import Service

USES = ("it", "cooling", "lighting", "overhead", "other", "losses", "unsplit")
EQUIPMENT_CATEGORY = 3


@dataclass(frozen=True, slots=True)
class Use:
    """Energy of one use [kWh], None where it is not known, and the share of the period's time that it speaks of."""

    name: str
    energy_kwh: float | None
    coverage: float


def by_use(service: Service, site: Site, start: int, end: int) -> list[Use]:
    """Energy by use; the parts that are known sum to the facility's. A use is None where no meter saw it at all."""
    return list(shares_of(Question(service, site, start, end, site.pue_category).uses, USES))


def shares_of(found: Uses, names: Sequence[str]) -> tuple[Use, ...]:
    """Return sources or uses by name, each with the share of the time in which it was metered."""
    return tuple(Use(name, found.energy_of(name), found.share_of(name)) for name in names)


def power_series(
    service: Service, site: Site, start: int, end: int, *, max_points: int
) -> dict[str, tuple[list[int], list[float | None]]]:
    """Mean power by use [W] in at most `max_points` steps; what is not covered is None."""
    question = Question(service, site, start, end, site.pue_category)
    step_s = INTERVAL_S * max(1, -(-(end - start) // (INTERVAL_S * max_points)))
    starts, watts = power_by_use_w(
        question.tables(question.points_of_uses), question.eras, category=question.category, step_s=step_s
    )
    times = starts.tolist()
    return {use: (times, [None if np.isnan(w) else w for w in values.tolist()]) for use, values in watts.items()}


def it_series(service: Service, site: str, start: int, end: int) -> PowerSeries:
    """IT power alone, for a site whose facility is not metered: cells in which every IT point is covered."""
    tree = Tree(service.settings.points_at(site, end - 1))
    points = tree.it(service.settings.site(site).pue_category) or tree.it(EQUIPMENT_CATEGORY)
    if not points:
        return PowerSeries([], INTERVAL_S, {})
    table = service.ledger(start=start, end=end, points=points, metrics=["energy"])
    rows = (
        table.filter(pc.less(table["missing"], 1.0)).group_by("start").aggregate([("value", "sum"), ("value", "count")])
    )
    known = {row["start"]: row["value_sum"] for row in rows.to_pylist() if row["value_count"] == len(points)}
    times = range(start, end, INTERVAL_S)
    return PowerSeries(times, INTERVAL_S, {"it": [known.get(time) for time in times]} if known else {})
