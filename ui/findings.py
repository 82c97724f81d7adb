"""Card titles: a sentence that the figures themselves say, or a neutral name where they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import format as fmt
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from ui.figures import Use
    from ui.live import Freshness
    from ui.series import PowerSeries

_STEADY = 0.02  # highest within 2 % of lowest: steady
_PEAK = 1.25  # highest over the mean by a quarter: a peak worth naming
_WORTH_NAMING = 0.02  # a use below 2 % of the whole is not named in a title


def power(series: PowerSeries, *, zone: tzinfo, lang: str) -> str:
    """What site power did: steady, between two bounds, or with a peak."""
    known = [(watts, time) for watts, time in zip(series.total, series.times, strict=True) if watts is not None]
    if not known:
        return t("power.neutral", lang)
    low, (high, when) = min(known)[0], max(known)
    mean = sum(watts for watts, _ in known) / len(known)
    if high - low <= _STEADY * high:
        return t("power.level", lang, high=fmt.power(mean))
    if high > _PEAK * mean:
        return t("power.peaked", lang, high=fmt.power(high), when=fmt.day_clock(when, zone, lang))
    return t("power.between", lang, low=fmt.power(low), high=fmt.power(high))


def pue(value: float | None, lang: str) -> str:
    """What the PUE means, in a sentence that needs no acronym."""
    return t("pue.unknown", lang) if value is None else t("pue.title", lang, value=fmt.ratio(value))


def uses(found: Sequence[Use], lang: str) -> str:
    """How much of the energy reached IT, and what took most of the rest."""
    known = {use.name: use.energy_kwh for use in found if use.energy_kwh is not None}
    total = sum(known.values())
    if not total or "it" not in known:
        return t("uses.neutral", lang)
    share = fmt.percent(known["it"] / total)
    rest = {name: kwh / total for name, kwh in known.items() if name != "it"}
    largest = max(rest, key=rest.__getitem__, default=None)
    if largest is None or rest[largest] < _WORTH_NAMING:
        return t("uses.title", lang, share=share)
    name = t(f"use.{largest}", lang).lower()
    return t("uses.largest_loss", lang, share=share, name=name, other=fmt.percent(rest[largest]))


def freshness(found: Freshness, lang: str) -> str:
    """How many meters are silent, and how much of IT power is seen nevertheless."""
    silent = len(found.silent)
    if found.points == 0 or found.newest_age_s is None:
        return t("fresh.none", lang)
    if not silent:
        return t("fresh.all", lang, n=found.points)
    key = "fresh.one" if silent == 1 else "fresh.many"
    title = t(key, lang, n=silent, all=found.points)
    share = found.it_power_seen_share
    return title if share is None else title + t("fresh.seen", lang, share=fmt.percent(share))
