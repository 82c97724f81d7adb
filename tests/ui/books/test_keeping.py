"""The ledger job: what it touches, what it leaves alone, and that it may die anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, START, TREE, Company, instant

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
SOURCE = """
[[sources]]
id = "u"
kind = "simulated"
point = "s/utility"
interval_s = 60
deadline_s = 5
"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def test_an_hour_of_steady_power_is_four_rows(company: Company) -> None:
    company.steady("s/utility", 1000.0)
    kept = company.keep()
    assert kept.rows_new == 5  # four full quarters, and the one that the last second opens
    rows = company.rows("s/utility")
    assert [row["energy_kwh"] for row in rows] == pytest.approx([0.25] * 4)
    assert {row["method"] for row in rows} == {"power"}
    assert {row["revision"] for row in rows} == {0}


def test_nothing_new_changes_nothing(company: Company) -> None:
    company.steady("s/utility", 1000.0)
    company.keep()
    again = company.keep()
    assert (again.rows_new, again.rows_revised) == (0, 0)


def test_no_row_stands_before_the_first_reading(company: Company) -> None:
    company.steady("s/utility", 1000.0, start=5 * HOUR, end=6 * HOUR)
    company.keep()
    starts = company.service.stores.books.rows(columns=("start",))["start"].to_pylist()
    assert min(starts) == START + 5 * HOUR


def test_late_readings_revise_exactly_what_they_touch(company: Company) -> None:
    gap = range(20 * 60, 26 * 60, 60)
    early = [(at, 1000.0) for at in range(0, HOUR + 1, 60) if at not in gap]
    company.read("s/utility", early)
    company.keep()
    assert company.rows("s/utility")[1]["missing"] == pytest.approx(7 / 15)
    company.read("s/utility", [(at, 1000.0) for at in gap])
    kept = company.keep()
    assert (kept.rows_new, kept.rows_revised) == (0, 1)
    assert [row["revision"] for row in company.rows("s/utility")] == [0, 1, 0, 0]
    assert company.rows("s/utility")[1]["energy_kwh"] == pytest.approx(0.25)
    (former,) = company.service.stores.books.history().to_pylist()
    assert former["energy_kwh"] == pytest.approx(0.25 * 8 / 15)
    assert former["revision"] == 0


def test_open_intervals_stay_out_and_are_booked_once_closed(company: Company) -> None:
    company.now = START + 20 * 60
    company.steady("s/utility", 1000.0, end=20 * 60)
    assert company.keep().rows_new == 1
    company.now = START + 31 * 60  # the second quarter ended a minute ago: it closes after two intervals
    company.steady("s/utility", 1000.0, start=21 * 60, end=31 * 60)
    assert company.keep().rows_new == 0
    company.now = START + 33 * 60
    company.steady("s/utility", 1000.0, start=32 * 60, end=33 * 60)
    assert company.keep().rows_new == 1
    assert [row["energy_kwh"] for row in company.rows("s/utility", end=1800)] == pytest.approx([0.25, 0.25])


def test_what_was_pushed_last_is_booked_once_it_closes_though_nothing_follows(company: Company) -> None:
    company.now = START + HOUR
    company.steady("s/utility", 1000.0)
    company.keep()
    assert [row["energy_kwh"] for row in company.rows("s/utility")] == pytest.approx([0.25] * 4), (
        "the last by the kernel"
    )
    company.now = START + 2 * HOUR
    assert company.keep().rows_new == 2, "the last quarter, and the one that its last second opens"
    assert company.service.stores.books.rows(columns=("energy_kwh",))["energy_kwh"].to_pylist() == pytest.approx(
        [0.25] * 4 + [0.0]
    )
    company.now = START + 30 * HOUR
    assert company.keep().rows_new == 0, "the silence of who pushes is no row"


def test_a_silent_source_leaves_rows_of_missing_time(company: Company) -> None:
    company.points = TREE + SOURCE
    company.now = START + HOUR + 300
    company.steady("s/utility", 1000.0)
    company.keep()
    company.now = START + 3 * HOUR
    assert company.keep().rows_new >= 6
    silent = company.rows("s/utility", start=HOUR + 900, end=2 * HOUR)
    assert {row["missing"] for row in silent} == {1.0}
    assert {row["energy_kwh"] for row in silent} == {0.0}


