"""The content of a report: everything that it prints, from the functions that all doors share, as plain JSON values.

No clock is in it: the same books, site file and version make the same bytes. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from analytics.biogenic import BIOGENIC, stated
from analytics.consolidation import COMPANY
from analytics.frameworks import framework_rows, names_in
from analytics.report import (
    NAMES,
    SECTIONS,
    Check,
    balance_checks,
    change,
    claim_checks,
    figure_checks,
    log_check,
    period_check,
    printed_claims,
    stale_checks,
    twice_checks,
    waiting_check,
)
from collectors.store.estimates import WAITING
from collectors.store.reports import ID_DIGITS
from config.reading.wording import remedy
from config.reports.frameworks import framework_lines
from ui.access.part import refuse_part
from ui.demo.mark import is_demo
from ui.estimates.deciding import estimate_row
from ui.estimates.stale import stale
from ui.figures.auditing import balance_rows, cuts
from ui.figures.days import days_between
from ui.figures.eed import eed_rows
from ui.figures.energy_course import local_months
from ui.figures.fleet import fleet_figures
from ui.figures.organisation import COMPANY_BIOGENIC, company_figures, hosted
from ui.figures.site import Question
from ui.figures.twice import twice
from ui.format import iso
from ui.records.entering import record_row
from ui.records.reach import reaching
from ui.reports.hourly import hourly, lineage
from ui.reports.period import MONTHS as YEAR
from ui.reports.steering import steering
from ui.rows import kpi_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analytics.kpi import Kpi
    from config.site import Site
    from ui.reports.period import Period
    from ui.service import Service

Row = dict[str, Any]
SCHEMA: Final = "wattlas-report/1"
COURSE: Final = ("facility_energy_kwh", "it_energy_kwh", "pue", "emissions_location_kgco2e", "emissions_market_kgco2e")
EDITION: Final = "2024/1364"


def silent(_done: int, _whole: int) -> None:
    """Tell nobody of progress."""


def report_content(
    service: Service, subject: str, period: Period, *, progress: Callable[[int, int], None] = silent
) -> Row:
    """Return the report of a site, or of the whole company where the subject is `company`.

    Args:
        service: the books.
        subject: a site's id, or `company`.
        period: month, quarter or year.
        progress: is told of sites that are done, and of how many there are.

    Raises:
        InputError: no such subject (NotAllowed: it is the company, and who asks sees some sites alone).
    """
    settings = service.settings
    if subject == COMPANY:
        refuse_part(service, "a report of the company")
    sites = list(settings.sites) if subject == COMPANY else [_site(service, subject)]
    parts = []
    for done, site in enumerate(sites):
        progress(done, len(sites))
        parts.append(_site_part(service, site, period))
    spans = [period.span(ZoneInfo(site.time_zone)) for site in sites]
    company = _company_figures(service, sites, period) if subject == COMPANY else []
    return {
        "schema": SCHEMA,
        "wattlas": version("wattlas"),
        "demo": is_demo(service.configuration),
        "company": settings.company.name,
        "subject": subject,
        "label": period.label,
        "start": iso(min(start for start, _ in spans)),
        "end": iso(max(end for _, end in spans)),
        "config_hash": service.config_hash,
        "company_figures": company,
        "sites": parts,
        "checks": [_check_row(one, subject, period) for one in _checks(service, sites, parts, period)],
    }


def all_figures(content: Row) -> list[Row]:
    """Return every figure of a report as name, unit and value with its subject: what two reports are compared by."""
    found = [(COMPANY, row) for row in content["company_figures"]]
    found += [(part["id"], row) for part in content["sites"] for row in part["figures"]]
    return [{"subject": subject, **row} for subject, row in found]


def _site(service: Service, subject: str) -> Site:
    ids = [COMPANY, *(site.id for site in service.settings.sites)]
    if subject not in ids:
        from config.errors import InputError

        msg = f'"{subject}" is no subject of a report; {remedy(subject, ids)}'
        raise InputError(msg)
    return service.settings.site(subject)


def _site_part(service: Service, site: Site, period: Period) -> Row:
    zone = ZoneInfo(site.time_zone)
    start, end = period.span(zone)
    figures = service.kpis(site=site.id, start=start, end=end, names=NAMES)
    before = service.kpis(
        site=site.id, start=period.year_before().span(zone)[0], end=period.year_before().span(zone)[1], names=NAMES
    )
    printed = {row.name: row for row in figures if _printed(row)}
    question = Question(service, site, start, end, site.pue_category)
    records = reaching(service, service.stores.state.records.standing(site=site.id), period.first, period.end)
    contracts, rest = printed_claims([asdict(one) for one in question.claims])
    return {
        "id": site.id,
        "name": site.name,
        "zone": site.zone,
        "time_zone": site.time_zone,
        "currency": site.currency,
        "start": iso(start),
        "end": iso(end),
        "figures": [_figure(row, former) for row, former in zip(figures, before, strict=True) if row.name in printed],
        "frameworks": framework_rows(
            (line for line in framework_lines() if printed.keys() >= {*names_in(f"{line.figures} {line.over}")}),
            {name: kpi_row(row) for name, row in printed.items()},
            hosted=hosted(service, site, start=start, end=end),
        ),
        "course": list(_course(service, site, start, end, period)),
        "trend": list(_trend(service, site, end, period)),
        "hourly": list(hourly(service, site, start, end)) if period.months == 1 else [],
        "lineage": list(lineage(service, site, [*printed.values()])),
        "contracts": contracts,
        "contracts_rest": rest,
        "records": [record_row(one) for one in records],
        "estimates": [estimate_row(one) for one in question.estimates],
        "balances": list(balance_rows(service, site, start, end)),
        **steering(service, site, start, end),
        "eed": eed_rows(service, site, period.first.year, edition=EDITION) if period.months == YEAR else [],
    }


def _printed(figure: Kpi) -> bool:
    """Whether a figure stands in reports: biogenic CO2 only where a fuel that was burnt has any."""
    return figure.name not in {BIOGENIC, COMPANY_BIOGENIC} or stated(figure)


def _figure(figure: Kpi, former: Kpi) -> Row:
    section = next((name for name, names in SECTIONS.items() if figure.name in names), "")
    return {
        "section": section,
        **kpi_row(figure),
        "year_before": former.value,
        "year_before_reason": former.reason,
        "change": change(former.value, figure.value),
    }


def _course(service: Service, site: Site, start: int, end: int, period: Period) -> Iterator[Row]:
    """The main figures by local day of a month, by month of anything longer."""
    by: Literal["day", "month"] = "day" if period.months == 1 else "month"
    last = min(end, service.booked_until())
    if last <= start:
        return
    parts = cuts(start, last, ZoneInfo(site.time_zone), by=by)
    if by == "day":
        for day in days_between(service, site, [start, *(stop for _, stop in parts)], end=last):
            yield _course_row(day.start, day.end, [day.facility, day.it, day.pue, day.emissions])
        return
    for first, stop in parts:
        yield _course_row(first, stop, service.kpis(site=site.id, start=first, end=stop, names=COURSE))


def _trend(service: Service, site: Site, end: int, period: Period) -> Iterator[Row]:
    """The main figures of the last twelve local months up to the period's end, from the first that was seen on.

    A year's course is its trend already.
    """
    last = min(end, service.booked_until())
    if period.months == YEAR or last <= 0:
        return
    seen = False
    for first, stop in pairwise(local_months(end, YEAR, ZoneInfo(site.time_zone))):
        if first < last:
            figures = service.kpis(site=site.id, start=first, end=min(stop, last), names=COURSE)
            seen = seen or figures[0].coverage > 0
            if seen:
                yield _course_row(first, stop, figures)


def _course_row(start: int, end: int, figures: Sequence[Kpi]) -> Row:
    row: Row = {"start": iso(start), "end": iso(end)}
    for figure in figures:
        row |= {figure.name: figure.value, f"{figure.name}_missing": figure.missing}
    return row


def _company_figures(service: Service, sites: Sequence[Site], period: Period) -> list[Row]:
    """Figures of the company: by scope where the site file has an organisation, and sums of the sites' own."""
    spans = [(site, *period.span(ZoneInfo(site.time_zone))) for site in sites]
    found = [one for site, start, end in spans for one in service.kpis(site=site.id, start=start, end=end, names=NAMES)]
    by_scope = company_figures(service, spans) if service.settings.organisation is not None else []
    sums = [{"section": "sums", **kpi_row(one)} for one in fleet_figures(found) if _printed(one)]
    return [*({"section": "scopes", **kpi_row(one)} for one in by_scope if _printed(one)), *sums]


