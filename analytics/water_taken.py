"""Water that a site took over a period, as a figure and by interval: what its topmost water meters saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.energy import MISSING_LIMIT, absent_s
from analytics.kpi import Kpi
from analytics.sheets import FULL, stretches
from analytics.water import SUFFIX, limit_of, water_points, with_water
from collectors.ledger_row import INTERVAL_S
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree

NAME: Final = "water_l"


def water_of_period(
    tables: Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    site: str,
    limit: float = MISSING_LIMIT,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> tuple[Kpi, NDArray[np.int64], NDArray[np.float64]]:
    """Return the water [L] that a site took, the start of each interval, and the water of each.

    Args:
        tables: ledger rows of metrics water_counter and water with column `value`, in order of time.
        eras: the trees of the period.
        site: site id.
        limit: share of the time that may be missing, time without any meter too; nothing bounds what none saw, so there
            is no `high` then.
        length_s: length of the ledger's cells.
        config_hash: fingerprint of the configuration that judged the rows.
    """
    starts, litres = [np.empty(0, np.int64)], [np.empty(0)]
    measured_s = covered_s = time_s = error = 0.0

    def wanted(tree: Tree) -> tuple[str, ...]:
        return tuple(point + SUFFIX for point in water_points(tree))

    for era, sheet in stretches(map(with_water, tables), eras, wanted, length_s=length_s):
        water = sheet.of(wanted(era.tree))
        starts.append(sheet.starts)
        litres.append(water.energy.sum(axis=0))
        seen = np.where(water.covered < FULL, water.covered, 1.0)
        if water.index:
            measured_s += float(water.measured.mean(axis=0) @ sheet.seconds)
            covered_s += float(seen.mean(axis=0) @ sheet.seconds)
            time_s += float(sheet.seconds.sum())
        error = max([error, *(limit_of(era.tree, point) for point in water_points(era.tree))])
        del sheet
    time_s += absent_s(eras, water_points) if time_s else 0
    total = float(sum(one.sum() for one in litres))
    measured, covered = measured_s / (time_s or 1.0), covered_s / (time_s or 1.0)
    reason = _reason(metered=time_s > 0, missing=1 - covered, limit=limit)
    figure = Kpi(
        name=NAME,
        unit="L",
        site=site,
        start=eras[0].start,
        end=eras[-1].end,
        value_reported=None if reason else total,
        value_measured=total if time_s else None,
        low=None if reason else total * (1 - error),
        high=None if reason or covered < FULL else total * (1 + error),
        measured=measured,
        estimated=max(0.0, covered - measured),
        missing=1 - covered,
        method="sum of the topmost water meters",
        reason=reason,
        config_hash=config_hash,
    )
    return figure, np.concatenate(starts), np.concatenate(litres)


def _reason(*, metered: bool, missing: float, limit: float) -> str | None:
    if not metered:
        return "the site has no water point: give its water meters role water in the site file"
    return f"{percent(missing, 1)} of the time no water was read (limit {limit:.0%})" if missing > limit else None
