"""Ledger rows of metric `energy` as dense matrices, points by cells: what all figures over a period are summed from.

Rows that are absent count as missing. Tables come one after the other, each of a later time, so that a year of a
large site needs the memory of its largest table alone.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.cells import Grid
from analytics.frame import BATCH_ROWS, coded, plain
from collectors.arrays import arrow_of, numpy_of
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree

MOST_STRETCHES = 1 << 10  # of cells that follow each other, in a batch of rows: more are entered row by row
FULL = 1 - 1e-6  # a cell covered to this share is covered


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Matrices of one row a point and one column a cell. Energy and its bounds in kWh, the others as shares of time."""

    index: Mapping[str, int]  # row of each point
    starts: NDArray[np.int64]  # of the cells, UTC seconds
    seconds: NDArray[np.float64]  # length of the cells
    energy: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    measured: NDArray[np.float64]
    covered: NDArray[np.float64]

    def matrix(self, name: str, points: Sequence[str]) -> NDArray[np.float64]:
        """Return a copy of one matrix for these points, in this order; a point without rows is all zero: missing."""
        rows = np.array([self.index.get(point, -1) for point in points], dtype=np.int64)
        chosen: NDArray[np.float64] = getattr(self, name)[rows]
        chosen[rows < 0] = 0.0
        return chosen

    @property
    def sure(self) -> NDArray[np.float64]:
        """Energy that each cell has for certain: of one that is partly estimated no more than its lower bound.

        Between two readings of a register that are far apart the sum is known, and not when it was taken.
        """
        guessed = self.covered - self.measured > 1 - FULL
        return np.where(guessed, np.minimum(self.low, self.energy), self.energy)

    def of(self, points: Sequence[str]) -> Sheet:
        """Return a copy of the rows of these points, in this order."""
        columns: dict[str, Any] = {name: self.matrix(name, points) for name in _MATRICES}
        return replace(self, index={point: row for row, point in enumerate(points)}, **columns)

    def between(self, start: int, end: int) -> Sheet:
        """Return the cells that start within [start, end)."""
        first, stop = np.searchsorted(self.starts, [start, end])
        columns = {name: getattr(self, name)[:, first:stop] for name in _MATRICES}
        return replace(self, starts=self.starts[first:stop], seconds=self.seconds[first:stop], **columns)


_MATRICES = ("energy", "low", "high", "measured", "covered")
_COLUMNS = ["start", "end", "point", "energy_kwh", "low_kwh", "high_kwh", "measured", "missing"]


