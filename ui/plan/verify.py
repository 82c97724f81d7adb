"""Verified savings of measures: days before and since, their drivers, and what was promised for the same days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.planning.measures import YEAR_S
from analytics.planning.savings import Savings, savings
from collectors.ledger_row import INTERVAL_S
from ui.figures.weather import daily_mean, hourly_air
from ui.format import iso
from ui.plan.isolated import (
    adjustment,
    metered_by_day,
    moved_beside,
    told_of,
    twice_metered,
    work_by_day,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from config.plan.measures import Measure
    from config.plan.outlook import NonRoutine
    from ui.figures.days import Day
    from ui.service import Service

Row = dict[str, Any]
OWN = ("saved_kwh", "low_kwh", "high_kwh", "share_of_facility", "realised")
BASELINE_DAYS = 365
MOST_DAYS = 365
DAY_S = 86_400
WARMTH = {"dry_bulb": "outdoor temperature", "wet_bulb": "outdoor wet-bulb temperature"}
NO_DRIVER = (
    "no driver of the work done is named: add key work, the point and metric of a counter in the books, to the measure"
)
NO_ALTITUDE = "the site has no altitude_m, on which a wet-bulb temperature depends"
NOT_SHOWN = "the interval holds 0: no saving is shown yet"
BY_CONTRACT = "an instrument saves no energy: matched_share_hourly and the contract's certificates prove it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The days that a model can take: drivers [days, columns], energy [kWh] and how many were out of routine."""

    days: Sequence[Day]
    drivers: NDArray[np.float64]
    energy_kwh: NDArray[np.float64]
    left_out: int


def verify_rows(service: Service, *, site: str | None = None, measure: str | None = None) -> list[Row]:
    """Return for each measure what it saved since it was at work, with interval and model, beside what was promised."""
    chosen = [one for one in service.settings.measures if site in {None, one.site} and measure in {None, one.id}]
    return [_row(service, one) for one in chosen]


