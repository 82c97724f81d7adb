"""Card titles of the pages of energy, carbon and racks: what the figures themselves say, or a neutral name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.change import relative_change
from analytics.racks import WARM_C
from ui import format as fmt
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.figures.energy_course import By, HourGrid, Part
    from ui.figures.green_course import ContractUse, Scope2
    from ui.figures.racks import RackNow

_ALL = 1 - 1e-9
_FULL = 0.9  # of a rack's rating
_EVEN = 0.05  # hours within 5 % of the mean are no pattern


def course(parts: Sequence[Part], names: Mapping[int, str], by: By, lang: str) -> str:
    """How the last whole month or day compares with the one before it, where both were seen."""
    whole = [part for part in parts if part.whole and part.facility.value is not None]
    if not whole:
        return t("energy.course_neutral", lang)
    last = whole[-1]
    words = {"name": names[last.start], "energy": fmt.energy(last.facility.value)}
    at = "" if last.pue.value is None else t("energy.course_at", lang, pue=fmt.ratio(last.pue.value))
    former = next((part for part in whole if part.end == last.start), None)
    change = relative_change(last.facility.value, former.facility.value) if former else None
    if change is None or (by == "month" and not _same_length(last, former)):
        return t("energy.course_last", lang, **words) + at
    return t("energy.course_change", lang, **words, change=fmt.signed_percent(change)) + at


def _same_length(one: Part, other: Part | None) -> bool:
    """Whether two months may be compared as bare sums: none is longer by more than a day of clock change."""
    return other is not None and abs((one.end - one.start) - (other.end - other.start)) <= 3600  # noqa: PLR2004 - s


def power_hours(found: HourGrid, lang: str) -> str:
    """At which hour of the day the site draws most."""
    grid = np.array([[np.nan if value is None else value for value in row] for row in found.values])
    if not np.isfinite(grid).any(axis=0).all():
        return t("energy.hours_neutral", lang)
    hourly = np.nansum(grid, axis=0) / np.isfinite(grid).sum(axis=0)
    peak, mean = int(hourly.argmax()), float(hourly.mean())
    if mean <= 0 or hourly[peak] / mean - 1 < _EVEN:
        return t("energy.hours_even", lang, share=fmt.percent(_EVEN))
    return t("energy.hours_peak", lang, hour=f"{peak:02d}", share=fmt.percent(float(hourly[peak]) / mean - 1))


def zone(ppue: float | None, name: str, lang: str) -> str:
    """What the partial PUE of a zone is."""
    if ppue is None:
        return t("energy.zone_unknown", lang, name=name)
    return t("energy.zone_title", lang, name=name, value=fmt.ratio(ppue))


def matched(found: HourGrid, lang: str) -> str:
    """In how many hours contracts covered everything."""
    known = found.known
    whole = sum(share >= _ALL for share in known)
    if not whole:
        return t("green.matched_never", lang, n=len(known))
    return t("green.matched_title", lang, share=fmt.percent(whole / len(known)), n=len(known))


def scope_2(found: Sequence[Scope2], names: Mapping[int, str], lang: str) -> str:
    """Both figures of the last whole month."""
    whole = [one for one in found if one.whole and one.location.value is not None and one.market.value is not None]
    if not whole:
        return t("green.months_neutral", lang)
    last = whole[-1]
    location, market = fmt.emission(last.location.value), fmt.emission(last.market.value)
    return t("green.months_title", lang, month=names[last.start], location=location, market=market)


def contracts(found: Sequence[ContractUse], bought_kwh: float | None, lang: str) -> str:
    """How much of what was bought contracts cover."""
    used = sum(one.used_kwh for one in found)
    if not bought_kwh:
        return t("green.contracts_neutral", lang, n=len(found))
    share = fmt.percent(min(1.0, used / bought_kwh))
    return t("green.contracts_title", lang, used=fmt.energy(used), share=share)


def racks(found: Sequence[RackNow], lang: str) -> str:
    """What is to be looked at first: full racks, warm ones, and those that are not seen."""
    full = sum(one.load.share is not None and one.load.share >= _FULL for one in found)
    warm = sum(one.inlet_c is not None and one.inlet_c > WARM_C for one in found)
    dark = sum(one.load.watts is None for one in found)
    unrated = sum(one.load.watts is not None and one.load.share is None for one in found)
    if not full and not warm and not dark and not unrated:
        return t("floor.all_well", lang, n=len(found), full=fmt.percent(_FULL))
    parts = [
        t(f"floor.{key}", lang, n=count, full=fmt.percent(_FULL), warm=fmt.celsius(WARM_C))
        for key, count in (("full", full), ("warm", warm), ("dark", dark), ("unrated", unrated))
        if count
    ]
    return t("floor.of_all", lang, parts=t("floor.and", lang).join(parts), n=len(found))


def room(found: Sequence[RackNow], name: str, lang: str) -> str:
    """What the racks of a room draw together, or how many of them are seen."""
    known = [one.load.watts for one in found if one.load.watts is not None]
    if len(known) == len(found):
        return t("floor.room", lang, name=name, n=len(found), power=fmt.power(sum(known)))
    return t("floor.room_partly", lang, name=name, n=len(found), seen=len(known))


def rack(one: RackNow, lang: str) -> str:
    """What a rack draws of its rating, or what of it is seen."""
    if one.load.watts is None:
        return t("floor.rack_dark", lang, name=one.rack.name, seen=one.load.seen, all=one.load.loads)
    power = fmt.power(one.load.watts)
    if one.load.share is None:
        return t("floor.rack_unrated", lang, name=one.rack.name, power=power)
    share, rating = fmt.percent(one.load.share), fmt.power(one.rack.rating_w)
    return t("floor.rack", lang, name=one.rack.name, power=power, share=share, rating=rating)
