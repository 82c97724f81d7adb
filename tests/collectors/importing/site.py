"""A small site file for imports: two servers and a meter, intervals declared for some metrics only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from config.site import Settings

SITE = """
[company]
name = "Test"
currency = "EUR"
[[sites]]
id = "t"
name = "Trace"
zone = "DE"
time_zone = "Europe/Berlin"
currency = "EUR"
[[points]]
id = "srv-1"
site = "t"
role = "server"
min_w = 50.0
max_w = 2000.0
interval_s = { power = 10, energy_counter = 60, energy = 900, temperature = 60 }
[[points]]
id = "srv-2"
site = "t"
role = "server"
interval_s = { power = 10 }
[[points]]
id = "pdu-a"
site = "t"
role = "pdu"
interval_s = { energy = 900 }
changes = [{ from = 2026-01-01T00:00:00Z, interval_s = { energy = 3600 } }]
"""
SECOND_SITE = """
[[sites]]
id = "u"
name = "Other"
zone = "DE"
time_zone = "UTC"
currency = "EUR"
"""


def site_settings(folder: Path, *, more: str = "") -> Settings:
    """Settings of the small site, `more` TOML appended; the data folder is `folder`/data."""
    path = folder / "wattlas.toml"
    path.write_text(SITE + more)
    return load_settings(path)
