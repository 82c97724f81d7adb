"""Relatives of PUE and the cost of energy, from the ledger and the site file: what to read and what to hand over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.effectiveness import TIME_USED, pue_points
from analytics.green import GRID_SHARE, Supply, cfe_of_period, matched_share_annual, matched_share_hourly, unseen_kwh
from analytics.instruments import held, vintage_kwh
from analytics.kpi import without
from analytics.losses import losses_of
from analytics.peaks import peak_points, pue_category_0_of_period
from analytics.ratios import RenewableYear, cer_of, cue_of, ref_of, wue_source_of
from analytics.reuse import erf_of
from analytics.utilisation import METRIC as UTILISATION
from analytics.utilisation import iteusv_of_period
from analytics.water import METRICS, provider_wue, water_points, wue_of_period
from analytics.water_taken import water_of_period
from collectors.arrays import arrow_of, empty_table, numpy_of
from collectors.ledger_row import LEDGER_SCHEMA
from config.factors.residual import absent
from ui.books.overheads import disclosed
from ui.figures.emissions import emissions_market, side_factor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.kpi import Kpi
    from config.electricity.contracts import Contract
    from config.electricity.tariffs import Tariff
    from ui.figures.site import Question

COLUMNS = ("start", "end", "point", "metric", "energy_kwh", "value", "measured", "missing", "low_kwh", "high_kwh")
DAY_S = 86_400
LEAP_DAY = (2, 29)
NO_GRID_SHARE = "nothing says how carbon-free the grid was: name a point that reads grid_carbon_free in grid_cfe_point"


def wue(question: Question) -> Kpi:
    """Water over IT energy, in the question's category."""
    stated = provider_wue(
        question.operated, category=question.category, site=question.site.id, config_hash=question.service.config_hash
    )
    if stated is not None:
        return stated
    trees = [era.tree for era in question.eras]
    points = {point for tree in trees for point in (*pue_points(tree, question.category), *water_points(tree))}
    return wue_of_period(
        question.ledger_rows(sorted(points), ("energy", *METRICS), COLUMNS),
        question.operated,
        category=question.category,
        site=question.site.id,
        config_hash=question.service.config_hash,
    )


def water_taken(question: Question) -> Kpi:
    """Water that the site took, of a period in which all of its time was read: nothing bounds what no meter saw."""
    points = {point for era in question.operated for point in water_points(era.tree)}
    found, _, _ = water_of_period(
        question.ledger_rows(sorted(points), METRICS, COLUMNS) if points else iter(()),
        question.operated,
        site=question.site.id,
        limit=0.0,
        config_hash=question.service.config_hash,
    )
    return found


def wue_with_source(question: Question) -> Kpi:
    """WUE with the water that making the electricity takes, by the mix of the year in which the period ends."""
    year = question.years[-1][1]
    water, note = side_factor(question, year, "water")
    if water is None:
        reason = absent(question.site.zone, year, "water")
        return without(question.wue, name="wue_with_source", unit="L/kWh", reason=reason)
    return wue_source_of(wue=question.wue, pue=question.pue, water=water, note=note)


def cer(question: Question) -> Kpi:
    """Heat that cooling removed, over the electricity that it took."""
    heat = question.energy("heat", "heat_removed points", lambda tree: tree.topmost("heat_removed"))
    return cer_of(heat=heat, cooling=question.cooling)


def iteusv(question: Question) -> Kpi:
    """How busy the servers in operation were: those of the period's last tree."""
    servers = [point.id for point in question.operated[-1].tree.points if point.role == "server"]
    start, end = question.operated[0].start, question.operated[-1].end
    rows = (
        question.service.ledger(start=start, end=end, points=servers, metrics=[UTILISATION])
        if servers
        else empty_table(LEDGER_SCHEMA)
    )
    return iteusv_of_period(
        rows,
        servers=len(servers),
        start=start,
        end=end,
        site=question.site.id,
        config_hash=question.service.config_hash,
    )


def losses(question: Question) -> Kpi:
    """Energy that no meter below the facility's sees, of the part of the period in which the site was open."""
    part = question.operated[0].start, question.operated[-1].end
    return losses_of(question.uses, replace(question.facility, start=part[0], end=part[1]), category=question.category)


def category_0(question: Question) -> Kpi:
    """Peak power of the facility over that of the UPS outputs."""
    return pue_category_0_of_period(
        tuple(question.tables(peak_points)),
        question.operated,
        site=question.site.id,
        all_electric=not question.site.carriers,
        config_hash=question.service.config_hash,
    )


def cue_market(question: Question) -> Kpi:
    """Market-based emissions of each kWh of IT."""
    told = {"name": "cue_market", "basis": "market-based"}
    facility, it = question.facility, question.it
    return cue_of(pue=question.pue, emissions=emissions_market(question), facility=facility, it=it, **told)


def erf(question: Question) -> Kpi:
    """Heat handed over, against all energy of the facility."""
    heat = question.energy("heat", "heat_export points", lambda tree: tree.topmost("heat_export"))
    return erf_of(heat=heat, facility=question.facility)


def touching(question: Question) -> list[Tariff]:
    """Tariffs of the site that hold at some time of the period."""
    tariffs = [tariff for tariff in question.service.settings.tariffs if tariff.site == question.site.id]
    return [one for one in tariffs if touches(one.valid_from, one.valid_to, question)]


