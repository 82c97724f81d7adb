"""Embodied emissions of hardware that a period bears, from records of what was put into service (scope 3, 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analytics.kpi import Kpi
from analytics.scope3 import HOURS_PER_YEAR, embodied_kgco2e

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "emissions_embodied_kgco2e"
UNIT: Final = "kgCO2e"
SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """One record of hardware: embodied emissions [kgCO2e], and when it went into service [UTC s]."""

    id: str
    kgco2e: float
    since_s: int


def emissions_embodied_kgco2e(
    *,
    hardware: Sequence[Hardware],
    lifetime_years: float | None,
    start: int,
    end: int,
    site: str,
    waiting: int = 0,
    config_hash: str = "",
) -> Kpi:
    """Return what of the hardware's embodied emissions falls upon the period: TE x hours in service / lifetime.

    Args:
        hardware: approved records.
        lifetime_years: of the company's policy; without one there is no figure.
        start: begin of the period [UTC s].
        end: its end.
        site: site id.
        waiting: records that nobody has approved: they are not in, and the figure says so.
        config_hash: fingerprint of the configuration.

    Hours count busy or idle, and none beyond the lifetime. A server of 1,000 kg over 4 years bears 28.54 g an hour.
    """
    reason = _reason(hardware, lifetime_years)
    borne = {} if lifetime_years is None else {one.id: _borne(one, lifetime_years, start, end) for one in hardware}
    total = sum(borne.values())
    given = reason is None
    words = [f"hardware of records {', '.join(one.id for one in hardware)}"] if hardware else ["no hardware"]
    words += [f"spread evenly over {lifetime_years:g} years"] if lifetime_years else []
    words += [f"{waiting} records wait for approval and are not in"] if waiting else []
    return Kpi(
        name=NAME,
        unit=UNIT,
        site=site,
        start=start,
        end=end,
        value_reported=total if given else None,
        value_measured=None,
        low=None,
        high=None,
        measured=0.0,
        estimated=1.0 if given else 0.0,
        missing=0.0 if given else 1.0,
        method="; ".join(words),
        reason=reason,
        config_hash=config_hash,
    )


def _borne(one: Hardware, lifetime_years: float, start: int, end: int) -> float:
    before_h = max(0, start - one.since_s) / SECONDS_PER_HOUR
    reserved_h = max(0, end - max(start, one.since_s)) / SECONDS_PER_HOUR
    return embodied_kgco2e(
        total_kgco2e=one.kgco2e,
        lifetime_h=lifetime_years * HOURS_PER_YEAR,
        reserved_h=reserved_h,
        used_before_h=before_h,
    )


def _reason(hardware: Sequence[Hardware], lifetime_years: float | None) -> str | None:
    if lifetime_years is None:
        return "nothing says how long hardware serves: set hardware_lifetime_years in [company]"
    if not hardware:
        return "no approved record of hardware: enter what is in service with its embodied emissions"
    return None
