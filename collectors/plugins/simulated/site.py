"""One simulated site as its instruments show it: the truth, what is wrong with it, and tables of readings."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated.faults import Values, delivered, device_skew_s, shown
from collectors.plugins.simulated.reads import READS, ReadKind, Rows, offered, series_table
from collectors.plugins.simulated.signals import BLOCK_S
from collectors.plugins.simulated.truth import Truth
from config.errors import InputError
from config.reading.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from collectors.plugins.simulated.faults import Fault
    from collectors.plugins.simulated.noise import Times


class SimulatedSite(Truth):
    """One site of the simulated company; see `Truth` for what can be asked of it without instruments."""

    def offered(self, point: str) -> tuple[ReadKind, ...]:
        """Return the kinds of reading that a point gives."""
        self._known(point)
        return offered(self.spec, point)

    def readings(
        self,
        points: str | Sequence[str],
        start: int,
        end: int,
        step_s: int,
        *,
        kind: ReadKind = "register",
        origin: str | None = None,
    ) -> pa.Table:
        """Return what the instruments of some points delivered over [start, end), as a table of `READING_SCHEMA`.

        Instruments are read on multiples of `step_s` [UTC s]; rows come point by point in the order of arrival, with
        all faults in them. Many points at once cost little more than one, because they share their blocks.

        Raises:
            InputError: a point gives no readings of this kind, or its register begins after `start`.
        """
        parts: dict[str, list[Rows]] = {point: [] for point in ((points,) if isinstance(points, str) else points)}
        for times in _by_block(start, end, step_s):
            for point, rows in parts.items():
                rows.append(self.rows(point, kind, times))
        return series_table(
            parts,
            metric=READS[kind].metric,
            quality=self.spec.place.reading_quality,
            origin=origin or f"simulated:{self.spec.site}",
        )

    def rows(self, point: str, kind: ReadKind, times: Times) -> Rows:
        """Return what one instrument delivers when it is read at `times` [UTC s]; the answer to one time may be empty.

        Raises:
            InputError: the point gives no readings of this kind, or its register begins later.
        """
        faults = self._faults[point]
        values = shown(self._read(point, kind), faults, kind)(times)
        arrived = delivered(times, faults, kind)
        stamped = times + device_skew_s(times, faults, kind, stamps=True)
        ahead_s = device_skew_s(times, faults, kind, stamps=False)
        return Rows(stamped[arrived], np.round(values, READS[kind].decimals)[arrived], ahead_s[arrived])

    @cached_property
    def _faults(self) -> Mapping[str, tuple[Fault, ...]]:
        found: defaultdict[str, tuple[Fault, ...]] = defaultdict(tuple)
        for fault in self.spec.faults:
            found[fault.point] += (fault,)
        return found

    def _read(self, point: str, kind: ReadKind) -> Values:
        if kind not in self.offered(point):
            given = listed(self.offered(point)) or "nothing"
            msg = f"{point} gives no readings of kind {kind}: it gives {given}."
            raise InputError(msg)
        of_site: Mapping[str, Values] = {
            "temperature": self.temperature_degc,
            "humidity": self.humidity_percent,
            "grid_intensity": self.grid_intensity_gco2e_per_kwh,
            "grid_carbon_free": self.grid_carbon_free_ratio,
        }
        of_point = {
            "register": self.register_kwh,
            "power": self.power_w,
            "utilisation": self.utilisation_ratio,
            "water": self.water_l,
        }
        return of_site[kind] if kind in of_site else lambda times: of_point[kind](point, times)


def _by_block(start: int, end: int, step_s: int) -> Iterator[Times]:
    """Multiples of `step_s` in [start, end), cut where blocks end."""
    edge = start
    while edge < end:
        stop = min((edge // BLOCK_S + 1) * BLOCK_S, end)
        times = np.arange(-(-edge // step_s) * step_s, stop, step_s, dtype=np.int64)
        if times.size:
            yield times
        edge = stop
