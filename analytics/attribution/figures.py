"""Figures of one subject: its IT energy, and its part of what is said of the whole site."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.attribution.steps import steps_kwh
from analytics.attribution.work import Dark
from analytics.energy import MISSING_LIMIT
from analytics.kpi import Kpi, without
from analytics.sheets import FULL
from config.reading.wording import four_digits, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.attribution.sums import Amount

NAME = "it_energy_kwh"
WS_PER_KWH: Final = 3.6e6
SEEN: Final = Dark()


def it_energy_of(
    amount: Amount,
    *,
    rule: str,
    site: str,
    start: int,
    end: int,
    unmetered: Dark = SEEN,
    limit: float = MISSING_LIMIT,
    config_hash: str = "",
) -> Kpi:
    """Return the IT energy that a subject had, with its own shares of time.

    As the energy of points (`analytics.energy`): missing time at the nodes' ceilings in `value_reported`, none above
    `limit` of it, nor where more than that of its time was on nodes that no meter sees (`unmetered`), which is missing
    in its shares of time and counts as missing time: at the ceilings of these nodes. `low` and `high` also hold
    whatever split of what is above idle among those who shared a part, and what the steps of registers hide; the
    meters' errors are taken as if all erred alike.
    """
    own = amount.own
    error = own["error"] / own["energy"] if own["energy"] > 0 else 0.0
    off = steps_kwh(own)
    reason = _reason(amount, unmetered, limit)
    given = reason is None
    time = own["seconds"]
    measured, missing = (own["measured_s"] / time, own["missing_s"] / time) if time > 0 else (1.0, 0.0)
    measured, missing = measured * (1 - unmetered.share), missing + unmetered.share * (1 - missing)
    return Kpi(
        name=NAME,
        unit="kWh",
        site=site,
        start=start,
        end=end,
        value_reported=own["energy"] + own["fill"] + unmetered.kwh if given else None,
        value_measured=own["energy"],
        low=max(own["low"] * (1 - error) - off, 0.0) if given else None,
        high=own["high"] * (1 + error) + own["high_fill"] + unmetered.kwh + off if given else None,
        measured=measured,
        estimated=max(0.0, 1 - measured - missing),
        missing=missing,
        method=_method(amount, rule, unmetered),
        category=3,
        reason=reason,
        config_hash=config_hash,
    )


def part_of(  # noqa: PLR0913 - a figure, whose, and what bears on its part
    figure: Kpi,
    amount: Amount,
    own: Kpi,
    *,
    quantity: str,
    total: float,
    unmetered: Dark = SEEN,
    spans: Sequence[float] | None = None,
    silent: float = 0.0,
    unknown: float = 0.0,
    limit: float = MISSING_LIMIT,
) -> Kpi:
    """Return a subject's part of a site's figure: F * a / A, with a of A what it had of a quantity of the site.

    Args:
        figure: of the whole site.
        amount: of the subject.
        own: the subject's IT energy, whose shares of time and reason also hold here.
        quantity: by which `figure` is shared.
        total: of all subjects.
        unmetered: its time on nodes that no meter sees, which raises `high` alone.
        spans: the same at least, at most, and as far as it was measured; all as `total` where None.
        silent: how much of `total` is shared by last known power: so much less of the figure is measured.
        unknown: how much of `total` is shared by what equipment that was never read may have taken.
        limit: above this part of it there is no figure.

    Its shares of time are the worst of the site's, its own, and those of its amount by the rate (the grid's intensity)
    of its intervals. Without a total there is nothing to share by.
    """
    value, low, high = amount.site[quantity]
    by_rate, without_rate = amount.quality.get(quantity, (1.0, 0.0))
    reason = own.reason or figure.reason or _unshared(total, unknown, limit) or _rateless(without_rate, limit)

    least, most, read = (total,) * 3 if spans is None else spans

    def times(amount: float | None, share: float, whole: float = total) -> float | None:
        if amount is None or total <= 0:
            return None
        return amount * share / whole if whole > 0 else 0.0

    missing = max(figure.missing, own.missing, without_rate)
    seen = 1 - silent / total if total > 0 else 1.0
    measured = min(figure.measured, own.measured, seen, by_rate, 1 - missing)
    figure = replace(figure, measured=measured, estimated=max(0.0, 1 - measured - missing), missing=missing)
    if reason is not None:
        bare = without(figure, name=figure.name, unit=figure.unit, reason=reason)
        return replace(bare, value_measured=times(figure.value_measured, amount.measured[quantity], read))
    off = steps_kwh(amount.own) / amount.own["energy"] if amount.own["energy"] > 0 else 0.0
    low, high = low * max(1 - off, 0.0), min(max(high, value) * (1 + off), most) if off else high
    if unmetered.kwh > 0:
        more = unmetered.kwh / amount.own["energy"] if amount.own["energy"] > 0 else np.inf
        high = min(max(high, value) * (1 + more), most) if high > 0 else most
    reported = times(figure.value_reported, value)
    bottom, top = times(figure.low, low, least), times(figure.high, high, most)

    return replace(
        figure,
        value_reported=reported,
        value_measured=times(figure.value_measured, amount.measured[quantity], read),
        low=bottom if bottom is None or reported is None else min(bottom, reported),
        high=top if top is None or reported is None else max(top, reported),
        method=f"{percent(value / total, 4)} of the site by the share in IT of every interval; {figure.method}",
    )


def _rateless(share: float, limit: float) -> str | None:
    if share <= limit:
        return None
    return f"{share:.1%} of it lies in intervals without a grid_intensity (limit {limit:.0%}): import it"


def _unshared(total: float, unknown: float, limit: float) -> str | None:
    if total <= 0:
        return "the site took nothing that could be shared"
    if unknown > limit * total:
        return (
            f"the power of {percent(unknown / total, 1)} of the site's IT was never known (limit {limit:.0%}): "
            "equipment without a meter or readings"
        )
    return None


def _reason(amount: Amount, unmetered: Dark, limit: float) -> str | None:
    own = amount.own
    if unmetered.nowhere:
        told = f"{unmetered.nowhere} of its job records name no node"
        return f"{told}, so that nothing measures them: import these with nodes"
    if unmetered.share > limit:
        return f"{percent(unmetered.share, 1)} of its time was on nodes that no meter sees (limit {limit:.0%})"
    seen = own["energy"] + own["lost"]
    if seen > 0 and own["lost"] > limit * seen:
        return f"{percent(own['lost'] / seen, 1)} of its energy by last known power is missing (limit {limit:.0%})"
    if isnan(unmetered.kwh):
        return "nothing bounds its time on nodes that no meter sees: set max_w"
    if own["unbounded"]:
        return "nothing bounds the missing time of its nodes: set max_w or approve an estimate"
    return None


def _method(amount: Amount, rule: str, unmetered: Dark) -> str:
    own = amount.own
    by_gpu = own["by_gpu"] / own["energy"] if own["energy"] > 0 else 0.0
    words = [f"shares of its nodes, idle power by {rule}", f"{percent(by_gpu)} of it on nodes whose GPUs are counted"]
    words += [_idle(own)] if own["idle"] > 0 else []
    words += [f"missing time filled at max_w with {own['fill']:.6g} kWh"] if own["fill"] else []
    words += [f"its time on nodes without a meter at max_w with {unmetered.kwh:.6g} kWh"] if unmetered.kwh > 0 else []
    return "; ".join(words)


def _idle(own: Mapping[str, float]) -> str:
    """Say which idle power was taken, the mean of its nodes by its shares of them, and whence."""
    watts = own["idle"] / own["seconds"] * WS_PER_KWH
    declared = own["idle_declared"] / own["idle"]
    if declared >= FULL:
        return f"idle power {four_digits(watts)} W a node, as declared"
    if declared <= 1 - FULL:
        return f"idle power {four_digits(watts)} W a node, the lowest of a week"
    return f"idle power {four_digits(watts)} W a node, {percent(declared)} of it declared, else the lowest of a week"
