"""Ledger rows as matrices: in blocks, one by one, in several tables, with holes."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from analytics.boundary import Era, Tree
from analytics.cells import Grid
from analytics.effectiveness import pue_of_period
from analytics.energy import energy_kwh
from analytics.sheets import Sheet, laid, sheets, stretches
from analytics.uses import energy_by_use
from collectors.ledger_row import LEDGER_SCHEMA
from config.errors import InputError
from tests.analytics.build import MIDNIGHT, era, ledger, ledger_row, state, steady

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR_GRID = Grid(MIDNIGHT, MIDNIGHT + 3600, 900)


def entered(tables: list[pa.Table], grid: Grid = HOUR_GRID) -> list[Sheet]:
    return [sheet.of(["s/a", "s/b"]) for sheet in sheets(tables, ["s/a", "s/b"], grid)]


def whole(rows: pa.Table | list[dict[str, object]], name: str, grid: Grid = HOUR_GRID) -> list[list[float]]:
    """One matrix of all sheets."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA)
    found: list[list[float]] = np.hstack([getattr(sheet, name) for sheet in entered([table], grid)]).tolist()
    return found


@pytest.mark.parametrize("most", [0, 1 << 10])  # row by row, and in stretches
def test_blocks_and_single_rows_give_the_same(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("analytics.sheets.MOST_STRETCHES", most)
    table = steady({"s/a": 4.0, "s/b": 8.0})
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    doubled = table.take([0, 0, 0, 0, 4, 5, 6, 7])  # a block that is none
    (block,), (single,), (other,) = entered([table]), entered([shuffled]), entered([doubled])
    for name in ("energy", "low", "high", "measured", "covered"):
        assert (getattr(block, name) == getattr(single, name)).all()
    assert block.energy.tolist() == [[1.0] * 4, [2.0] * 4]
    assert other.energy.tolist() == [[1.0, 0, 0, 0], [2.0] * 4]


def test_absent_rows_and_points_are_missing() -> None:
    table = ledger([("s/a", 1, 0.5, 1.0), ("s/other", 0, 9.0, 1.0)])
    assert whole(table, "covered") == [[0, 1, 0, 0], [0, 0, 0, 0]]
    assert whole(table, "energy") == [[0, 0.5, 0, 0], [0, 0, 0, 0]]


def test_tables_tile_the_window() -> None:
    early, late = ledger([("s/a", 0, 1.0, 1.0)]), ledger([("s/a", 2, 2.0, 1.0)])
    found = entered([early, ledger([("s/a", 9, 5.0, 1.0)]), late])
    assert [(sheet.starts[0], sheet.starts.size) for sheet in found] == [
        (MIDNIGHT, 1),
        (MIDNIGHT + 900, 2),
        (MIDNIGHT + 2700, 1),
    ]
    assert sum(sheet.energy.sum() for sheet in found) == 3.0


def test_tables_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="overlap in time"):
        entered([ledger([("s/a", 2, 1.0, 1.0)]), ledger([("s/a", 1, 1.0, 1.0)])])


def test_other_metrics_and_rows_that_stick_out_are_left_out() -> None:
    rows = [
        ledger_row("s/a", 0, 1.0),
        ledger_row("s/a", 1, 7.0, metric="temperature"),
        ledger_row("s/a", 3, 7.0, end=MIDNIGHT + 4500),
    ]
    assert whole(rows, "energy") == [[1.0, 0, 0, 0], [0.0] * 4]
    assert whole(rows[1:2], "covered") == [[0.0] * 4] * 2


def test_a_row_shorter_than_its_cell_covers_its_own_time_alone() -> None:
    row = ledger_row("s/a", 0, 1.0, end=MIDNIGHT + 450)
    grid = Grid(MIDNIGHT, MIDNIGHT + 900, 900)
    assert (whole([row], "covered", grid), whole([row], "measured", grid)) == ([[0.5], [0]], [[0.5], [0]])


def test_windows_off_the_grid_have_short_cells() -> None:
    row = ledger_row("s/a", 0, 1.0, start=MIDNIGHT + 300)
    grid = Grid(MIDNIGHT + 300, MIDNIGHT + 1000, 900)
    assert whole([row], "covered", grid) == [[1, 0], [0, 0]]
    seconds = [sheet.seconds.tolist() for sheet in entered([pa.Table.from_pylist([row], schema=LEDGER_SCHEMA)], grid)]
    assert seconds == [[600.0], [100.0]]


def test_a_cell_belongs_to_the_era_of_its_start() -> None:
    trees = [Tree((state(name, "utility"),)) for name in ("a", "b")]
    eras = [Era(MIDNIGHT, MIDNIGHT + 1000, trees[0]), Era(MIDNIGHT + 1000, MIDNIGHT + 3600, trees[1])]
    found = list(stretches(steady({"s/a": 1.0}), eras, lambda tree: tree.facility, length_s=900))
    assert [(era.tree is trees[at], part.starts.size) for at, (era, part) in enumerate(found)] == [(True, 2), (True, 2)]


def test_an_era_without_a_cell_start_has_no_part() -> None:
    tree = Tree((state("a", "utility"),))
    eras = [
        Era(MIDNIGHT, MIDNIGHT + 10, tree),
        Era(MIDNIGHT + 10, MIDNIGHT + 20, tree),
        Era(MIDNIGHT + 20, MIDNIGHT + 900, tree),
    ]
    assert len(list(stretches(steady({"s/a": 1.0}), eras, lambda tree: tree.facility, length_s=900))) == 1


def test_no_table_is_held_while_the_next_is_read() -> None:
    """Of a large site the rows of a month take hundreds of MB: two side by side are above what a report may take."""
    held: list[weakref.ref[pa.Table]] = []

    def months() -> Iterator[pa.Table]:
        for cell in range(3):
            assert not any(one() for one in held)
            yield _noted(ledger([("s/a", cell, 1.0, 1.0)]))

    def _noted(table: pa.Table) -> pa.Table:
        held.append(weakref.ref(table))
        return table

    for sheet in sheets(months(), ["s/a"], HOUR_GRID):
        assert sheet.energy.sum() == (1.0 if sheet.starts[0] < MIDNIGHT + 2700 else 0.0)
    assert len(held) == 3


def test_many_pieces_give_what_one_gives() -> None:
    table = steady({"s/a": 4.0, "s/b": 8.0})
    pieces = pa.concat_tables([table.slice(at, 3) for at in range(0, table.num_rows, 3)])
    plain = table.set_column(table.schema.get_field_index("point"), "point", table["point"].cast(pa.string()))
    for other in (pieces, plain):
        (found,), (whole_one,) = entered([other]), entered([table])
        for name in ("energy", "low", "high", "measured", "covered"):
            assert (getattr(found, name) == getattr(whole_one, name)).all()


def test_rows_laid_out_once_give_several_figures_what_rows_give() -> None:
    points = (state("grid", "utility"), state("ups", "ups", "grid", max_w=9e3), state("fan", "cooling", "grid"))
    rows = steady({"s/grid": 10.0, "s/ups": 6.0, "s/fan": 2.0}, without=[("s/ups", 1)])
    eras = era(*points)
    once = laid([rows], eras, [point.id for point in points], length_s=900)
    assert energy_by_use(once, eras, category=1) == energy_by_use(rows, eras, category=1)
    assert pue_of_period(once, eras, category=1, site="s") == pue_of_period(rows, eras, category=1, site="s")
    one, other = (energy_kwh(each, eras, pick=lambda tree: tree.it(1), name="it", site="s") for each in (once, rows))
    assert one == other
