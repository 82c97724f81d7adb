"""Card titles: a sentence that the figures themselves say, or a neutral name where they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import format as fmt
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import tzinfo

    from analytics.change import Change
    from analytics.kpi import Kpi
    from ui.figures.by_use import Use
    from ui.figures.hours import GridHours
    from ui.figures.live import Freshness
    from ui.figures.series import PowerSeries

_STEADY = 0.02  # highest within 2 % of lowest: steady
_PEAK = 1.25  # highest over the mean by a quarter: a peak worth naming
_WORTH_NAMING = 0.02  # a use below 2 % of the whole is not named in a title
_WORTH_SHIFTING = 0.05  # hours less than 5 % cleaner than the mean are no reason to move a job
_CHANGED = 0.005  # below half a percent a figure is as before
_DUST = 1e-9
_BALANCED = 0.001  # books balance within it (design 8.3)
_SEEN_OVERHEAD = ("cooling", "overhead")  # without either, most of what is called losses is cooling


def power(series: PowerSeries, *, zone: tzinfo, lang: str) -> str:
    """What site power did: steady, between two bounds, or with a peak; nothing where most of the time is not known."""
    known = [(watts, time) for watts, time in zip(series.total, series.times, strict=True) if watts is not None]
    if 2 * len(known) < len(series.times) or not known:
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
    if min(known.values()) < -_BALANCED * total:
        return t("uses.contradict", lang)
    share = fmt.percent(known["it"] / total)
    rest = {name: kwh / total for name, kwh in known.items() if name != "it"}
    largest = max(rest, key=rest.__getitem__, default=None)
    if largest is None or rest[largest] < _WORTH_NAMING:
        return t("uses.title", lang, share=share)
    name = use_name(largest, known, lang)
    name = name[0].lower() + name[1:]
    return t("uses.largest_loss", lang, share=share, name=name, other=fmt.percent(rest[largest]))


def use_name(use: str, known: Collection[str], lang: str) -> str:
    """The name of a use among those that are `known`: what is left is no mere loss where no meter sees what cools."""
    rest = use == "losses" and not any(one in known for one in _SEEN_OVERHEAD)
    return t("use.rest" if rest else f"use.{use}", lang)


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


def emissions(kpi: Kpi | None, changed: Change | None, *, period: str, lang: str) -> str:
    """What was emitted, and how that compares with the period before."""
    if kpi is None or kpi.value is None:
        return t("carbon.unknown", lang)
    amount = fmt.emission(kpi.value)
    if changed is None or changed.relative is None:
        return t("carbon.title", lang, amount=amount, period=period)
    if abs(changed.relative) < _CHANGED:
        return t("carbon.same", lang, amount=amount, period=period)
    share = fmt.percent(abs(changed.relative))
    return t("carbon.more" if changed.relative > 0 else "carbon.less", lang, amount=amount, period=period, share=share)


def hours(found: GridHours, lang: str) -> str:
    """When the grid is cleaner than its day, where that is worth waiting for."""
    lowest = found.lowest
    if lowest is None:
        return t("hours.neutral", lang)
    if lowest.below < _WORTH_SHIFTING:
        return t("hours.even", lang, share=fmt.percent(_WORTH_SHIFTING))
    last = (lowest.first + lowest.width) % 24
    return t("hours.title", lang, first=f"{lowest.first:02d}", last=f"{last:02d}", share=fmt.percent(lowest.below))


def quality(shares: Sequence[tuple[float, float, float]], lang: str) -> str:
    """Whether all days were measured, or how many were not."""
    estimated = sum(day[1] > _DUST for day in shares)
    missing = sum(day[2] > _DUST for day in shares)
    days = len(shares)
    if not days or all(day[2] >= 1 for day in shares):
        return t("quality.none", lang)
    if not estimated and not missing:
        return t("quality.all", lang, n=days)
    if not missing:
        return t("quality.estimated", lang, n=days, estimated=estimated)
    return t("quality.both" if estimated else "quality.missing", lang, n=days, missing=missing, estimated=estimated)


def company(it_kwh: Sequence[tuple[str, float | None]], lang: str) -> str:
    """Which site, by its name, takes most of the company's IT energy; nothing where a site's is not known."""
    known = [(kwh, name) for name, kwh in it_kwh if kwh is not None]
    total = sum(kwh for kwh, _ in known)
    if len(known) < len(it_kwh) or not total:
        return t("company.neutral", lang)
    most, name = max(known)
    return t("company.title", lang, name=name, share=fmt.percent(most / total))
