"""Scope 1 as a figure, from approved records: fuel burnt, and refrigerant that leaked.

A bill across the edge of the period is spread by what the generators' meters saw of all of it, else by day: then the
figure says so, and `low` and `high` hold that none or all of it may have been burnt within the period.
Days that no record speaks of are missing, and nothing bounds what was burnt on them: while one is, there is no figure
but a reason. A record of 0 says that none was burnt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from analytics.kpi import FactorUse, Kpi
from analytics.scope1 import fuel_kg
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from analytics.leaks import Leaked

NAME: Final = "emissions_scope_1_kgco2e"
REMEMBERED_DAYS: Final = 366  # a fuel that was burnt so long before is asked for: its absent note is no 0
UNIT: Final = "kgCO2e"
WHOLE_DAYS: Final = "records speak of whole days: ask for a period from one local midnight to another"


@dataclass(frozen=True, slots=True, kw_only=True)
class Burnt:
    """One record of fuel: an amount (L, kWh or kg) over the days [start, end), and its factor [kgCO2e per the same].

    `biogenic` is the factor of CO2 of biogenic origin [kgCO2 per the same], None where none is stated; a `factor` of
    None is not known, and `unknown` says why. `profile` is the share of its metered energy that lies within the period;
    None where no meter tells, or has a gap.
    """

    id: str
    start: date
    end: date
    amount: float
    factor: FactorUse | None
    biogenic: FactorUse | None = None
    unknown: str = ""
    profile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The local days [first, end) that a period touches, and the period itself [UTC s].

    `whole` is False where the period begins or ends within a day: records speak of whole days alone.
    """

    first: date
    end: date
    start_s: int
    end_s: int
    whole: bool = True

    @property
    def count(self) -> int:
        """How many days it has."""
        return (self.end - self.first).days


def shared_days(*, start: date, end: date, days: Days) -> int:
    """Return how many days of [start, end) lie within the period.

    >>> from datetime import date
    >>> march = Days(first=date(2026, 3, 1), end=date(2026, 4, 1), start_s=0, end_s=1)
    >>> shared_days(start=date(2026, 3, 20), end=date(2026, 4, 10), days=march)
    12
    """
    return max(0, (min(end, days.end) - max(start, days.first)).days)


def invoice_difference(*, invoice_kwh: float, metered_kwh: float) -> float | None:
    """Return by which share of what was metered an invoice is higher (below 0: lower); None where nothing was metered.

    >>> round(invoice_difference(invoice_kwh=103.0, metered_kwh=100.0), 6)
    0.03
    >>> invoice_difference(invoice_kwh=103.0, metered_kwh=0.0) is None
    True
    """
    return (invoice_kwh - metered_kwh) / metered_kwh if metered_kwh > 0 else None


def scope_1_of(
    *,
    burnt: Sequence[Burnt],
    leaked: Sequence[Leaked],
    days: Days,
    site: str,
    waiting: int = 0,
    lacking: Sequence[str] = (),
    config_hash: str = "",
) -> Kpi:
    """Return scope 1 [kgCO2e] of a site: amount x factor by day, and leaked kg x GWP100 of the gases in its basket.

    Args:
        burnt: approved records of fuel that touch the period, no two of one fuel speaking of the same day.
        leaked: refrigerant of the period.
        days: the period, at least one day.
        site: site id.
        waiting: records of the period that nobody has approved: they are not in, and the figure says so.
        lacking: carriers that the site burns and of which no record of fuel speaks on all days.
        config_hash: fingerprint of the configuration.

    GHG Protocol, scope 1; CO2 of biogenic origin stands beside it (`analytics.biogenic`) and is in only where a
    published factor holds it unsaid. 300 L of a bill over 30 days, of which 10 lie in the period, are 100 L; at 2.651
    kgCO2e/L 265.1 kg. Had the generators' meters seen half of the bill's energy in those days, they would be 150 L.
    """
    used = [(one, count) for one in burnt if (count := shared_days(start=one.start, end=one.end, days=days))]
    covered = len({day for one, _ in used for day in _days(one, days)}) / days.count
    known = [one.factor for one, _ in used if one.factor is not None]
    inside = [one for one in leaked if one.in_scope_1 and not one.unknown]
    kg = sum(_kgco2e(one, count) for one, count in used) + sum(one.kg * one.factor.value for one in inside)
    open_kg = [(_kgco2e(one, count), _kgco2e(one, _length(one))) for one, count in used if _by_day(one, count)]
    reason = _reason(covered, [one for one, _ in used], leaked, days) or _unburnt(lacking)
    given = reason is None
    return Kpi(
        name=NAME,
        unit=UNIT,
        site=site,
        start=days.start_s,
        end=days.end_s,
        value_reported=kg if given else None,
        value_measured=kg if known or inside else None,
        low=kg - sum(within for within, _ in open_kg) if given else None,
        high=kg + sum(whole - within for within, whole in open_kg) if given else None,
        measured=covered,
        estimated=0.0,
        missing=1 - covered,
        method=_method(used, leaked, waiting),
        reason=reason,
        factors=tuple(dict.fromkeys([*known, *(one.factor for one in inside)])),
        config_hash=config_hash,
    )


