"""Verified savings of measures: days before and since, their drivers, and what was promised for the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.planning.measures import YEAR_S
from analytics.planning.savings import Savings, savings
from collectors.ledger_row import INTERVAL_S
from ui.format import iso
from ui.weather import daily_mean, hourly_air

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.measures import Measure
    from ui.days import Day
    from ui.service import Service

Row = dict[str, Any]
BASELINE_DAYS = 365
MOST_DAYS = 365
DAY_S = 86_400
WARMTH = {"dry_bulb": "outdoor temperature", "wet_bulb": "outdoor wet-bulb temperature"}
NO_DRIVER = "no driver of the work done is in the books: what IT would have used cannot be told from what it did"
NO_ALTITUDE = "the site has no altitude_m, on which a wet-bulb temperature depends"
NOT_SHOWN = "the interval holds 0: no saving is shown yet"
BY_CONTRACT = "an instrument saves no energy: matched_share_hourly and the contract's certificates prove it"


def verify_rows(service: Service, *, site: str | None = None, measure: str | None = None) -> list[Row]:
    """Return for each measure what it saved since it was at work, with interval and model, beside what was promised."""
    chosen = [one for one in service.settings.measures if site in {None, one.site} and measure in {None, one.id}]
    return [_row(service, one) for one in chosen]


def _row(service: Service, measure: Measure) -> Row:
    named = {"measure": measure.id, "site": measure.site, "method": "IPMVP option C, facility energy by day"}
    full = measure.start + round(measure.ramp_months * YEAR_S / 12)
    if measure.sub_load in {"it", "market"}:
        return {**named, "reason": NO_DRIVER if measure.sub_load == "it" else BY_CONTRACT}
    if measure.driver == "wet_bulb" and service.settings.site(measure.site).altitude_m is None:
        return {**named, "reason": NO_ALTITUDE}
    if full + DAY_S > service.now():
        return {**named, "reason": f"the measure has its full effect from {iso(full)} on: nothing to verify yet"}
    last = min(int(service.now()), full + MOST_DAYS * DAY_S)
    before = service.days(measure.site, end=measure.start, count=BASELINE_DAYS)
    since = service.days(measure.site, end=last, count=max(1, (last - full) // DAY_S))
    first, now = _known(service, measure, before), _known(service, measure, since)
    names = ("IT energy", *([WARMTH[measure.driver]] if measure.temperature_point else []))
    found = savings(baseline_drivers=first[0], baseline_kwh=first[1], drivers=now[0], used_kwh=now[1], names=names)
    return {**named, **_told(found), **_promised(service, measure, since, found)}


def _known(service: Service, measure: Measure, days: list[Day]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return drivers and energy of the whole days on which all are known; days with holes are left out."""
    warmth = _temperatures(service, measure, days)
    rows = [
        ([day.it.value, warmth[number]] if measure.temperature_point else [day.it.value], day.facility.value)
        for number, day in enumerate(days)
        if day.whole
    ]
    full = [(drivers, energy) for drivers, energy in rows if energy is not None and None not in drivers]
    columns = 2 if measure.temperature_point else 1
    return (
        np.array([drivers for drivers, _ in full], dtype=np.float64).reshape(-1, columns),
        np.array([energy for _, energy in full], dtype=np.float64),
    )


def _temperatures(service: Service, measure: Measure, days: list[Day]) -> list[float | None]:
    """Return the mean outdoor temperature [degC] of each day, None where more than a tenth of it was not read."""
    if measure.temperature_point is None or not days:
        return [None] * len(days)
    if measure.driver == "wet_bulb":
        air = hourly_air(service, measure.temperature_point, start=days[0].start, end=days[-1].end)
        return [daily_mean(air, air.wet_bulb_degc, day.start, day.end) for day in days]
    rows = service.ledger(
        start=days[0].start, end=days[-1].end, points=[measure.temperature_point], metrics=["temperature"]
    )
    starts, values = rows["start"].to_numpy(), rows["value"].to_numpy(zero_copy_only=False).astype(np.float64)
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


def _promised(service: Service, measure: Measure, since: list[Day], found: Savings) -> Row:
    """Return what the range promised for the same days, on the sub-load as it would have been without the measure."""
    if found.saved_kwh is None or not since:
        return {"promised_low_kwh": None, "promised_high_kwh": None, "realised": None}
    uses = {use.name: use.energy_kwh for use in service.energy_by_use(measure.site, since[0].start, since[-1].end)}
    seen = uses[measure.sub_load]
    if seen is None:
        return {"promised_low_kwh": None, "promised_high_kwh": None, "realised": None}
    whole = seen + max(found.saved_kwh, 0.0)
    middle = (measure.effect_low + measure.effect_high) / 2 * whole
    return {
        "promised_low_kwh": measure.effect_low * whole,
        "promised_high_kwh": measure.effect_high * whole,
        "realised": found.saved_kwh / middle if middle and not _holds_nothing(found) else None,
    }