def sheets(tables: Iterable[pa.Table], points: Sequence[str], grid: Grid) -> Iterator[Sheet]:
    """Yield matrices that tile the window of `grid`, one for each table that holds rows of it.

    Raises:
        InputError: the tables do not follow each other in time.
    """
    until = grid.start
    for table in tables:
        rows = _energy_rows(table, grid)
        if not rows.num_rows:
            continue
        if pc.min(rows["start"]).as_py() < until:
            msg = "the tables of ledger rows overlap in time: give each a time of its own, in order"
            raise InputError(msg)
        last = -(-pc.max(rows["end"]).as_py() // grid.length_s) * grid.length_s
        part = Grid(until, min(last, grid.end), grid.length_s)
        batches = deque(_one_dictionary(rows).to_batches())
        del table, rows  # of a large site rows and matrices of a month do not fit side by side
        sheet = _filled(batches, points, part)
        until = part.end
        yield sheet
        del sheet
    if until < grid.end:
        yield _blank(points, Grid(until, grid.end, grid.length_s))


def one_sheet(tables: Iterable[pa.Table], points: Sequence[str], grid: Grid) -> Sheet:
    """Return one matrix of the whole window: for few points, or a window of months."""
    rows = pa.concat_tables(tables).unify_dictionaries()
    parts = [sheet.of(points) for sheet in sheets([rows], points, grid)]
    columns = {name: np.concatenate([getattr(one, name) for one in parts], axis=1) for name in _MATRICES}
    return _sheet(grid, points, columns)


@dataclass(frozen=True, slots=True)
class Laid:
    """The matrices of these points over some eras, kept for several figures: of few points, for all stays in memory."""

    points: frozenset[str]
    parts: tuple[tuple[Era, Sheet], ...]


def laid(tables: Iterable[pa.Table], eras: Sequence[Era], points: Iterable[str], *, length_s: int) -> Laid:
    """Lay out ledger rows once; the figures must be of the same eras."""
    held = sorted(points)
    return Laid(frozenset(held), tuple(stretches(tables, eras, lambda _: held, length_s=length_s)))


def stretches(
    tables: pa.Table | Iterable[pa.Table] | Laid,
    eras: Sequence[Era],
    wanted: Callable[[Tree], Iterable[str]],
    *,
    length_s: int,
) -> Iterator[tuple[Era, Sheet]]:
    """Yield matrices of the wanted points, cut so that within each one tree holds. The eras tile the period.

    A caller that is done with one drops it (`del sheet`), so that it is gone while the next month is read.
    """
    if isinstance(tables, Laid):
        yield from tables.parts
        return
    grid = Grid(eras[0].start, eras[-1].end, length_s)
    points = list(dict.fromkeys(point for era in eras for point in wanted(era.tree)))
    for sheet in sheets([tables] if isinstance(tables, pa.Table) else tables, points, grid):
        yield from _by_era(sheet, eras)
        del sheet


def _by_era(sheet: Sheet, eras: Sequence[Era]) -> Iterator[tuple[Era, Sheet]]:
    for era in eras:
        first, stop = np.searchsorted(sheet.starts, [era.start, era.end])
        if first < stop:
            yield era, sheet.between(era.start, era.end)


def _energy_rows(table: pa.Table, grid: Grid) -> pa.Table:
    """Return the rows of metric energy that lie within the window."""
    metrics, names = coded(table["metric"])
    if names == ["energy"] and _within(table, grid):
        return table
    keep = (plain(table["start"]) >= grid.start) & (plain(table["end"]) <= grid.end)
    if names != ["energy"]:
        keep &= metrics == (names.index("energy") if "energy" in names else -1)
    return table if keep.all() else table.filter(arrow_of(keep))


def _within(table: pa.Table, grid: Grid) -> bool:
    """Whether all rows lie within the window, told without a copy of a column."""
    first, last = pc.min(table["start"]).as_py(), pc.max(table["end"]).as_py()
    return first is not None and bool(first >= grid.start and last <= grid.end)


def _one_dictionary(rows: pa.Table) -> pa.Table:
    """Return the columns that a sheet is made of, with the points in one dictionary."""
    rows = rows.select(_COLUMNS)
    point = rows["point"]
    if pa.types.is_dictionary(point.type):
        return rows.unify_dictionaries()
    return rows.set_column(rows.schema.get_field_index("point"), "point", point.dictionary_encode())


def _blank(points: Sequence[str], grid: Grid) -> Sheet:
    shape = (max(len(points), 1), grid.count)
    return _sheet(grid, points, {name: np.zeros(shape) for name in _MATRICES})


def _sheet(grid: Grid, points: Sequence[str], matrices: Mapping[str, NDArray[np.float64]]) -> Sheet:
    index = {point: row for row, point in enumerate(points)}
    return Sheet(index=index, starts=grid.edges[:-1], seconds=grid.seconds.astype(np.float64), **matrices)


def _filled(rows: deque[pa.RecordBatch], points: Sequence[str], grid: Grid) -> Sheet:
    """Return the matrices with the rows entered, which are gone then; rows of other points are left out."""
    if len(rows) == 1 and (found := _viewed(rows[0], grid)) is not None:
        return found
    sheet = _blank(points, grid)
    names: pa.Array | None = None
    while rows:
        batch = rows.popleft()
        point = batch["point"]
        if names is None or not point.dictionary.equals(names):
            names = point.dictionary
            row_of = np.array([sheet.index.get(name, -1) for name in names.to_pylist()], dtype=np.int64)
        for first in range(0, batch.num_rows, BATCH_ROWS):  # a whole column in one piece would be a copy of it
            part = batch.slice(first, BATCH_ROWS)
            row = row_of[numpy_of(part["point"].indices)]
            _enter(sheet, row, plain(part["start"]), plain(part["end"]), _amounts(part), grid)
    return sheet


def _viewed(rows: pa.RecordBatch, grid: Grid) -> Sheet | None:
    """Return the rows as matrices where they lie as the books keep them: whole cells, point after point."""
    codes, names = numpy_of(rows["point"].indices), rows["point"].dictionary.to_pylist()
    if not _in_blocks(codes, plain(rows["start"]), plain(rows["end"]), grid):
        return None
    order = [names[code] for code in codes[:: grid.count]]
    return _sheet(grid, order, {name: column.reshape(-1, grid.count) for name, column in _amounts(rows).items()})


def _amounts(rows: pa.RecordBatch) -> dict[str, NDArray[np.float64]]:
    return {
        "energy": plain(rows["energy_kwh"]),
        "low": plain(rows["low_kwh"]),
        "high": plain(rows["high_kwh"]),
        "measured": plain(rows["measured"]),
        "covered": 1 - plain(rows["missing"]),
    }


def _enter(
    sheet: Sheet,
    row: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    columns: Mapping[str, NDArray[np.float64]],
    grid: Grid,
) -> None:
    """Enter rows: shares speak of the row's own time, which may be shorter than its cell."""
    if (row < 0).any():
        ours = np.flatnonzero(row >= 0)
        row, start, end = row[ours], start[ours], end[ours]
        columns = {name: column[ours] for name, column in columns.items()}
    cell = grid.cell(start)
    at = row * grid.count + cell
    share = (end - start) / sheet.seconds[cell]
    if (share != 1).any():
        columns = {**columns, **{name: columns[name] * share for name in ("measured", "covered")}}
    breaks = np.flatnonzero(np.diff(at) != 1) + 1
    if breaks.size > MOST_STRETCHES:
        for name, column in columns.items():
            getattr(sheet, name).reshape(-1)[at] = column
        return
    for first, stop in pairwise([0, *breaks.tolist(), at.size] if at.size else []):  # the books keep points together
        place = int(at[first])
        for name, column in columns.items():
            getattr(sheet, name).reshape(-1)[place : place + stop - first] = column[first:stop]


def _in_blocks(codes: NDArray[np.int32], start: NDArray[np.int64], end: NDArray[np.int64], grid: Grid) -> bool:
    """Whether each point has exactly one row for each cell, in order, and each row is a whole cell."""
    if codes.size % grid.count:
        return False
    first = codes[:: grid.count]
    return bool(
        np.unique(first).size == first.size
        and (codes.reshape(-1, grid.count) == first[:, None]).all()
        and (start.reshape(-1, grid.count) == grid.edges[:-1]).all()
        and (end.reshape(-1, grid.count) == grid.edges[1:]).all()
    )
