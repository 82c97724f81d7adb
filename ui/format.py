"""Numbers, units and times as people read them. One module, so that a figure looks the same on every page.

Stored units stay W, kWh, kg and UTC seconds; scaling happens here. What is missing is "-", never 0. A share prints as
100 % or 0 % only when it is exactly that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from config.reading.wording import EXACT, unrounded
from ui.text import t

if TYPE_CHECKING:
    from datetime import tzinfo

MISSING = "-"
SPACE = "\u00a0"  # a number never parts from its unit
_TO = f"{SPACE}\u2013\u2060{SPACE}"  # nor an interval in two
STEP = 1000.0
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
TENTHS_BELOW = 10  # days
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit for people: stored value / `divisor` is the number to print before `unit`."""

    divisor: float
    unit: str


POWER = (Scale(1e3, "kW"), Scale(1e6, "MW"), Scale(1e9, "GW"))  # stored in W
ENERGY = (Scale(1.0, "kWh"), Scale(1e3, "MWh"), Scale(1e6, "GWh"))  # stored in kWh
EMISSION = (Scale(1.0, "kgCO₂e"), Scale(1e3, "tCO₂e"), Scale(1e6, "ktCO₂e"))  # stored in kg
BIOGENIC = tuple(Scale(step.divisor, step.unit.removesuffix("e")) for step in EMISSION)  # CO2 alone, stored in kg
_BELOW = {
    POWER: Scale(1.0, "W"),
    ENERGY: Scale(1e-3, "Wh"),
    EMISSION: Scale(1e-3, "gCO₂e"),
    BIOGENIC: Scale(1e-3, "gCO₂"),
}
_FIRST = 0.1  # of the first step: less is printed in the unit below, 12.0 W for 0.0120 kW
_LEAST = 0.01  # of the unit below: less is the dust of sums, and prints as less than this
_STEPS = {"W": POWER, "kWh": ENERGY, "kgCO2e": EMISSION, "kgCO2": BIOGENIC}
_PLAIN = {"ratio", "1", ""}


def scale(steps: tuple[Scale, ...], largest: float) -> Scale:
    """The step at which `largest`, rounded to three digits, stays below 1,000 (the last step has no limit).

    What is less than a tenth of the first step has the unit below, where there is one; nothing keeps the first step.
    """
    if steps in _BELOW and 0 < abs(_rounded(largest / steps[0].divisor)) < _FIRST:
        return _BELOW[steps]
    for step in steps[:-1]:
        if abs(_rounded(largest / step.divisor)) < STEP:
            return step
    return steps[-1]


def width(text: str) -> int:
    """Columns that a text takes; letters of East Asia take two.

    >>> width("FRA-1"), width("上海")
    (5, 4)
    """
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _rounded(value: float, digits: int = 3) -> float:
    return float(f"{value:.{digits - 1}e}")


def number(value: float | None, digits: int = 3) -> str:
    """`value` with `digits` significant digits and thousands marks: 4.65, 46.5, 1,240; "-" where missing."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    rounded = _rounded(value, digits)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"


def _scaled(value: float | None, steps: tuple[Scale, ...]) -> str:
    if value is None or not math.isfinite(value):
        return MISSING
    step = scale(steps, value)
    if 0 < abs(value / step.divisor) < _LEAST:
        return f"{'<' if value > 0 else '> -'}{SPACE if value > 0 else ''}{_LEAST}{SPACE}{step.unit}"
    return f"{number(value / step.divisor)}{SPACE}{step.unit}"


def power(watts: float | None) -> str:
    """Power [W] as kW, from 1 MW on as MW."""
    return _scaled(watts, POWER)


def energy(kwh: float | None) -> str:
    """Energy [kWh] as kWh, MWh or GWh."""
    return _scaled(kwh, ENERGY)


def emission(kg: float | None) -> str:
    """Emissions [kgCO2e] as kgCO₂e or tCO₂e."""
    return _scaled(kg, EMISSION)


def celsius(value: float | None) -> str:
    """A temperature in whole degrees."""
    return MISSING if value is None or not math.isfinite(value) else f"{value:.0f}{SPACE}°C"


def ratio(value: float | None) -> str:
    """A PUE or a share 0 to 1 with two decimals; with more where a share would read 0 or 1 and is not: 0.996."""
    return MISSING if value is None or not math.isfinite(value) else unrounded(value, 2, (0.0, 1.0))


def percent(share: float | None) -> str:
    """A share 0 to 1 without decimals; never rounded up to 100 % nor down to 0 %."""
    if share is None or not math.isfinite(share):
        return MISSING
    share = round(share, EXACT)
    whole = round(100 * share)
    if whole == 100 and share < 1:  # noqa: PLR2004 - percent
        return f">{SPACE}99{SPACE}%"
    if whole == 0 and share > 0:
        return f"<{SPACE}1{SPACE}%"
    return f"{whole}{SPACE}%"


def drawn_percent(share: float, decimals: int) -> float:
    """A share 0 to 1 as the number of a chart whose tooltip has `decimals`: 0 and 100 only when it is exactly that.

    >>> drawn_percent(0.996, 0), drawn_percent(0.0001, 1), drawn_percent(0.5, 0), drawn_percent(1.0, 0)
    (99.0, 0.1, 50.0, 100.0)
    """
    share, least = round(share, EXACT), 10.0**-decimals
    return 100 * share if share <= 0 or share >= 1 else min(max(100 * share, least), 100 - least)


def signed(value: float | None, digits: int = 2) -> str:
    """A change with its sign and `digits` decimals: +0.02, -0.10; 0.00 without a sign where it rounds to nothing."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:+.{digits}f}"
    return text[1:] if not float(text) else text


