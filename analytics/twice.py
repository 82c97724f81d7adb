"""Points that tell their energy twice, by a register and by power: whether the two agree.

Books take the register (design 4.4). One that stands still while the power flows, or that counts in another unit than
declared, makes energy wrong by a factor, and nothing else in the books would show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_KWH: Final = 1.0  # below it a register of coarse steps says nothing
APART: Final = 0.2  # share of the greater: sampled power of a fast load is off by less (RESULTS.md)


@dataclass(frozen=True, slots=True)
class Twice:
    """What one point took over the same time by its register and by its power [kWh]."""

    point: str
    register_kwh: float
    power_kwh: float

    @property
    def apart(self) -> float:
        """The difference as a share of the greater; 0 where both are too small to say.

        >>> Twice("s/a", 0.0, 4.7).apart, Twice("s/a", 100.0, 98.0).apart, Twice("s/a", 0.1, 0.9).apart
        (1.0, 0.02, 0.0)
        """
        greater = max(self.register_kwh, self.power_kwh)
        return 0.0 if greater < LEAST_KWH else abs(self.register_kwh - self.power_kwh) / greater


def told_twice(booked: pa.Table, by_power: pa.Table) -> list[Twice]:
    """Return the sums of the intervals that both cover, by point.

    Args:
        booked: ledger rows of metric energy (LEDGER_SCHEMA); those by a register alone count.
        by_power: rows of the same points, computed from their power alone.
    """
    known = _plain(booked.filter(pc.and_(pc.equal(booked["missing"], 0.0), pc.equal(booked["method"], "register"))))
    other = _plain(by_power.filter(pc.equal(by_power["missing"], 0.0)))
    both = known.join(other, ["point", "start", "end"], join_type="inner", right_suffix="_power")
    sums = both.group_by("point").aggregate([("energy_kwh", "sum"), ("energy_kwh_power", "sum")]).sort_by("point")
    rows = sums.to_pylist()
    return [Twice(row["point"], row["energy_kwh_sum"], row["energy_kwh_power_sum"]) for row in rows]


def _plain(rows: pa.Table) -> pa.Table:
    """Return what is compared, with names as plain text, for tables with other dictionaries."""
    found = rows.select(["point", "start", "end", "energy_kwh"])
    return found.set_column(0, "point", found["point"].cast("string"))