def _row(service: Service, measure: Measure) -> Row:
    option = "B, the measure's own meters by day" if measure.meters else "C, facility energy by day"
    named = {"measure": measure.id, "site": measure.site, "method": f"IPMVP option {option}"}
    full = measure.start + round(measure.ramp_months * YEAR_S / 12)
    refused = _refusal(service, measure, full)
    if refused:
        return {**named, "reason": refused}
    last = min(int(service.now()), full + MOST_DAYS * DAY_S)
    before = service.days(measure.site, end=measure.start, count=BASELINE_DAYS)
    days = service.days(measure.site, end=last, count=(last - full) // DAY_S + 2)  # today and the day of `full` too
    since = [day for day in days if day.start >= full]
    events = told_of(service, measure)
    baseline, now = (_known(service, measure, days, events) for days in (before, since))
    first = "IT energy" if measure.work is None else measure.work.metric
    names = (first, *([_warmth(measure)] if measure.temperature_point else []))
    found = savings(
        baseline_drivers=baseline.drivers,
        baseline_kwh=baseline.energy_kwh,
        drivers=now.drivers,
        used_kwh=now.energy_kwh,
        names=names,
    )
    unusual = {
        "non_routine": "; ".join(f"{one.id}: {one.reason}" for one in events),
        "days_left_out": baseline.left_out + now.left_out,
    }
    row = {**named, **_told(found), **_promised(service, measure, now.days, found), **unusual}
    if measure.meters:
        row["share_of_facility"] = _share(found, now.days)
    beside = moved_beside(service, measure, before[0].start, last) if before else []
    return _together(row, found, beside) if beside else row


def _together(row: Row, found: Savings, beside: Sequence[Measure]) -> Row:
    """No saving is one measure's own where others changed the same meter: each would have the whole of it."""
    names = ", ".join(one.id for one in beside)
    reason = f"not told apart from {names}, which changed what the same meter sees in these days"
    if found.saved_kwh is not None and found.low_kwh is not None and found.high_kwh is not None:
        reason += f"; together they saved {found.saved_kwh:,.0f} kWh ({found.low_kwh:,.0f} to {found.high_kwh:,.0f})"
    return row | dict.fromkeys(OWN) | {"reason": reason}


def _share(found: Savings, days: Sequence[Day]) -> float | None:
    """The saving of a part as a share of what the facility would have used on the same days."""
    used = [day.facility.value for day in days]
    known = [value for value in used if value is not None]
    if found.saved_kwh is None or len(known) < len(used):
        return None
    whole = sum(known) + found.saved_kwh
    return found.saved_kwh / whole if whole > 0 else None


def _refusal(service: Service, measure: Measure, full: int) -> str | None:
    """Say why a measure cannot be verified (now), if so; `full` is when it has its whole effect [UTC s]."""
    if measure.sub_load == "market":
        return BY_CONTRACT
    if measure.sub_load == "it" and measure.work is None:
        return NO_DRIVER
    if measure.driver == "wet_bulb" and service.settings.site(measure.site).altitude_m is None:
        return NO_ALTITUDE
    if full + DAY_S > service.now():
        return f"the measure has its full effect from {iso(full)} on: nothing to verify yet"
    return twice_metered(service, measure)


def _known(service: Service, measure: Measure, days: list[Day], events: Sequence[NonRoutine]) -> Known:
    """Return drivers and energy of the whole days on which all are known, and how many were left out as non-routine.

    Days with holes are left out; what an event used beyond the routine is taken off.
    """
    warmth, energies = _temperatures(service, measure, days), metered_by_day(service, measure, days)
    load = [day.it.value for day in days] if measure.work is None else work_by_day(service, measure, days)
    rows = [
        (day, [did, warm] if measure.temperature_point else [did], energy, adjustment(day, events))
        for day, did, warm, energy in zip(days, load, warmth, energies, strict=True)
        if day.whole
    ]
    routine = [(day, drivers, energy, change) for day, drivers, energy, change in rows if change is not None]
    full = [
        (day, drivers, energy - change)
        for day, drivers, energy, change in routine
        if energy is not None and None not in drivers
    ]
    columns = 2 if measure.temperature_point else 1
    return Known(
        days=[day for day, _, _ in full],
        drivers=np.array([drivers for _, drivers, _ in full], dtype=np.float64).reshape(-1, columns),
        energy_kwh=np.array([energy for _, _, energy in full], dtype=np.float64),
        left_out=len(rows) - len(routine),
    )


def _warmth(measure: Measure) -> str:
    above = "" if measure.weather_from_degc is None else f" above {measure.weather_from_degc:g} degC"
    return f"{WARMTH[measure.driver]}{above}"


def _temperatures(service: Service, measure: Measure, days: list[Day]) -> list[float | None]:
    """Return the mean outdoor temperature [degC] of each day, None where more than a tenth of it was not read.

    With `weather_from_degc` it is the mean of the degrees above that.
    """
    base = -np.inf if measure.weather_from_degc is None else measure.weather_from_degc
    above = 0.0 if measure.weather_from_degc is None else measure.weather_from_degc
    if measure.temperature_point is None or not days:
        return [None] * len(days)
    if measure.driver == "wet_bulb":
        air = hourly_air(service, measure.temperature_point, start=days[0].start, end=days[-1].end)
        return [daily_mean(air, np.maximum(air.wet_bulb_degc, base) - above, day.start, day.end) for day in days]
    rows = service.ledger(
        start=days[0].start, end=days[-1].end, points=[measure.temperature_point], metrics=["temperature"]
    )
    starts, values = rows["start"].to_numpy(), rows["value"].to_numpy(zero_copy_only=False).astype(np.float64)
    values = np.maximum(values, base) - above
    found: list[float | None] = []
    for day in days:
        own = values[(starts >= day.start) & (starts < day.end)]
        own = own[np.isfinite(own)]
        found.append(float(own.mean()) if len(own) * INTERVAL_S >= 0.9 * (day.end - day.start) else None)
    return found


def _told(found: Savings) -> Row:
    return {
        "saved_kwh": found.saved_kwh,
        "low_kwh": found.low_kwh,
        "high_kwh": found.high_kwh,
        "level": found.level,
        "share_of_facility": found.share,
        "cv_rmse": found.cv_rmse,
        "nmbe": found.nmbe,
        "autocorrelation": found.autocorrelation,
        "baseline_days": found.baseline_days,
        "days": found.days,
        "reason": found.reason or (NOT_SHOWN if _holds_nothing(found) else ""),
    }


def _holds_nothing(found: Savings) -> bool:
    """Say whether the interval holds 0: then a saving is not told from none."""
    return found.low_kwh is not None and found.high_kwh is not None and found.low_kwh <= 0 <= found.high_kwh


def _promised(service: Service, measure: Measure, days: Sequence[Day], found: Savings) -> Row:
    """Return what the range promised for the same days, on the sub-load as it would have been without the measure.

    Of an IT measure that is verified at the facility it is promised of cooling and losses too: they fall with IT.
    """
    if found.saved_kwh is None or not days:
        return {"promised_low_kwh": None, "promised_high_kwh": None, "realised": None}
    served = ("it", "cooling", "losses") if measure.sub_load == "it" and not measure.meters else (measure.sub_load,)
    by_span = [
        {use.name: use.energy_kwh for use in service.energy_by_use(measure.site, start, end)}
        for start, end in _spans(days)
    ]
    if any(uses[served[-1]] is None for uses in by_span):  # cooling that no meter sees lies in the losses
        return {"promised_low_kwh": None, "promised_high_kwh": None, "realised": None}
    seen = sum(uses[name] or 0.0 for uses in by_span for name in served)
    whole = seen + max(found.saved_kwh, 0.0)
    middle = (measure.effect_low + measure.effect_high) / 2 * whole
    return {
        "promised_low_kwh": measure.effect_low * whole,
        "promised_high_kwh": measure.effect_high * whole,
        "realised": found.saved_kwh / middle if middle and not _holds_nothing(found) else None,
    }


def _spans(days: Sequence[Day]) -> list[tuple[int, int]]:
    """Return days that follow one another as one span each [UTC s]."""
    spans: list[tuple[int, int]] = []
    for day in days:
        if spans and spans[-1][1] == day.start:
            spans[-1] = (spans[-1][0], day.end)
        else:
            spans.append((day.start, day.end))
    return spans
