"""Which days a record reaches, and which sealed reports they are of: each site's month is its own."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from collectors.store.reports import Report, Step
from config.errors import InputError
from config.records.rows import Entry
from tests.ui.company import HEAD, Company, instant
from ui.records.reach import FOREVER, reach, span
from ui.reports.sealed import refuse_sealed

if TYPE_CHECKING:
    from pathlib import Path

WEST = """
[[sites]]
id = "w"
name = "West"
zone = "US"
time_zone = "America/Chicago"
currency = "EUR"
factor_year = "latest_published"
"""


def entry(kind: str, start: str, end: str, site: str = "s") -> Entry:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return Entry(kind=kind, site=site, subject="x", start=first, end=last, value=1.0, unit="kg", amount=1.0)


def test_hardware_and_stocks_reach_beyond_their_day() -> None:
    fuel = entry("fuel", "2026-04-01", "2026-05-01")
    assert reach(fuel, lifetime_years=4) == (date(2026, 4, 1), date(2027, 5, 2)), "its absence is asked for a year"
    stock = entry("refrigerant_stock", "2026-04-01", "2026-04-02")
    assert reach(stock, lifetime_years=None) == (date(2026, 3, 31), date(2027, 4, 3))
    rack = entry("hardware", "2026-01-06", "2026-01-07")
    assert reach(rack, lifetime_years=1) == (date(2026, 1, 6), date(2027, 1, 7))
    assert reach(rack, lifetime_years=None)[1] == reach(rack, lifetime_years=1e9)[1] == FOREVER


def test_a_sealed_month_of_the_company_is_each_sites_own(tmp_path: Path) -> None:
    service = Company(tmp_path, head=HEAD + WEST).service
    start, end = instant("2026-03-01T00:00:00+01:00"), instant("2026-04-01T00:00:00-05:00")
    step = Step(name="prepared", who="ana", at=1, solo=False, why="", manifest="")
    report = Report(
        id="r", subject="company", label="2026-03", start=start, end=end, content="", restates="", steps=(step,)
    )
    service.stores.state.reports.prepare(report, why="")
    for name, who in (("reviewed", "ben"), ("approved", "cyd"), ("sealed", "cyd")):
        service.stores.state.reports.take("r", name, who=who, at=2, solo=False)
    april = ("fuel", "2026-04-01", "2026-05-01")
    for site in ("s", "w"):
        assert refuse_sealed(service, [span(service, entry(*april, site=site))], restate="") == ""
        with pytest.raises(InputError, match="report r of company 2026-03 is sealed"):
            refuse_sealed(service, [span(service, entry("fuel", "2026-03-31", "2026-04-01", site=site))], restate="")
