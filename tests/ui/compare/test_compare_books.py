"""What a comparison takes from the books of an own site is of a whole year, where they know one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.compare.file import load_comparison
from tests.ui.company import TREE, Company
from tests.ui.compare.options import CLOUD, DAY, NOW, OWN
from ui.compare.ranking import compared

if TYPE_CHECKING:
    from pathlib import Path

QUARTER = 900
POINTS = TREE.replace("power = 60", "power = 900") + (
    '[[points]]\nid = "s/water"\nrole = "water"\ninterval_s = { water_counter = 900 }\n'
)


def test_pue_and_wue_of_the_best_month_are_not_those_of_a_year(tmp_path: Path) -> None:
    company = Company(tmp_path, POINTS, now=NOW)
    first, last = -330 * DAY, 40 * DAY  # 370 days; in the last 40 the air cools alone
    company.steady("s/utility", 1500.0, start=first, end=0, step=QUARTER)
    company.steady("s/utility", 1100.0, start=QUARTER, end=last, step=QUARTER)
    company.steady("s/ups", 1000.0, start=first, end=last, step=QUARTER)
    company.read(
        "s/water", [(at, 1e6 + min(at, 0) / QUARTER) for at in range(first, last + 1, QUARTER)], "water_counter"
    )
    company.keep()
    file = tmp_path / "c.toml"
    file.write_text(CLOUD + OWN.format(site="s") + "grid_l_per_kwh = 2.0\n")
    _, own = compared(load_comparison(file), service=company.service, now=NOW)["strategies"]
    pue, wue = (1.5 * 325 + 1.1 * 40) / 365, 4.0 * 325 / 365  # a litre a quarter hour of 1 kW
    assert f"pue {pue:.3f} measured at s over 365 days" in own["told"]
    assert f"wue_l_per_kwh {wue:.3f} measured at s over 365 days" in own["told"]
    it_kwh = own["facility_energy_kwh"]["p50"] / pue
    assert own["water_l"]["p50"] == pytest.approx(it_kwh * (wue + pue * 2.0), rel=0.01)
