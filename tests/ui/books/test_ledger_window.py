"""Ledger rows of a window: each cell once, also where the clock stands before what is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.ui.company import START, TREE, Company, instant
from ui.books.keeping import SEQUENCE_MARK, TIME_MARK

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
NEW = """
[[points]]
id = "s/a"
role = "server"
parent = "ups"
max_w = 900.0
interval_s = { power = 7200 }
valid_from = 2026-04-01T01:00:00Z
"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Books of 40 days; the point that sorts first begins within the first hours of April."""
    found = Company(tmp_path, TREE.replace("power = 60", "power = 7200") + NEW, now=START + 50.0 * DAY)
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        found.steady(point, watts, end=40 * DAY, step=7200)
    found.steady("s/a", 500.0, start=18 * DAY + 7200, end=40 * DAY, step=7200)
    found.keep()
    return found


@pytest.mark.parametrize("now", ["2026-03-30T10:05:00Z", "2026-04-01T02:05:00Z", "2026-04-20T10:05:00Z"])
def test_a_clock_set_before_the_books_counts_nothing_twice(company: Company, now: str) -> None:
    asked: dict[str, Any] = {"site": "s", "start": START + 10 * DAY, "end": START + 30 * DAY}

    def said() -> list[tuple[float | None, float | None]]:
        names = ["pue", "facility_energy_kwh", "it_energy_kwh"]
        found = [company.service.kpis(**asked, names=names, category=category) for category in (1, 3)]
        return [(one.value, one.value_measured) for figures in found for one in figures]

    def seen() -> pa.Table:
        rows = company.service.ledger(**asked, metrics=["energy"])
        return rows.filter(pc.less(rows["missing"], 1))

    before, rows = said(), seen()
    company.now = float(instant(now))
    assert said() == before
    assert [value for value, _ in before[:3]] == pytest.approx([1.5, 720.0, 480.0])
    assert seen().to_pylist() == rows.to_pylist()


def test_what_a_job_ahead_booked_as_missing_gives_way_to_what_is_read(tmp_path: Path) -> None:
    found = Company(tmp_path, now=START + 4500.0)
    found.steady("s/utility", 1000.0, end=4500)
    fresh = found.rows("s/utility", end=4500)
    cell = found.service.ledger(start=START + 3600, end=START + 4500, points=["s/utility"])
    blind = {"measured": 0.0, "missing": 1.0, "energy_kwh": 0.0, "low_kwh": 0.0, "high_kwh": 0.0}
    for name, value in blind.items():
        cell = cell.set_column(cell.schema.get_field_index(name), cell.schema.field(name), pa.array([value]))
    mark = {SEQUENCE_MARK: 1, TIME_MARK: START + 7200}
    found.service.stores.books.write(cell, watermark=mark, cause="readings", now=START + 7200)
    assert [row["energy_kwh"] for row in found.rows("s/utility", start=3600, end=4500)] == [fresh[-1]["energy_kwh"]]