def fuel_energy_of(
    *, name: str, burnt: Sequence[Burnt], days: Days, site: str, lacking: Sequence[str] = (), config_hash: str = ""
) -> Kpi:
    """Return the energy of fuel burnt at a site [kWh]: amount x heating value, spread over the period as scope 1 is.

    Args:
        name: `fuel_energy_lhv_kwh` or `fuel_energy_hhv_kwh`.
        burnt: records of fuel; their factor is the heating value [kWh/L], 1 for amounts of energy by the same basis.
        days: the period, at least one day.
        site: site id.
        lacking: carriers that the site burns and of which no record of fuel speaks on all days.
        config_hash: fingerprint of the configuration.

    ESRS E1-5 asks for MWh at lower, GRI 302 and SASB for GJ at higher heating values. 100 L of diesel of 35.776 MJ/L
    are 994 kWh.
    """
    found = scope_1_of(burnt=burnt, leaked=(), days=days, site=site, lacking=lacking, config_hash=config_hash)
    return replace(found, name=name, unit="kWh")


def _days(one: Burnt, days: Days) -> range:
    return range(max(one.start, days.first).toordinal(), min(one.end, days.end).toordinal())


def _length(one: Burnt) -> int:
    return (one.end - one.start).days


def _by_day(one: Burnt, count: int) -> bool:
    return one.profile is None and count < _length(one)


def _kgco2e(one: Burnt, count: int) -> float:
    share = count / _length(one) if one.profile is None else one.profile
    return fuel_kg(amount=one.amount * share, kg_per_unit=one.factor.value if one.factor else 0.0)


def _reason(covered: float, burnt: Sequence[Burnt], leaked: Sequence[Leaked], days: Days) -> str | None:
    if not days.whole:
        return WHOLE_DAYS
    negative = [one for one in leaked if one.kg < 0]
    if negative:
        one = negative[0]
        return f"the mass balance of {one.gas} is {one.kg:g} kg: more came back than went in; check the stocks"
    if covered == 1:
        dark = [one.unknown for one in burnt if one.factor is None and one.amount > 0]
        return next(iter([*dark, *(one.unknown for one in leaked if one.unknown and one.in_scope_1)]), None)
    if covered:
        return f"no approved record of fuel speaks of {percent(1 - covered, 1)} of the days: enter them, or 0"
    return "no approved record of fuel speaks of this period: enter how much was burnt, or 0"


def _unburnt(lacking: Sequence[str]) -> str | None:
    if not lacking:
        return None
    return f"no approved record of fuel says on all days how much {lacking[0]} was burnt: enter it, or 0"


def _method(used: Sequence[tuple[Burnt, int]], leaked: Sequence[Leaked], waiting: int) -> str:
    words = [f"fuel of records {', '.join(one.id for one, _ in used)}"] if used else ["no fuel"]
    by_day = [one.id for one, count in used if _by_day(one, count)]
    by_profile = [one.id for one, _ in used if one.profile is not None]
    words += [f"{', '.join(by_day)} spread by day"] if by_day else []
    words += [f"{', '.join(by_profile)} spread by the generators' meters"] if by_profile else []
    words += [text for one in leaked for text in _told(one)]
    words += [f"{waiting} records wait for approval and are not in"] if waiting else []
    return "; ".join(words)


def _told(one: Leaked) -> list[str]:
    if one.unknown:
        return [] if one.in_scope_1 else [f"beside scope 1: {one.unknown}"]
    ids, note = ", ".join(one.ids), [one.note] if one.note else []
    if one.in_scope_1:
        return [f"{one.kg:g} kg of refrigerant by records {ids}", *note]
    kgco2e = one.kg * one.factor.value
    return [
        f"beside scope 1, for HCFC and CFC are not in it: {kgco2e:,.1f} kgCO2e of {one.gas} by records {ids}",
        *note,
    ]
