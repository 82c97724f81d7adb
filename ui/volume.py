"""How much a site file will store: readings by their declared intervals, ledger rows by the quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.boundary import ENERGY_METRICS
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.site import PointState

YEAR_S = 365 * 86_400
READING_BYTES = 2.0  # measured on disk, design section 3
LEDGER_ROW_BYTES = 3.5  # measured on disk, notes/storage.md section 9
GB = 1e9


@dataclass(frozen=True, slots=True)
class Volume:
    """What one year of a site file takes: rows, and gigabytes (1e9 bytes) on disk."""

    readings: float
    readings_gb: float
    ledger_rows: float
    ledger_gb: float


def volume(states: Iterable[PointState]) -> Volume:
    """A year's volume of points that all report at their declared intervals [s]."""
    points = list(states)
    readings = sum(YEAR_S / interval_s for state in points for interval_s in state.interval_s.values())
    series = sum(_ledger_series(state) for state in points)
    rows = series * YEAR_S / INTERVAL_S
    return Volume(readings, readings * READING_BYTES / GB, rows, rows * LEDGER_ROW_BYTES / GB)


def _ledger_series(state: PointState) -> int:
    """Series that a point has in the ledger: one of energy, whatever it is read from, and one for any other metric."""
    declared = set(state.interval_s)
    return len(declared - ENERGY_METRICS) + bool(declared & ENERGY_METRICS)