def test_a_register_gap_is_spread_when_its_far_end_arrives(company: Company) -> None:
    company.points = TREE.replace("power = 60", "energy_counter = 900")
    company.read("s/utility", [(0, 100.0), (900, 101.0)], metric="energy_counter")
    company.keep()
    company.read("s/utility", [(5 * HOUR, 119.0), (5 * HOUR + 900, 120.0)], metric="energy_counter")
    company.keep()
    rows = company.rows("s/utility", end=5 * HOUR + 900)
    assert sum(float(str(row["energy_kwh"])) for row in rows) == pytest.approx(20.0)
    assert [row["quality"] for row in rows] == ["measured", *["estimated"] * 19, "measured"]


def test_expired_intervals_are_frozen(company: Company) -> None:
    company.steady("s/utility", 1000.0)
    company.keep()
    company.now = START + 500 * 86_400
    company.steady("s/utility", 2000.0)
    kept = company.keep()
    assert kept.frozen == 5
    assert (kept.rows_new, kept.rows_revised) == (0, 0)


def test_history_from_before_the_retention_is_booked_when_it_first_comes(company: Company) -> None:
    company.now = START + 500 * 86_400
    company.steady("s/utility", 1000.0)
    assert company.keep().rows_new == 5
    assert [row["energy_kwh"] for row in company.rows("s/utility")] == pytest.approx([0.25] * 4)


def test_a_changed_ct_ratio_breaks_the_register_and_scales_its_turn(company: Company) -> None:
    company.points = TREE.replace(
        'role = "utility"\nmax_w = 5000.0\ninterval_s = { power = 60 }',
        'role = "utility"\ninterval_s = { energy_counter = 900 }\nct_ratio = 40.0\n'
        "changes = [{ from = 2026-03-14T02:00:00Z, ct_ratio = 60.0 }]\n"
        'meters = [{ id = "M", register_max = "1000 kWh" }]',
    )
    values = [(at, (999.90 + 0.025 * at / 900) % 1000) for at in range(0, 4 * HOUR + 1, 900)]
    company.read("s/utility", values, metric="energy_counter")
    company.keep()
    rows = company.rows("s/utility", end=4 * HOUR)
    assert [row["energy_kwh"] for row in rows[:7]] == pytest.approx([1.0] * 7)  # it turns over at 01:00
    assert rows[7]["missing"] == 1.0  # the ratio changed at its end
    assert [row["energy_kwh"] for row in rows[8:]] == pytest.approx([1.5] * 8)


def test_a_job_whose_clock_was_ahead_blinds_nobody(company: Company) -> None:
    company.now = START + 400 * 86_400
    company.steady("s/utility", 1000.0)
    company.keep()
    company.now = START + 2 * HOUR + 300
    company.steady("s/utility", 1000.0, start=HOUR + 60, end=2 * HOUR + 300)
    company.keep()
    rows = company.rows("s/utility", end=2 * HOUR + 300)
    assert sum(float(str(row["energy_kwh"])) for row in rows) == pytest.approx(2.0 + 300 / HOUR)


def test_a_corrected_site_file_judges_anew_when_asked(company: Company) -> None:
    company.steady("s/utility", 1000.0)
    company.keep()
    company.points = TREE.replace("interval_s = { power = 60 }", "interval_s = { power = 10 }")
    assert company.keep().rows_revised == 0
    assert company.service.recompute(site="s", start=START, end=START + HOUR).rows_revised == 4
    assert {row["missing"] for row in company.rows("s/utility")} == {1.0}
    history = company.service.stores.books.history().to_pylist()
    assert {row["cause"] for row in history} == {"configuration"}


def test_impossible_register_leaps_go_to_quarantine_once(company: Company) -> None:
    company.points = TREE.replace("power = 60", "energy_counter = 60")
    values = [(at, 100.0 + at / HOUR) for at in range(0, HOUR + 1, 60)]
    values[30] = (values[30][0], 999_999.0)
    company.read("s/utility", values, metric="energy_counter")
    assert company.keep().refused == 1
    assert company.keep().refused == 0
    rejected = company.service.stores.archive.read(rejected=True, columns=("quality", "reason", "value")).to_pylist()
    assert [row["value"] for row in rejected if row["quality"] == "rejected"] == [999_999.0]
    energy = sum(float(str(row["energy_kwh"])) for row in company.rows("s/utility"))
    assert energy == pytest.approx(1.0)