def _check_row(check: Check, subject: str, period: Period) -> Row:
    """A check with the id of the task that it is: the same in a site's report and in the company's."""
    row = {name: getattr(check, name) for name in ("name", "level", "text", "remedy")}
    about = f"{period.label} {check.name} {check.about or subject}"
    return row if check.level == "ok" else row | {"task": sha256(about.encode()).hexdigest()[:ID_DIGITS]}


def _checks(service: Service, sites: Sequence[Site], parts: Sequence[Row], period: Period) -> Iterator[Check]:
    ends = [period.span(ZoneInfo(site.time_zone))[1] for site in sites]
    yield period_check(end=max(ends), booked_until=service.booked_until())
    state = service.stores.state
    waiting = [one for site in sites for one in state.records.waiting(site=site.id)]
    records = reaching(service, waiting, period.first, period.end)
    estimates = 0
    for site in sites:
        start, end = period.span(ZoneInfo(site.time_zone))
        proposed = (one for one in state.estimates.all(site=site.id) if one.state == WAITING)
        estimates += sum(one.of.start < end and start < one.of.end for one in proposed)
    yield waiting_check(records=len(records), estimates=estimates)
    for site in sites:
        start, end = period.span(ZoneInfo(site.time_zone))
        yield from stale_checks(stale(service, state.estimates.standing(site=site.id, start=start, end=end)))
    yield log_check(fault=state.log_fault())
    for part in parts:
        yield from figure_checks(part["figures"], site=part["id"], estimated_limit=service.settings.estimates.limit)
        yield from claim_checks(part["contracts"], site=part["id"])
        yield from balance_checks(part["balances"], site=part["id"])
    for site in sites:
        start, end = period.span(ZoneInfo(site.time_zone))
        yield from twice_checks(twice(service, site, start, end), site=site.id)
