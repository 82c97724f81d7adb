"""How much a site file will store: readings by their declared intervals, ledger rows by the quarter of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.boundary import ENERGY_METRICS
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.site import PointState

DAY_S = 86_400
YEAR_S = 365 * DAY_S
READING_BYTES = 2.0  # measured on disk, design section 3
LEDGER_ROW_BYTES = {"register": 4.0, "power": 24.0, "other": 6.5}  # measured on disk, tests/bench/RESULTS.md
REGISTERS = frozenset({"energy_counter", "energy"})  # amounts in steps of the meter: few distinct values
GB = 1e9


@dataclass(frozen=True, slots=True)
class Volume:
    """What one year of a site file takes: rows, and gigabytes (1e9 bytes) on disk."""

    readings: float
    readings_gb: float
    ledger_rows: float
    ledger_gb: float


def volume(states: Iterable[PointState]) -> Volume:
    """A year's volume of points that all report at their declared intervals [s].

    >>> from config.points import PointState
    >>> server = PointState("s/1", "s", "1", "server", interval_s={"power": 60, "inlet_temperature": 60})
    >>> volume([server])
    Volume(readings=1051200.0, readings_gb=0.0021024, ledger_rows=70080.0, ledger_gb=0.00106872)
    """
    points = list(states)
    readings = sum(YEAR_S / interval_s for state in points for interval_s in state.interval_s.values())
    series = [kind for state in points for kind in _ledger_series(state)]
    rows = YEAR_S / INTERVAL_S
    ledger_gb = sum(LEDGER_ROW_BYTES[kind] for kind in series) * rows / GB
    return Volume(readings, readings * READING_BYTES / GB, len(series) * rows, ledger_gb)


def thinned_gb(devices: Volume) -> float:
    """Gigabytes that thinning to days frees of a year of these devices: 95 of 96 rows.

    >>> round(thinned_gb(Volume(0.0, 0.0, 35040.0, 0.96)), 9)
    0.95
    """
    return devices.ledger_gb * (1 - INTERVAL_S / DAY_S)


def _ledger_series(state: PointState) -> list[str]:
    """Series that a point has in the ledger: one of energy, whatever it is read from, and one for any other metric."""
    declared = set(state.interval_s)
    energy = declared & ENERGY_METRICS
    merged = ["register" if energy & REGISTERS else "power"] if energy else []
    return merged + ["other"] * len(declared - ENERGY_METRICS)