def test_a_changed_parent_judges_only_what_comes_after(company: Company) -> None:
    company.steady("s/utility", 1000.0, end=2 * HOUR)
    company.points = TREE.replace(
        'id = "s/utility"\nrole = "utility"\nmax_w = 5000.0',
        'id = "s/utility"\nrole = "utility"\nmax_w = 5000.0\n'
        "changes = [{ from = 2026-03-14T01:00:00Z, interval_s = { power = 10 } }]",
    )
    company.keep()
    rows = company.rows("s/utility", end=2 * HOUR)
    assert [row["missing"] for row in rows] == [0.0] * 4 + [1.0] * 4  # samples 60 s apart are no bridge at 10 s


def test_windows_off_the_grid_are_cut_from_the_same_readings(company: Company) -> None:
    company.steady("s/utility", 1200.0)
    company.keep()
    rows = company.rows("s/utility", start=100, end=3500)
    assert sum(float(str(row["energy_kwh"])) for row in rows) == pytest.approx(1.2 * 3400 / HOUR)
    assert (rows[0]["start"], rows[0]["end"]) == (START + 100, START + 900)
    inside = company.rows("s/utility", start=1000, end=1100)
    assert [row["energy_kwh"] for row in inside] == pytest.approx([1.2 * 100 / HOUR])


def test_unbooked_time_is_computed_on_the_spot(company: Company) -> None:
    company.now = START + HOUR
    company.steady("s/utility", 1000.0)
    rows = company.rows("s/utility")
    assert [row["energy_kwh"] for row in rows] == pytest.approx([0.25] * 4)


def test_a_day_with_a_clock_change_has_23_hours(company: Company) -> None:
    first, last = instant("2026-03-29T00:00:00+01:00"), instant("2026-03-30T00:00:00+02:00")
    company.now = last + 86_400
    company.steady("s/utility", 1000.0, start=first - START - 600, end=last - START + 600)
    company.keep()
    (figure,) = company.service.kpis(site="s", start=first, end=last, names=["facility_energy_kwh"])
    assert figure.value == pytest.approx(23.0)


def test_emissions_name_their_factor_or_say_what_is_missing(company: Company) -> None:
    company.steady("s/utility", 1000.0)
    company.keep()
    (figure,) = company.service.kpis(site="s", start=START, end=START + HOUR, names=["emissions_location_kgco2e"])
    (factor,) = figure.factors
    assert figure.value == pytest.approx(factor.value / 1000)
    assert factor.note  # the year policy is told
    company.head = HEAD.replace("latest_published", "same")
    (none,) = company.service.kpis(site="s", start=START, end=START + HOUR, names=["emissions_location_kgco2e"])
    assert none.value is None
    assert none.reason


def test_the_open_end_of_now_is_held_as_estimated(company: Company) -> None:
    company.now = START + HOUR + 40
    company.steady("s/utility", 1000.0)
    company.keep()
    (row,) = company.rows("s/utility", start=HOUR, end=HOUR + 40)
    assert row["energy_kwh"] == pytest.approx(40 / HOUR)
    assert (row["measured"], row["estimated"]) == (0.0, 1.0)
    company.now = START + HOUR + 400  # later than 1.5 intervals: silent
    (row,) = company.rows("s/utility", start=HOUR, end=HOUR + 400)
    assert row["missing"] == 1.0


def test_amounts_of_a_point_that_ends_are_booked_from_its_first_to_its_last_interval(tmp_path: Path) -> None:
    tree = (
        TREE[: TREE.index("[[points]]", 9)]
        .replace("power = 60", "energy = 900")
        .replace('id = "s/utility"', 'id = "s/utility"\nvalid_to = "2026-03-14T02:00:00Z"')
    )
    made = Company(tmp_path, tree, now=START + 86_400.0)
    made.read("s/utility", [(at, 1.0) for at in range(900, 7201, 900)], metric="energy")
    made.keep()
    rows = made.rows("s/utility", end=7200)
    assert [(row["energy_kwh"], row["missing"]) for row in rows] == [(1.0, 0.0)] * 8
