"""A company of two sites with one of everything each: who is of the north alone may see nothing of the south."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.alerts.scope import Scope
from tests.ui.company import START, Company
from ui.access.part import showing
from ui.access.person import Person
from ui.alerts.evaluate import evaluate
from ui.alerts.rows import silence
from ui.alerts.sight import Watch
from ui.estimates.deciding import propose
from ui.plan.curve import note_progress
from ui.records.entering import add_record
from ui.reports.period import period
from ui.reports.sealing import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from config.sign_in import RoleName
    from ui.service import Service

HOUR, DAY = 3600, 86_400
MONTH = period("2026-03")
DIESEL = "eu-mrr-per-litre:diesel:CO2"
NAMES = {"north": "Nordhall", "south": "Sudhall"}
COMPANY = '[company]\nname = "Both"\ncurrency = "EUR"\nhardware_lifetime_years = 5\n'
SITE = """
[[sites]]
id = "{site}"
name = "{name}"
zone = "US"
time_zone = "Europe/Berlin"
currency = "EUR"
factor_year = "latest_published"
[[points]]
id = "{site}/utility"
name = "Feed of {name}"
role = "utility"
max_w = 5000.0
interval_s = {{ power = 900 }}
[[points]]
id = "{site}/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
tenant = "tenant-{site}"
interval_s = {{ power = 900 }}
[[points]]
id = "{site}/wind"
role = "plant"
max_w = 9000.0
zero_ok = true
interval_s = {{ power = 900 }}
[[sources]]
id = "reader-{site}"
kind = "csv_drop"
point = "{site}/ups"
folder = "drop-{site}"
interval_s = 900
[[sources]]
id = "mast-{site}"
kind = "csv_drop"
point = "{site}/wind"
folder = "mast-{site}"
interval_s = 900
[[targets]]
id = "target-{site}"
site = "{site}"
metric = "pue"
baseline_year = 2025
baseline_value = 1.6
target_year = 2030
target_value = 1.2
[[measures]]
id = "measure-{site}"
site = "{site}"
title = "Aisles of {name}"
sub_load = "cooling"
effect_low = 0.1
effect_high = 0.3
realisation = 0.7
discount_rate = 0.06
start = "2026-01-01T00:00:00Z"
life_years = 10
capex = 1000.0
opex_per_year = 0.0
currency = "EUR"
prices_of = 2026-01-01
owner = "ann"
source = "quote"
[[milestones]]
id = "milestone-{site}"
title = "Survey of {name}"
site = "{site}"
step = "assess"
due = 2026-12-31
owner = "bob"
[[alerts]]
id = "rule-{site}"
site = "{site}"
kind = "reading"
role = "ups"
above = 900.0
reason = "the breaker of {name}"
"""
SHARED = """
[[alerts]]
id = "rule-both"
kind = "reading"
role = "utility"
above = 1100.0
reason = "contracted power"
[[contracts]]
id = "ppa"
kind = "ppa"
sites = { north = 0.5, south = 0.5 }
zones = ["US"]
technology = "wind_onshore"
factor_gco2e_per_kwh = 0.0
renewable = true
carbon_free = true
point = "south/wind"
[organisation]
approach = "operational_control"
[[organisation.entities]]
id = "all"
name = "All of it"
share = 1.0
""" + "".join(
    f'[[organisation.holdings]]\nsite = "{site}"\nentity = "all"\noperational_control = true\n'
    "financial_control = true\nshare = 1.0\nelectricity_scope = 2\n"
    for site in NAMES
)


def both(folder: Path, more: str = "") -> Company:
    """Three days of two sites in March 2026, with a gap, a record, an estimate, an alert and a report of each."""
    sites = "".join(SITE.format(site=site, name=name) for site, name in NAMES.items())
    made = Company(folder, points=sites + SHARED + more, head=COMPANY, now=START + 3.0 * DAY)
    for site, watts in (("north", 1000.0), ("south", 2000.0)):
        times = range(0, 3 * DAY, 900)
        made.read(f"{site}/utility", [(at, 1.25 * watts) for at in times])
        made.read(f"{site}/ups", [(at, watts) for at in times if not DAY < at < DAY + 2 * HOUR])
        made.read(f"{site}/wind", [(at, 0.1 * watts) for at in times])
        made.read(f"{site}/ups", [(3 * DAY - 30, 99_000.0)])  # refused
    made.keep()
    service, watch = made.service, Watch()
    for monotonic_s in (0.0, 60.0):
        evaluate(service, watch, monotonic_s=monotonic_s)
    made.now = START + 20.0 * DAY
    service.keep_books()
    for subject in (*NAMES, "company"):
        prepare(service, subject, MONTH, who="ann")
    for site in NAMES:
        _entered(service, site, folder)
    return made


def _entered(service: Service, site: str, folder: Path) -> None:
    row = {"kind": "fuel", "site": site, "subject": DIESEL, "from": "2026-03-01", "to": "2026-03-31"}
    add_record(service, {**row, "value": "120", "unit": "L", "comment": f"of {NAMES[site]}"}, folder, who="ann")
    of = service.settings.site(site)
    propose(service, of, START, START + 2 * DAY, points=None, who="ann")
    silence(service, Scope(rule=f"rule-{site}"), hours=9.0, who="ann", comment=f"works at {NAMES[site]}")
    note_progress(service, f"measure-{site}", state="started", cost=None, note=f"at {NAMES[site]}", who="ann")


def person(*at: str, role: RoleName = "viewer", name: str = "nora@example.com") -> Person:
    """Somebody with a role at some sites alone."""
    return Person(name, "Nora", frozenset(), frozenset((role, site) for site in at))


def of_north(company: Company) -> Service:
    """The service as a token of the north sees it."""
    return showing(company.service, {"north"})