def signed_percent(share: float | None) -> str:
    """A relative change with its sign: +2 %, -12 %, below 10 % with one decimal; 0 % where it rounds to nothing."""
    if share is None or not math.isfinite(share):
        return MISSING
    percent = 100 * share
    text = signed(percent, 0 if abs(percent) >= 10 else 1)  # noqa: PLR2004 - two digits say enough
    return f"{text if float(text) else 0}{SPACE}%"


def quantity(value: float | None, unit: str) -> str:
    """A stored value with its stored unit, scaled where the unit has steps of its own."""
    if unit in _STEPS:
        return _scaled(value, _STEPS[unit])
    if unit in _PLAIN:
        return ratio(value)
    return MISSING if value is None else f"{number(value)}{SPACE}{printed(unit)}"


def printed(unit: str) -> str:
    """A stored unit as it is printed: kgCO₂e/kWh."""
    return unit.replace("CO2", "CO₂")


def change(value: float | None, unit: str) -> str:
    """What is added to a figure: with its sign and two decimals where the unit is plain, else as `quantity`."""
    return signed(value) if unit in _PLAIN else quantity(value, unit)


def bounds(low: float | None, high: float | None, unit: str) -> str:
    """An interval in the scale of its upper bound, the unit once: 753 to 799 MWh; "-" without both bounds."""
    if low is None or high is None:
        return MISSING
    if unit not in _STEPS:
        return f"{ratio(low)}{_TO}{ratio(high)}" if unit in _PLAIN else _between(low, high, printed(unit))
    step = scale(_STEPS[unit], high)
    return _between(low / step.divisor, high / step.divisor, step.unit)


def _between(low: float, high: float, unit: str) -> str:
    return f"{number(low)}{_TO}{number(high)}{SPACE}{unit}"


def iso(time: float) -> str:
    """UTC instant as ISO 8601 with `Z`, whole seconds."""
    return datetime.fromtimestamp(int(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(time: float, zone: tzinfo) -> str:
    """Hour and minute in a site's zone: 14:19."""
    return datetime.fromtimestamp(time, zone).strftime("%H:%M")


def day(time: float, zone: tzinfo, lang: str) -> str:
    """Day and month in a site's zone: 16 Jun, 6月16日."""
    local = datetime.fromtimestamp(time, zone)
    return t("time.day", lang, day=local.day, month=t(f"time.month_{local.month}", lang), number=local.month)


def month(time: float, zone: tzinfo) -> str:
    """Year and month in a site's zone, the same in every language: 2026-06."""
    return datetime.fromtimestamp(time, zone).strftime("%Y-%m")


def day_clock(time: float, zone: tzinfo, lang: str) -> str:
    """Day and clock in a site's zone: 16 Jun, 14:19."""
    return t("time.day_clock", lang, day=day(time, zone, lang), clock=clock(time, zone))


def weekday_day(time: float, zone: tzinfo, lang: str) -> str:
    """Weekday, day and month: Tue 16 Jun, 6月16日 周二."""
    return t("time.weekday_day", lang, weekday=_weekday(time, zone, lang), day=day(time, zone, lang))


def weekday_date(time: float, zone: tzinfo, lang: str) -> str:
    """Weekday and day of the month, for narrow places: Tue 16, 16日 周二."""
    number_ = datetime.fromtimestamp(time, zone).day
    return t("time.weekday_date", lang, weekday=_weekday(time, zone, lang), number=f"{number_:02d}")


def _weekday(time: float, zone: tzinfo, lang: str) -> str:
    day_of_week = datetime.fromtimestamp(time, zone).weekday()
    return t(f"time.{_WEEKDAYS[day_of_week]}", lang)


def moment(time: float, zone: tzinfo, lang: str) -> str:
    """Full date, clock and zone: Tue 16 Jun 2026, 14:30 CEST."""
    local = datetime.fromtimestamp(time, zone)
    return t(
        "time.moment",
        lang,
        weekday=_weekday(time, zone, lang),
        day=day(time, zone, lang),
        year=local.year,
        clock=f"{local:%H:%M} {local:%Z}",
    )


def duration(seconds: float, lang: str) -> str:
    """Length of time in whole seconds, minutes, hours (up to 47) or days, to a tenth below ten: 8 s, 24 h, 4.9 d."""
    if seconds >= 2 * _DAY_S:
        days = seconds / _DAY_S
        return t("time.d", lang, n=f"{days:.1f}".removesuffix(".0") if days < TENTHS_BELOW else f"{days:.0f}")
    for least_s, length_s, key in ((_HOUR_S, _HOUR_S, "time.h"), (_MINUTE_S, _MINUTE_S, "time.min")):
        if seconds >= least_s:
            return t(key, lang, n=int(seconds // length_s))
    return t("time.s", lang, n=int(max(0.0, seconds)))
