"""A site for page tests: two PDUs, racks with nodes and inlet sensors, a wind contract with a meter, and a gap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.ui.company import HEAD, START, Company

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
DAYS = 20
QUARTER = 900
NOW = START + DAYS * DAY + 600
DARK = range(6 * DAY, 7 * DAY)  # the utility meter was away
QUALITY = (
    "conveys_rate_claim only_instrument tracked_and_retired vintage_close same_market supplier_rate_from_retired "
    "direct_contract_owns_claim residual_mix_or_disclosed"
)
SITE = (
    HEAD.replace('zone = "US"', 'zone = "XT"')
    + """
[[sites]]
id = "farm"
name = "Wind farm"
zone = "XT"
time_zone = "Europe/Berlin"
[factors]
files = ["own.csv"]
"""
)
POINTS = """
[[points]]
id = "s/grid"
role = "utility"
max_w = 9000
interval_s = { power = 900, grid_intensity = 900 }
[[points]]
id = "s/ups"
role = "ups"
parent = "grid"
max_w = 6000
interval_s = { power = 900 }
[[points]]
id = "s/cool"
role = "cooling"
parent = "grid"
max_w = 2000
interval_s = { power = 900 }
[[points]]
id = "s/pdu"
name = "PDU *one*"
role = "pdu"
parent = "ups"
max_w = 6000
interval_s = { power = 900 }
[[points]]
id = "farm/wind"
role = "pv"
max_w = 9000
zero_ok = true
interval_s = { power = 900 }
[[contracts]]
id = "ppa"
kind = "ppa"
sites = { s = 1.0 }
zones = ["XT"]
technology = "wind"
factor_gco2e_per_kwh = 0.0
renewable = true
carbon_free = true
point = "farm/wind"
quality = { QUALITY }
[[contracts.certificates]]
id = "GO-1"
mwh = 1.5
from = "2026-03-01T00:00:00Z"
to = "2026-04-10T00:00:00Z"
retired_at = "2026-03-02T00:00:00Z"
[[contracts.certificates]]
id = "GO-2"
mwh = 0.5
from = "2026-03-01T00:00:00Z"
to = "2026-04-10T00:00:00Z"
"""
RACKS = {"A01": ("n1", "n2"), "A02": ("n3", "n4"), "B01": ("n5",)}
WATTS = {"n1": 900.0, "n2": 950.0, "n3": 700.0, "n4": 600.0, "n5": 500.0}


def site_text() -> str:
    """Points of the site, each node in its rack."""
    text = POINTS.replace("{ QUALITY }", "{ " + ", ".join(f"{one} = true" for one in QUALITY.split()) + " }")
    for rack, nodes in RACKS.items():
        place = f'room = "Hall 1"\nrack = "{rack}"\n'
        for node in nodes:
            text += f'[[points]]\nid = "s/{node}"\nrole = "server"\nparent = "pdu"\nmax_w = 1000\n{place}'
            text += "interval_s = { power = 900 }\n"
        text += f'[[points]]\nid = "s/t-{rack}"\nrole = "other"\n{place}interval_s = {{ temperature = 900 }}\n'
    return text


def racked(folder: Path, *, days: int = DAYS) -> Company:
    """The last `days` of the site's readings; node n4 fell silent a day before their end."""
    years = [f"xt-{year},XT,{year},500,gCO2e/kWh,average,direct,Office,CC0,yes,\n" for year in (2025, 2026)]
    header = "id,zone,year,value,unit,basis,scope,source,licence,verified,note\n"
    (folder / "own.csv").write_text(header + "".join(years))
    made = Company(folder, site_text(), head=SITE, now=float(NOW))
    if not days:
        return made
    times = range((DAYS - days) * DAY, DAYS * DAY + 1, QUARTER)
    wave = {at: 1 + 0.1 * math.sin(at / 9000) for at in times}
    it = sum(WATTS.values())
    made.read("s/grid", [(at, 1.4 * it * wave[at]) for at in times if at not in DARK])
    made.read("s/grid", [(at, 300 - 100 * wave[at]) for at in times], "grid_intensity")
    made.read("s/cool", [(at, 0.3 * it * wave[at]) for at in times])
    for point in ("s/ups", "s/pdu"):
        made.read(point, [(at, it * wave[at]) for at in times])
    made.read("farm/wind", [(at, 8000.0 if at % DAY < DAY // 2 else 0.0) for at in times])
    for node, watts in WATTS.items():
        made.read(f"s/{node}", [(at, watts) for at in times if node != "n4" or at < (DAYS - 1) * DAY])
    for rack, celsius in zip(RACKS, (22.0, 28.5, 24.0), strict=True):
        made.read(f"s/t-{rack}", [(DAYS * DAY, celsius)], "temperature")
    made.keep()
    return made
