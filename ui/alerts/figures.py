"""Figures that alert rules watch: by subject their value, None where there is none. Never a bare sum with holes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from analytics.boundary import ENERGY_METRICS, Tree
from analytics.burning import burn_rate, burning
from analytics.consolidation import COMPANY
from analytics.shortfall import coverable_kwh, credit_until, shortfall
from config.errors import FactorMissing, InputError
from config.factors.lookup import grid_factor
from config.reading.wording import listed, remedy

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.alerts.rules import Rule
    from config.site import Site
    from ui.service import Service

Values = dict[str, float | None]
DAY_S: Final = 86_400
SUMS: Final = ("_kwh", "_kgco2e")
MONEY: Final = "energy_cost"
USED: Final = 0.5  # share of the window that must be covered for a balance to be judged


def _window(service: Service, seconds: float) -> tuple[int, int]:
    """The last so many seconds that are booked."""
    end = min(int(service.now()), service.booked_until())
    return end - int(seconds), end


def figure_mistake(service: Service, rule: Rule) -> str:
    """Say why a rule cannot be about its figure; "" where it can, or is about none."""
    from ui.figures.named import FIGURES as KPIS

    if rule.kind not in {"kpi", "burn"}:
        return ""
    if rule.metric not in KPIS:
        return f'key metric names "{rule.metric}", which is no figure; {remedy(rule.metric, KPIS)}'
    if rule.kind == "burn" and not rule.metric.endswith((*SUMS, MONEY)):
        sums = [name for name in KPIS if name.endswith((*SUMS, MONEY))]
        return f'key metric names "{rule.metric}", of which there is no budget; use one of {listed(sums, limit=9)}'
    if rule.metric == MONEY and rule.site is None and len({site.currency for site in service.settings.sites}) > 1:
        return "holds money of several currencies against one number: name a site, and write a rule for each"
    return ""


def _value(service: Service, rule: Rule, site: Site, seconds: float) -> float | None:
    mistake = figure_mistake(service, rule)
    if mistake:
        raise InputError(mistake)
    start, end = _window(service, seconds)
    if start <= 0:  # nothing is booked yet
        return None
    (figure,) = service.kpis(site=site.id, start=start, end=end, names=[rule.metric])
    return figure.value


def _kpi(service: Service, rule: Rule, site: Site) -> Values:
    return {site.id: _value(service, rule, site, rule.window_s)}


def _burn(service: Service, rule: Rule, site: Site) -> Values:
    def rate(seconds: float) -> float | None:
        used = _value(service, rule, site, seconds)
        if used is None or rule.budget_per_year is None:
            return None
        return burn_rate(used=used, seconds=seconds, budget_per_year=rule.budget_per_year)

    return {site.id: burning(rate(rule.fast_s), rate(rule.window_s))}


def _coverage(service: Service, rule: Rule, site: Site) -> Values:
    """Share of time in which each metered point was seen, of that since it was there and the books began."""
    from ui.figures.auditing import missing_shares

    start, end = _window(service, rule.window_s)
    if start <= 0:
        return {}
    tree = Tree(service.settings.points_at(site.id, end))
    metered = [one for one in tree.points if not ENERGY_METRICS.isdisjoint(one.interval_s)]
    points = [one.id for one in metered if rule.speaks_of(one, tree.ancestors(one.id) if rule.under else ())]
    rows = [service.ledger(start=start, end=end, points=points, metrics=["energy"])] if points else []
    begun = service.stores.books.earliest() or start
    firsts = {one: max(start, begun, service.settings.point(one).valid_from or 0) for one in points}
    seen_s = {point: (1.0 - share) * (end - start) for point, share in missing_shares(rows, points, start, end).items()}
    return {point: min(1.0, seen_s[point] / (end - first)) for point, first in firsts.items() if first < end}


def _balance(service: Service, rule: Rule, site: Site) -> Values:
    """The residual of each balance as a share of its parents' energy, where half of the window is covered."""
    from ui.figures.auditing import residuals_of

    start, end = _window(service, rule.window_s)
    if start <= 0:
        return {}
    return {
        ", ".join(one.parents): one.share if one.used_share >= USED else None
        for one in residuals_of(service, site, start, end)
    }


def _certificate(service: Service, _rule: Rule, site: Site) -> Values:
    now = service.now()
    held = [one for one in service.settings.contracts if site.id in one.sites and one.certificates]
    return {f"{site.id}/{one.id}": (credit_until(one, zone=site.zone, now=now) - now) / DAY_S for one in held}