def pue_12_months(question: Question) -> Kpi:
    """PUE of the twelve months that end with the period, on the site's own calendar; none before the site had them."""
    zone = ZoneInfo(question.site.time_zone)
    end = datetime.fromtimestamp(question.end, UTC).astimezone(zone)
    leap = (end.month, end.day) == LEAP_DAY
    start = end.replace(year=end.year - 1, day=end.day - leap)
    year = replace(question, start=int(start.timestamp()), whole=None)
    open_s = year.operated[-1].end - year.operated[0].start
    if open_s < TIME_USED * (year.end - year.start):
        reason = f"the site is open for {open_s / DAY_S:.3g} days: twelve months are not over, pue is of what there is"
        return without(year.pue, name="pue_12_months", unit="1", reason=reason)
    return replace(year.pue, name="pue_12_months", method=f"12 months; {year.pue.method}")


def touches(valid_from: int | None, valid_to: int | None, question: Question) -> bool:
    """Say whether what holds from `valid_from` to `valid_to` [UTC s] holds at any time of a question."""
    return (valid_from is None or valid_from < question.end) and (valid_to is None or valid_to > question.start)


def matched_annual(question: Question) -> Kpi:
    """Share of bought electricity that carbon-free certificates and tariffs of the period cover."""
    years = [(part.bought, part.claims) for part, _ in question.years]
    return matched_share_annual(energy=question.bought, years=years)


def matched_renewable(question: Question) -> Kpi:
    """The same of renewable ones: nuclear energy is carbon-free and not renewable, burnt waste may be the reverse."""
    years = [(part.bought, part.claims) for part, _ in question.years]
    return matched_share_annual(energy=question.bought, years=years, renewable=True)


def matched_hourly(question: Question) -> Kpi:
    """Share of bought electricity that metered contracts covered in the same hour."""
    found = matched_share_hourly(energy=question.bought, hours=question.entered.hours, supplies=supplies(question))
    return disclosed(found, question.eras)


def cfe(question: Question) -> Kpi:
    """24/7 carbon-free share: contracts of the same hour, and the grid's own share of the rest."""
    point = question.site.grid_cfe_point
    start, end = question.start, question.end
    found = cfe_of_period(
        energy=question.bought,
        hours=question.entered.hours,
        supplies=supplies(question),
        grid=question.service.ledger(start=start, end=end, points=[point], metrics=[GRID_SHARE])
        if point
        else empty_table(LEDGER_SCHEMA),
    )
    if point is None and found.reason is None:
        found = replace(found, value_reported=None, low=None, high=None, reason=NO_GRID_SHARE)
    return disclosed(found, question.eras)


def supplies(question: Question) -> list[Supply]:
    """What the meters of contracts saw for a site, by calendar year: the certificates of one are not another's."""
    contracts = question.service.settings.contracts
    return [supply for part, _ in question.years for one in contracts for supply in _supplies(part, one)]


def _supplies(question: Question, contract: Contract) -> Iterator[Supply]:
    """What the meter of a contract saw for this site, cut where vintages begin and end.

    A certificate is of what was made in its own vintage: the wind of another week has none of it. Nothing where the
    contract has no meter, or nothing to do with the site.
    """
    share = contract.sites.get(question.site.id)
    if contract.point is None or contract.kind == "on_site" or not contract.carbon_free or share is None:
        return
    start, end = held(contract, start=question.start, end=question.end)
    if start >= end:
        return
    rows = question.service.ledger(start=start, end=end, points=[contract.point], metrics=["energy"])
    usable = {one.certificate for one in question.claims if one.contract == contract.id and one.reason is None}
    lots = [lot for lot in contract.certificates if lot.id in usable]
    inside = {time for lot in lots for time in (lot.start, lot.end) if start < time < end}
    for first, last in pairwise([start, *sorted(inside), end]):
        own = rows.filter(arrow_of((numpy_of(rows["start"]) >= first) & (numpy_of(rows["start"]) < last)))
        most_w = _most_w(question, contract.point, first, last)
        yield Supply(
            contract=contract.id,
            rows=own,
            share=share,
            claimable_kwh=sum(vintage_kwh(lot, share=share, start=first, end=last) for lot in lots),
            unseen_kwh=unseen_kwh(own, start=first, end=last, max_w=most_w),
        )


def _most_w(question: Question, point: str, start: int, end: int) -> float | None:
    """The highest power that a point can have had in a span; None where it has no limit at some time."""
    settings = question.service.settings
    site = settings.point(point).site
    times = (start, *(time for time in settings.change_times(site, start, end) if start < time < end))
    limits = [state.max_w for time in times if (state := settings.state(point, time)) is not None]
    known = [limit for limit in limits if limit is not None]
    return max(known) if known and len(known) == len(limits) else None


def ref(question: Question) -> Kpi:
    """Renewable energy factor, by the certificates of each calendar year."""
    return ref_of(facility=question.facility, years=renewable_years(question))


def renewable_years(question: Question) -> list[RenewableYear]:
    """What was seen of a site in each calendar year of a period, and what it may claim in it."""
    return [_renewable_year(part) for part, _ in question.years]


def _renewable_year(part: Question) -> RenewableYear:
    solar = part.entered.energy(
        pick=lambda tree: tree.topmost("pv"), name="pv", site=part.site.id, what="pv points", may_be_absent=True
    )
    return RenewableYear(
        facility_kwh=part.facility.value_measured or 0.0,
        bought_kwh=part.bought.value_measured or 0.0,
        on_site_kwh=solar.value_measured or 0.0,
        claims=part.claims,
    )
