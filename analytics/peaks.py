"""PUE category 0: the ratio of yearly peak powers (the Green Grid 2010), from ledger rows.

Peaks are means over a ledger cell. Missing time of the facility may have held its peak and is filled at the ceiling;
IT counts where all of it is covered: a gap never makes the ratio smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.cells import Grid
from analytics.effectiveness import YEAR_S
from analytics.energy import MISSING_LIMIT, Account, nothing
from analytics.legs import SECONDS_PER_HOUR, legs
from analytics.relatives import pue_category_0
from analytics.sheets import FULL
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree
    from analytics.kpi import Kpi
    from analytics.legs import Leg, Pick

NAME = "pue_category_0"


def peak_points(tree: Tree) -> tuple[str, ...]:
    """Return the points whose rows bear on category 0: those of the facility and the UPS outputs."""
    return tuple(dict.fromkeys((*tree.facility, *tree.topmost("ups"))))


def pue_category_0_of_period(
    tables: Sequence[pa.Table],
    eras: Sequence[Era],
    *,
    site: str,
    all_electric: bool,
    limit: float = MISSING_LIMIT,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return the peak power of the facility over the peak power at the UPS outputs, within the period.

    Args:
        tables: ledger rows of at least `peak_points` of each tree, several in order of time.
        eras: the trees of the period.
        site: site id.
        all_electric: the site takes no other carrier: category 0 is for such sites alone.
        limit: share of energy that may be missing, of the facility and of IT.
        length_s: length of the ledger's cells.
        config_hash: fingerprint of the configuration.

    Cells of 150 and 180 kW of the facility beside 100 and 120 kW at the UPS: 180 / 120 = 1.5.
    """
    above = _peak(tables, eras, lambda tree: tree.facility, length_s)
    below = _peak(tables, eras, lambda tree: tree.topmost("ups"), length_s)
    start, end = eras[0].start, eras[-1].end
    figures = [
        side.account.figure(name=NAME, site=site, start=start, end=end, what=what, limit=limit)
        for side, what in ((above, "utility, pv or genset points"), (below, "ups points"))
    ]
    reason = "; ".join(dict.fromkeys(figure.reason for figure in figures if figure.reason))
    if not all_electric:
        reason = "category 0 is for all-electric sites: the site file names other carriers"
    value = pue_category_0(facility_peak_kw=above.filled_kw, it_peak_kw=below.seen_kw)
    given = not reason and value is not None
    error = float(np.hypot(above.error(), below.error()))
    low = pue_category_0(facility_peak_kw=above.low_kw * max(1 - error, 0.0), it_peak_kw=below.high_kw)
    high = pue_category_0(facility_peak_kw=above.high_kw * (1 + error), it_peak_kw=below.low_kw)
    return replace(
        figures[0],
        unit="1",
        value_reported=value if given else None,
        value_measured=pue_category_0(facility_peak_kw=above.seen_kw, it_peak_kw=below.seen_kw),
        low=low if given else None,
        high=high if given else None,
        measured=min(figure.measured for figure in figures),
        estimated=max(0.0, 1 - min(f.measured for f in figures) - max(f.missing for f in figures)),
        missing=max(figure.missing for figure in figures),
        category=0,
        method=_method(above, below, end - start, length_s),
        reason=reason or (None if given else "there is no IT energy in this period"),
        config_hash=config_hash,
    )


def _method(above: _Peak, below: _Peak, seconds: int, length_s: int) -> str:
    words = [f"peak of the facility {above.filled_kw:.6g} kW / peak of UPS output {below.seen_kw:.6g} kW"]
    words += [f"means over {length_s // 60} minutes"]
    words += [f"interim: {seconds / 86_400:.3g} days"] if seconds < YEAR_S else []
    return "; ".join([*words, "never to be mixed with a PUE of energies"])


@dataclass(slots=True)
class _Peak:
    """Power of some units by cell [kW]: as read where all is covered, and with gaps filled at the ceilings."""

    grid: Grid
    account: Account = field(default_factory=Account)
    energy: NDArray[np.float64] = field(init=False)
    low: NDArray[np.float64] = field(init=False)
    high: NDArray[np.float64] = field(init=False)
    fill: NDArray[np.float64] = field(init=False)
    dark: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.energy, self.low, self.high, self.fill = (np.zeros(self.grid.count) for _ in range(4))
        self.dark = np.zeros(self.grid.count, dtype=np.bool_)

    def enter(self, leg: Leg) -> None:
        self.account.enter(leg)
        cells = self.grid.cell(leg.sheet.starts)
        for name in ("energy", "low", "high"):
            getattr(self, name)[cells] += getattr(leg.sheet, name).sum(axis=0)
        self.fill[cells] += np.nan_to_num(leg.fill).sum(axis=0)
        self.dark[cells] |= (leg.sheet.covered < FULL).any(axis=0)

    def _kw(self, energy: NDArray[np.float64], *, whole: bool = False) -> float:
        seconds = self.grid.seconds
        power = energy / seconds * SECONDS_PER_HOUR
        return float(power[~self.dark].max(initial=0.0) if whole else power.max(initial=0.0))

    def error(self) -> float:
        """Return how far off the peak may be as a share: a step of a register is of one cell, not of the period."""
        off_kw = self.account.steps_kwh() * SECONDS_PER_HOUR / self.grid.length_s
        return self.account.meter_error() + (off_kw / self.seen_kw if self.seen_kw > 0 else 0.0)

    @property
    def seen_kw(self) -> float:
        return self._kw(self.energy, whole=True)

    @property
    def filled_kw(self) -> float:
        return self._kw(self.energy + self.fill)

    @property
    def low_kw(self) -> float:
        return self._kw(self.low, whole=True)

    @property
    def high_kw(self) -> float:
        return self._kw(self.high + self.fill)


def _peak(tables: Iterable[pa.Table], eras: Sequence[Era], pick: Pick, length_s: int) -> _Peak:
    peak = _Peak(Grid(eras[0].start, eras[-1].end, length_s))
    for leg in legs(tables, eras, pick=pick, less=nothing, length_s=length_s):
        peak.enter(leg)
    return peak
