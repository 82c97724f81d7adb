"""Indicators of Regulation (EU) 2024/1364 from what is known of a site's year: given values, and those that follow.

What is not given stays without a value and says so; nothing is guessed. The period is a calendar year of the site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analytics.relatives import KWH_PER_MWH, UNVERIFIED, erf, ref, wue
from config.errors import InputError
from config.reading.wording import remedy
from config.reports.eed import indicators

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from config.reports.eed import Indicator

L_PER_M3: Final = 1000
SIZES_KW: Final = ((100, "very small"), (500, "small"), (1000, "medium"), (2000, "large"), (10_000, "very large"))
AMOUNTS: Final = frozenset(
    {"PDIT", "SDC", "SCR", "EDC", "EDC-BG", "EIT", "CBtG", "WIN", "WIN-POT", "EREUSE", "CDD"}
    | {"ERES-GOO", "ERES-PPA", "ERES-OS", "ERES-TOT", "CSERV", "CSTOR", "BIN", "BOUT", "TIN-TRAFFIC", "TOUT"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One indicator with its value; None with a reason where it is not known."""

    clause: str
    code: str
    name: str
    unit: str
    value: float | str | None
    method: str
    reason: str | None = None


def eed_pue(*, edc_kwh: float, eit_kwh: float) -> float | None:
    """Return PUE = EDC / EIT (Annex III(a)), both in plain kWh of all carriers.

    >>> eed_pue(edc_kwh=12_000_000.0, eit_kwh=10_000_000.0)
    1.2
    """
    return edc_kwh / eit_kwh if eit_kwh > 0 else None


def eed_wue(*, win_m3: float, eit_kwh: float) -> float | None:
    """Return WUE = WIN / EIT in m3/MWh, with EIT in MWh (Annex III(b)); m3/MWh are L/kWh.

    >>> eed_wue(win_m3=18_000.0, eit_kwh=10_000_000.0)
    1.8
    """
    return wue(water_l=win_m3, it_energy_kwh=eit_kwh / KWH_PER_MWH)


def eres_tot(*, goo_kwh: float, ppa_kwh: float, on_site_kwh: float) -> float:
    """Return ERES-TOT = ERES-GOO + ERES-PPA + ERES-OS [kWh] (Annex II 1(o)).

    No guarantee of origin of a PPA or of on-site plant is in ERES-GOO; theirs count where they are owned and retired.

    >>> eres_tot(goo_kwh=5.0, ppa_kwh=3.0, on_site_kwh=1.0)
    9.0
    """
    return goo_kwh + ppa_kwh + on_site_kwh


def size_category(*, installed_it_kw: float) -> str:
    """Return the size category of Annex IV by installed IT power [kW], each from its lower bound on.

    The text does not say to which side a bound belongs; here it opens the larger category.

    >>> [size_category(installed_it_kw=kw) for kw in (99, 100, 500, 1000, 2000, 10_000)]
    ['below the scheme', 'very small', 'small', 'medium', 'large', 'very large']
    """
    fitting = [name for bound, name in SIZES_KW if installed_it_kw >= bound]
    return fitting[-1] if fitting else "below the scheme"


def eed_figures(
    *,
    given: Mapping[str, float | str],
    methods: Mapping[str, str] | None = None,
    withheld: Collection[str] = (),
    edition: str = "2024/1364",
) -> list[Figure]:
    """Return every indicator of an edition: values that are given by code, and PUE, WUE, ERF, REF, ERES-TOT and SIZE.

    A ratio that is given stands before its formula: the books compute it over the time in which both of its amounts
    were seen, where the amounts of the year also hold what was put in for time that was not. `methods` says by code
    where a given value comes from; no formula is used for a code that is `withheld`.

    Raises:
        InputError: a code is not in the list, an amount is negative, or a part is larger than its whole.

    >>> {figure.code: figure.value for figure in eed_figures(given={"EDC": 150.0, "EIT": 100.0})}["PUE"]
    1.5
    """
    listed = indicators(edition)
    _refuse(given, {indicator.code for indicator in listed})
    derived = {code: value for code, value in _derived(given).items() if code not in withheld}
    known = {**derived, **given}
    said = methods or {}
    return [
        Figure(
            clause=one.clause,
            code=one.code,
            name=one.name,
            unit=one.unit,
            value=known.get(one.code),
            method=_method(one, said.get(one.code, "given") if one.code in given else one.formula or "given"),
            reason=None if known.get(one.code) is not None else _reason(one.code),
        )
        for one in listed
    ]


def _method(indicator: Indicator, method: str) -> str:
    return method if indicator.verified else f"{method}; edition {indicator.edition}, {UNVERIFIED}"


_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ERES-TOT": ("ERES-GOO", "ERES-PPA", "ERES-OS"),
    "PUE": ("EDC", "EIT"),
    "WUE": ("WIN", "EIT"),
    "ERF": ("EREUSE", "EDC"),
    "REF": ("ERES-TOT", "EDC"),
    "SIZE": ("PDIT",),
}


def _derived(given: Mapping[str, float | str]) -> dict[str, float | str | None]:
    found: dict[str, float | str | None] = {}
    numbers = {code: float(value) for code, value in given.items() if code in AMOUNTS}
    if all(code in numbers for code in _NEEDS["ERES-TOT"]):
        goo, ppa, on_site = (numbers[code] for code in _NEEDS["ERES-TOT"])
        numbers["ERES-TOT"] = eres_tot(goo_kwh=goo, ppa_kwh=ppa, on_site_kwh=on_site)
        found["ERES-TOT"] = numbers["ERES-TOT"]
    formulas: dict[str, Callable[..., float | str | None]] = {
        "PUE": lambda edc, eit: eed_pue(edc_kwh=edc, eit_kwh=eit),
        "WUE": lambda win, eit: eed_wue(win_m3=win, eit_kwh=eit),
        "ERF": lambda reused, edc: erf(reused_energy_kwh=reused, facility_energy_kwh=edc),
        "REF": lambda renewable, edc: ref(renewable_energy_kwh=renewable, facility_energy_kwh=edc),
        "SIZE": lambda kw: size_category(installed_it_kw=kw),
    }
    for code, formula in formulas.items():
        if all(need in numbers for need in _NEEDS[code]):
            found[code] = formula(*(numbers[need] for need in _NEEDS[code]))
    return found


def _reason(code: str) -> str:
    needs = _NEEDS.get(code)
    return "not known: enter it" if needs is None else f"needs {' and '.join(needs)} above 0"


_PARTS: Final = (("EDC-BG", "EDC"), ("WIN-POT", "WIN"), ("SCR", "SDC"))


def _refuse(given: Mapping[str, float | str], codes: set[str]) -> None:
    for code, value in given.items():
        if code not in codes:
            msg = f'"{code}" is no indicator of this edition; {remedy(code, codes)}'
            raise InputError(msg)
        if code in AMOUNTS and float(value) < 0:
            msg = f"{code} is {value} but cannot be negative: correct it"
            raise InputError(msg)
    for part, whole in _PARTS:
        if part in given and whole in given and float(given[part]) > float(given[whole]):
            msg = f"{part} is larger than {whole}, of which it is a part: correct one of the two"
            raise InputError(msg)