def _shortfall(service: Service, rule: Rule, site: Site) -> Values:
    """The share of what was bought that no certificate can cover; of sites that have a contract of certificates."""
    start, end = _window(service, rule.window_s)
    contracts = [one for one in service.settings.contracts if site.id in one.sites and one.kind == "certificates"]
    if start <= 0 or not contracts:
        return {}
    (bought,) = service.kpis(site=site.id, start=start, end=end, names=["bought_energy_kwh"])
    now = service.now()
    covered = coverable_kwh(service.settings.contracts, site=site.id, zone=site.zone, start=start, end=end, now=now)
    return {site.id: None if bought.value is None else shortfall(bought_kwh=bought.value, coverable_kwh=covered)}


def _factor(service: Service, _rule: Rule, site: Site) -> Values:
    """Years that the factor of this year's emissions is behind; without any bound where there is none."""
    year = datetime.fromtimestamp(service.now(), ZoneInfo(site.time_zone)).year
    try:
        factor, _ = grid_factor(site.zone, year, policy=site.factor_year, files=service.settings.factors.files)
    except FactorMissing:
        return {site.id: inf}
    return {site.id: float(year - factor.year)}


def _approval(service: Service, _rule: Rule, site: Site) -> Values:
    now = service.now()
    waiting = service.stores.state.records.waiting(site=site.id)
    return {f"{site.id}/{one.id}": (now - one.entered_at) / DAY_S for one in waiting}


def _milestone(service: Service, _rule: Rule, site: Site) -> Values:
    """Days of the site's calendar since each milestone that is neither done nor stopped was due; below 0 before."""
    from ui.plan.steps import milestone_rows

    today = datetime.fromtimestamp(service.now(), ZoneInfo(site.time_zone)).date()
    rows = (row for row in milestone_rows(service, site=site.id) if row["standing"] in {"open", "late"})
    return {f"{site.id}/{row['id']}": float((today - date.fromisoformat(row["due"])).days) for row in rows}


def _month(service: Service, rule: Rule, site: Site) -> Values:
    """What the newest month that should be complete by now still lacks."""
    from ui.records.todo import todo_rows

    month = _due(service, rule, site)
    return {site.id: float(sum(1 for _ in todo_rows(service, site, f"{month:%Y-%m}")))}


def _target(service: Service, _rule: Rule, site: Site) -> Values:
    """How likely this year meets each target of the site, with what its measures still add; None without a forecast."""
    from ui.plan.status import plan_of

    return {
        f"{site.id}/{row['id']}": row.get("probability_with_measures", row.get("probability"))
        for row in plan_of(service, only=site.id).rows
    }


def _invoice(service: Service, _rule: Rule, site: Site) -> Values:
    """By which share each invoice that nobody has explained yet differs from its meter."""
    from ui.records.checks import invoice_rows

    rows = (row for row in invoice_rows(service, site) if not row["comment"])
    return {f"{site.id}/{row['id']}": None if row["difference"] is None else abs(row["difference"]) for row in rows}


def _report(service: Service, rule: Rule, site: Site) -> Values:
    """Whether the report of the newest month that should be sealed by now is not, of the site or of the company."""
    month = _due(service, rule, site)
    if not _was_there(service, site, month):
        return {site.id: 0.0}
    sealed = {one.subject for one in service.stores.state.reports.all() if one.sealed and one.label == f"{month:%Y-%m}"}
    return {site.id: float(sealed.isdisjoint({site.id, COMPANY}))}


def _was_there(service: Service, site: Site, month: date) -> bool:
    """Say whether anything is known of a month: the books reach back into it, or a record speaks of it."""
    from ui.records.todo import days_of

    first, end = days_of(f"{month:%Y-%m}")
    over = datetime(end.year, end.month, end.day, tzinfo=ZoneInfo(site.time_zone)).timestamp()
    begun = service.stores.books.earliest()
    records = service.stores.state.records.standing(site=site.id, start=first, end=end, approved=False)
    return bool(records) or (begun is not None and begun < over)


def _due(service: Service, rule: Rule, site: Site) -> date:
    """A day of the newest month whose time to be done by is over, on the site's own calendar."""
    local = datetime.fromtimestamp(service.now(), UTC).astimezone(ZoneInfo(site.time_zone)).date()
    month = local.replace(day=1) - timedelta(days=1)
    return month if local.day >= (rule.by_day or 1) else month.replace(day=1) - timedelta(days=1)


FIGURES: Final[dict[str, Callable[[Service, Rule, Site], Values]]] = {
    "kpi": _kpi,
    "burn": _burn,
    "coverage": _coverage,
    "balance": _balance,
    "certificate": _certificate,
    "shortfall": _shortfall,
    "factor": _factor,
    "approval": _approval,
    "milestone": _milestone,
    "month": _month,
    "target": _target,
    "invoice": _invoice,
    "report": _report,
}
