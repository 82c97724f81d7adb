"""Old days as one row: sums stay, quarter hours become estimates, days that are not whole or measured stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from collectors.arrays import numpy_of
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.books import Books
from tests.collectors.store.tables import DAY_S, MARCH, ledger, plain

if TYPE_CHECKING:
    from pathlib import Path

POINTS = [f"fra1/srv-{number:04}" for number in range(3)]
LATER = MARCH + 40 * DAY_S


@pytest.fixture
def books(tmp_path: Path) -> Books:
    made = Books(tmp_path / "books")
    made.write(ledger(3, 96 * 4), watermark={"ledger:sequence": 1}, cause="readings", now=LATER)
    return made


def total(books: Books, **where: int) -> float:
    return float(numpy_of(books.rows(**where)["energy_kwh"]).sum())  # type: ignore[arg-type]


def test_days_become_rows_and_are_read_as_estimated_quarter_hours_of_the_same_sum(books: Books) -> None:
    before = books.rows()
    assert books.thin(POINTS[:2], MARCH, MARCH + 2 * DAY_S) == 4
    stored = books.ledger.snapshot().files["num_records"].to_pylist()
    assert sum(stored) == 3 * 384 - 4 * 95, "95 of 96 rows of each day are gone"
    after = books.rows()
    assert after.schema == LEDGER_SCHEMA
    assert plain(after, ["point", "metric", "start", "end"]) == plain(before, ["point", "metric", "start", "end"])
    for point in POINTS:
        for day in range(4):
            rows = books.rows(points=[point], start=MARCH + day * DAY_S, end=MARCH + (day + 1) * DAY_S)
            assert numpy_of(rows["energy_kwh"]).sum() == pytest.approx(
                numpy_of(before["energy_kwh"])[POINTS.index(point) * 384 + day * 96 :][:96].sum(), rel=1e-12
            )
            thin = point in POINTS[:2] and day < 2
            assert set(rows["quality"].to_pylist()) == ({"estimated"} if thin else {"measured"})
            assert set(rows["measured"].to_pylist()) == ({0.0} if thin else {1.0})
            assert set(rows["estimated"].to_pylist()) == ({1.0} if thin else {0.0})


def test_a_window_that_begins_within_a_day_has_its_part_of_it(books: Books) -> None:
    books.thin(POINTS, MARCH, MARCH + DAY_S)
    noon = MARCH + DAY_S // 2
    rows = books.rows(points=POINTS[:1], start=noon, end=noon + 3600, columns=("energy_kwh", "start"))
    assert rows["start"].to_pylist() == [noon + 900 * cell for cell in range(4)]
    day = total(books, start=MARCH, end=MARCH + DAY_S) / 3
    assert total(books, start=noon, end=MARCH + DAY_S) == pytest.approx(day * 3 / 2, rel=1e-9)
    (month,) = books.months(start=noon, end=noon + 3600, columns=("energy_kwh",))
    assert (month.num_rows, month.column_names) == (12, ["energy_kwh"])
    assert list(books.months(start=MARCH - 3600, end=MARCH)) == []


def test_files_of_a_span_are_also_those_with_a_whole_day_that_reaches_into_it(books: Books) -> None:
    evening = (MARCH + 4 * DAY_S - 900, MARCH + 4 * DAY_S)
    ((before,),) = books.files_of([evening])
    books.thin(POINTS, MARCH, MARCH + 4 * DAY_S)
    (after,) = books.files_of([evening])
    assert after
    assert before not in after
    assert books.files_of([(MARCH - 3600, MARCH), (MARCH + 5 * DAY_S, MARCH + 6 * DAY_S)]) == [frozenset()] * 2
    assert Books(books.folder / "none").files_of([evening]) == [frozenset()]


def test_what_is_not_whole_and_measured_by_one_rule_stays(tmp_path: Path) -> None:
    made = Books(tmp_path / "books")
    day = ledger(1, 96)
    parts = {
        "gap": ledger(1, 95),
        "bridged": day.set_column(7, LEDGER_SCHEMA.field(7), pa.array([0.5] + [1.0] * 95)),
        "two methods": day.set_column(
            11, LEDGER_SCHEMA.field(11), pa.array(["power"] + ["register"] * 95, LEDGER_SCHEMA.field(11).type)
        ),
        "two configurations": day.set_column(
            13, LEDGER_SCHEMA.field(13), pa.array(["a"] + ["b"] * 95, LEDGER_SCHEMA.field(13).type)
        ),
        "amounts": ledger(1, 96, metric="water", energy_kwh=None, low_kwh=None, high_kwh=None, unit="L"),
    }
    for number, (name, rows) in enumerate(parts.items()):
        named = rows.set_column(2, LEDGER_SCHEMA.field(2), pa.array([name] * len(rows), LEDGER_SCHEMA.field(2).type))
        made.write(named, watermark={"ledger:sequence": number}, cause="readings", now=LATER)
    made.compact(LATER)
    before = made.rows()
    assert made.thin(list(parts), MARCH, MARCH + DAY_S) == 0
    assert plain(made.rows()) == plain(before)


def test_means_are_thinned_and_have_no_energy(tmp_path: Path) -> None:
    made = Books(tmp_path / "books")
    warm = ledger(1, 96, metric="temperature", energy_kwh=None, low_kwh=None, high_kwh=None, unit="degC")
    made.write(warm, watermark={}, cause="readings", now=LATER)
    assert made.thin(POINTS, MARCH, MARCH + DAY_S) == 1
    rows = made.rows()
    assert rows["energy_kwh"].null_count == len(rows) == 96
    assert numpy_of(rows["value"]) == pytest.approx([numpy_of(warm["value"]).mean()] * 96)


def test_it_is_done_once_and_stands_beside_compaction_and_writes(books: Books) -> None:
    assert books.thin(POINTS, MARCH, MARCH + 2 * DAY_S) == 6
    assert books.thin(POINTS, MARCH, MARCH + 2 * DAY_S) == 0
    before = books.rows()
    books.write(ledger(3, 8, start=MARCH + 4 * DAY_S), watermark={"ledger:sequence": 2}, cause="readings", now=LATER)
    books.compact(LATER)
    assert plain(books.rows(end=MARCH + 4 * DAY_S)) == plain(before)
    assert books.rows().num_rows == before.num_rows + 24
    assert books.history().num_rows == 0
    assert books.thin([], MARCH, LATER) == books.thin(POINTS, LATER, LATER) == 0
