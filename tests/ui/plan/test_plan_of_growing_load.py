"""The PUE of a year is its energies divided: days of little load count little, and a mean of days would be off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, TREE, Company
from ui.plan.status import plan_rows

if TYPE_CHECKING:
    from pathlib import Path

DAY, HOUR = 86_400, 3600
START_OF_2026 = -72 * DAY  # in UTC, counted from the START of a company
GREW, NOW = START_OF_2026 + 180 * DAY, START_OF_2026 + 300 * DAY  # 29 June and 28 October
TARGET = """
[[targets]]
id = "pue"
metric = "pue"
site = "s"
baseline_year = 2025
baseline_value = 2.0
target_year = 2026
target_value = 1.28
"""


def test_the_year_of_a_load_that_grew_tenfold_is_expected_as_its_energies_will_say(tmp_path: Path) -> None:
    company = Company(
        tmp_path, TREE.replace("power = 60", "power = 3600"), HEAD.replace("Europe/Berlin", "UTC") + TARGET
    )
    company.now += NOW - 30 * DAY + HOUR  # which is 30 days after START
    for begin, end, it_w, pue in ((START_OF_2026, GREW, 200.0, 2.0), (GREW + HOUR, NOW, 2000.0, 1.2)):
        company.steady("s/utility", it_w * pue, start=begin, end=end, step=HOUR)
        company.steady("s/ups", it_w, start=begin, end=end, step=HOUR)
    company.keep()
    (row,) = plan_rows(company.service)
    of_year = (0.2 * 2.0 * 180 + 2.0 * 1.2 * 185) / (0.2 * 180 + 2.0 * 185)
    assert of_year == pytest.approx(1.271, abs=0.001)
    assert row["expected"] == pytest.approx(of_year, rel=0.001)
    assert row["expected"] < row["allowed"] == 1.28, "a mean of days would be 1.30"
    assert row["required_mean"] == pytest.approx(1.28 + (1.28 - row["so_far"]) * (18 + 120) / 65, abs=0.005)


def test_a_ratio_that_is_known_by_month_counts_its_months_by_their_load(tmp_path: Path) -> None:
    cue = TARGET.replace('"pue"', '"cue"').replace("value = 2.0", "value = 1.0").replace("value = 1.28", "value = 0.5")
    company = Company(tmp_path, TREE.replace("power = 60", "power = 3600"), HEAD.replace("Europe/Berlin", "UTC") + cue)
    over = START_OF_2026 + 304 * DAY  # the last of October
    company.now += over - 30 * DAY + HOUR
    grew = START_OF_2026 + 181 * DAY  # the first of July
    for begin, end, it_w, pue in ((START_OF_2026, grew - HOUR, 200.0, 2.0), (grew, over, 2000.0, 1.2)):
        company.steady("s/utility", it_w * pue, start=begin, end=end, step=HOUR)
        company.steady("s/ups", it_w, start=begin, end=end, step=HOUR)
    company.keep()
    (row,) = plan_rows(company.service)
    assert row["model"].startswith("months")
    factor = row["so_far"] / ((0.2 * 2.0 * 181 + 2.0 * 1.2 * 123) / (0.2 * 181 + 2.0 * 123))
    of_year = (0.2 * 2.0 * 181 + 2.0 * 1.2 * 184) / (0.2 * 181 + 2.0 * 184)
    assert row["expected"] / factor == pytest.approx(of_year, abs=0.01), "a mean of months is 1.60"
