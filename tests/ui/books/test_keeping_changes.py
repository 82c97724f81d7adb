"""Books of a point that is read in another way from a date on: what came before it is booked, however it comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.company import Company

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
CHANGED = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { energy = 900 }
changes = [{ from = 2026-03-14T12:00:00Z, interval_s = { energy_counter = 900 } }]
"""


def test_amounts_from_before_a_point_was_read_by_register_are_booked(tmp_path: Path) -> None:
    """One import of both: its last amount ends when the register begins."""
    made = Company(tmp_path, CHANGED)
    made.read("s/utility", [(at, 1.0) for at in range(900, 12 * HOUR + 1, 900)], metric="energy")
    made.read("s/utility", [(at, at / 900) for at in range(12 * HOUR, 24 * HOUR + 1, 900)], metric="energy_counter")
    made.keep()
    booked = made.service.stores.books.rows(columns=("energy_kwh", "missing")).to_pylist()
    assert [(row["energy_kwh"], row["missing"]) for row in booked[:96]] == [(1.0, 0.0)] * 96


def test_the_last_amount_before_a_change_is_booked_where_it_comes_alone(tmp_path: Path) -> None:
    made = Company(tmp_path, CHANGED)
    made.read("s/utility", [(at, 1.0) for at in range(900, 12 * HOUR, 900)], metric="energy")
    made.keep()
    made.read("s/utility", [(12 * HOUR, 1.0)], metric="energy")
    made.keep()
    booked = made.service.stores.books.rows(columns=("energy_kwh", "missing")).to_pylist()
    assert [(row["energy_kwh"], row["missing"]) for row in booked[:48]] == [(1.0, 0.0)] * 48


def test_an_amount_that_a_change_cuts_is_booked_up_to_it_where_it_comes_alone(tmp_path: Path) -> None:
    """A day's amount comes at its end; from noon on the point is read by register."""
    made = Company(tmp_path, CHANGED.replace("energy = 900", "energy = 86400"))
    made.read("s/utility", [(24 * HOUR, 48.0)], metric="energy")
    made.keep()
    booked = made.service.stores.books.rows(columns=("energy_kwh", "missing")).to_pylist()
    assert [(row["energy_kwh"], row["missing"]) for row in booked[:48]] == [(0.5, 0.0)] * 48
