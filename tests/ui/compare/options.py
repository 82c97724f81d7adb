"""Compare files for tests: a cloud on demand, and own devices in a colocation."""

from __future__ import annotations

from tests.ui.company import START

DAY = 86_400
OWN = """
[[strategies]]
id = "own"
name = "Own"
kind = "colocation"
device = "H100-SXM-80GB"
devices = 8
lead_time_days = 30.0
utilisation = 0.6
capex_per_device = {{ value = 32000.0, date = 2026-03-01, source = "offer" }}
residual_share = 0.2
life_years = 4.0
maintenance_share = 0.05
place_per_kw_month = {{ value = 190.0, date = 2026-03-01, source = "offer" }}
tariff_per_kwh = {{ value = 0.1, date = 2026-03-01, source = "offer" }}
site = "{site}"
"""
CLOUD = """
title = "t"
currency = "USD"
real_rate = 0.08
[workload]
kind = "fleet"
device_hours = 8000.0
[[strategies]]
id = "cloud"
name = "Cloud"
kind = "cloud_on_demand"
currency = "EUR"
device = "H100-SXM-80GB"
devices = 8
lead_time_days = 1.0
pue = 1.2
gco2e_per_kwh = 300.0
price_per_device_hour = { value = [2.0, 2.5, 3.0], date = 2025-01-01, source = "offer" }
[strategies.green]
matched_share = 0.5
premium_per_kwh = { value = 0.01, date = 2026-03-01, source = "offer" }
[[exchange_rates]]
currency = "EUR"
to = "USD"
rate = 1.1
source = "ECB"
valid_from = 2026-01-01T00:00:00Z
valid_to = 2027-01-01T00:00:00Z
"""
NOW = START + 40.0 * DAY
MIXED = (
    CLOUD.replace("2025-01-01", "2026-03-01")
    + OWN.format(site="").replace('site = ""', "pue = 1.3\ngco2e_per_kwh = 400.0")
    + """
[[mixtures]]
id = "m"
name = "Mostly own"
shares = { own = 0.6, cloud = 0.4 }
[mixing]
between = ["own", "cloud"]
step = 0.5
"""
)


def without_green() -> tuple[str, str]:
    """The one strategy without its green supply, and the rates that follow it."""
    plain, _, rest = CLOUD.partition("[strategies.green]")
    return plain, rest[rest.index("[[exchange_rates]]") :]
