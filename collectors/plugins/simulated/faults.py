"""Faults on demand: what instruments do wrong, laid over the truth without touching it.

A fault of a value is a function of time over a function of time, so that it, too, can be asked at any moment; such
faults apply in the order declared. Faults of delivery (gap, duplicate, out of order, clock skew) come after them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from collectors.plugins.simulated.clock import DAY_S
from collectors.plugins.simulated.noise import Floats, Times
from collectors.plugins.simulated.reads import REGISTERS, ReadKind
from config.reading.fields import Flag, Instant, Number, Positive, Table, span_mistake

if TYPE_CHECKING:
    from numpy.typing import NDArray

Values = Callable[[Times], Floats]
"""What an instrument shows at each of the times asked."""

FaultKind = Literal[
    "gap",  # nothing arrives
    "zero",  # 0 W from a host that runs
    "sentinel",  # the device's word for "no value"
    "stuck",  # the value of the start, again and again
    "reset",  # the register begins again at 0; lasts
    "wrap",  # the register counts to register_max_kwh and begins again
    "exchange",  # another meter, whose register stands at first_kwh; lasts
    "unit_slip",  # kW where W is meant, MWh where kWh is meant
    "drift",  # reads too much, more each day, until recalibrated at the end
    "clock_skew",  # the device's clock is wrong by skew_s
    "duplicate",  # every row twice
    "out_of_order",  # rows arrive newest first
]
_OF_REGISTERS = frozenset({"reset", "exchange", "wrap"})
_LASTING = frozenset({"reset", "exchange"})
_UNIT_SLIP = 1e-3


class Fault(Table):
    """One fault of one point over [start, end) in UTC seconds, and again every `repeat_days` where given.

    `reads` names the kinds of reading that suffer; empty means all that can. Without `end` a fault stays for good, and
    `reset` and `exchange` always do.
    """

    point: str = Field(examples=["fra1/ups-a"])
    kind: FaultKind
    start: Instant
    end: Instant | None = None
    repeat_days: Positive | None = None
    reads: tuple[ReadKind, ...] = ()
    sentinel: Number = 65535.0
    register_max_kwh: Positive = 99_999.999
    first_kwh: Annotated[Number, Field(ge=0)] = 0.0
    drift_per_day: Annotated[Number, Field(ge=0)] = 0.001
    skew_s: Number = 420.0
    device_stamps: Flag = False  # clock_skew only: the wrong clock stamps the rows, as a data logger's export does

    @model_validator(mode="after")
    def _span(self) -> Self:
        mistake = span_mistake(self.start, self.end, start_key="start", end_key="end")
        if mistake is None and self.repeat_days and self.kind == "drift":
            mistake = "repeat_days does not go with drift: write one table for each drift"
        if mistake:
            raise ValueError(mistake)
        return self

    def hits(self, read: ReadKind) -> bool:
        """Say whether readings of a kind (register, power ...) suffer from this fault."""
        return read in self.reads if self.reads else read in REGISTERS or self.kind not in _OF_REGISTERS

    def began(self, times: Times) -> Times:
        """Return the start [UTC s] of the latest occurrence at or before each time (before any: the first one)."""
        if self.repeat_days is None:
            return np.full_like(times, self.start)
        every_s = round(self.repeat_days * DAY_S)
        return self.start + np.maximum((times - self.start) // every_s, 0) * every_s

    def active(self, times: Times) -> NDArray[np.bool_]:
        """Say for each time whether the fault is on."""
        into_s = times - self.began(times)
        for_good = self.end is None or self.kind in _LASTING
        length_s = np.inf if for_good else float((self.end or 0) - self.start)
        return (into_s >= 0) & (into_s < length_s)


def shown(truth: Values, faults: tuple[Fault, ...], read: ReadKind) -> Values:
    """Return what the instrument shows of `truth`, with all faults of a value laid over it in their order."""
    values = truth
    for fault in faults:
        if fault.hits(read):
            values = _drifting(values, fault, read) if fault.kind == "drift" else _laid_over(values, fault)
    return values


def _laid_over(values: Values, fault: Fault) -> Values:
    wrong = _WRONG.get(fault.kind)
    if wrong is None:
        return values

    def faulty(times: Times) -> Floats:
        result = values(times)
        on = fault.active(times)
        if on.any():
            result = result.copy()
            result[on] = wrong(fault, values, times[on])
        return result

    return faulty


def _drifting(values: Values, fault: Fault, read: ReadKind) -> Values:
    def gauge(times: Times) -> Floats:
        days = np.where(fault.active(times), times - fault.start, 0) / DAY_S
        return values(times) * (1.0 + fault.drift_per_day * days)

    def register(times: Times) -> Floats:
        until = np.clip(times, fault.start, fault.end)  # what was counted too much stays counted
        days = (until - fault.start) / DAY_S
        passed = values(until) - values(np.array([fault.start], dtype=np.int64))
        return values(times) + passed * fault.drift_per_day * days / 2.0

    return register if read in REGISTERS else gauge


_WRONG: Mapping[str, Callable[[Fault, Values, Times], Floats]] = {
    "zero": lambda _fault, _values, times: np.zeros(times.shape),
    "sentinel": lambda fault, _values, times: np.full(times.shape, fault.sentinel),
    "stuck": lambda fault, values, times: values(fault.began(times)),
    "reset": lambda fault, values, times: values(times) - values(fault.began(times)),
    "wrap": lambda fault, values, times: values(times) % fault.register_max_kwh,
    "exchange": lambda fault, values, times: values(times) - values(fault.began(times)) + fault.first_kwh,
    "unit_slip": lambda _fault, values, times: values(times) * _UNIT_SLIP,
}


def delivered(times: Times, faults: tuple[Fault, ...], read: ReadKind) -> NDArray[np.intp]:
    """Return which rows of `times` arrive, in the order of arrival: some lost, some twice, some newest first."""
    rows = np.arange(times.size)
    for fault in faults:
        if not fault.hits(read):
            continue
        on = fault.active(times[rows])
        if fault.kind == "gap":
            rows = rows[~on]
        elif fault.kind == "duplicate":
            rows = np.repeat(rows, np.where(on, 2, 1))
        elif fault.kind == "out_of_order":
            rows[on] = rows[on][::-1]
    return rows


def device_skew_s(times: Times, faults: tuple[Fault, ...], read: ReadKind, *, stamps: bool) -> Times:
    """Return by how many seconds the device's clock is ahead; `stamps` asks for clocks that stamp the rows."""
    skew = np.zeros(times.shape, dtype=np.int64)
    for fault in faults:
        if fault.kind == "clock_skew" and fault.hits(read) and (fault.device_stamps or not stamps):
            skew += np.where(fault.active(times), round(fault.skew_s), 0)
    return skew
