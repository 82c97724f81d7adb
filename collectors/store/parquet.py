"""Data files of the Delta tables: written sorted, read by the row groups that can hold what is asked for."""

from __future__ import annotations

import json
import uuid
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from collectors.arrays import arrow_of, numpy_of
from collectors.store.layout import US
from collectors.store.order import one_dictionary, pick, text_mask
from config.errors import StoreCorrupt

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from collectors.store.layout import Layout


@dataclass(frozen=True, slots=True)
class NewFile:
    """A data file that no commit names yet."""

    path: str  # relative to the table
    size_bytes: int
    label: str  # partition value
    statistics: str  # Delta's, JSON


@dataclass(frozen=True, slots=True)
class Where:
    """What to read: points, metrics, the half-open span [start, end) of UTC seconds, origins; None means all."""

    points: frozenset[str] | None = None
    metrics: frozenset[str] | None = None
    start: int | None = None
    end: int | None = None
    origins: frozenset[str] | None = None

    @classmethod
    def of(
        cls, points: Collection[str] | None, metrics: Collection[str] | None, start: int | None, end: int | None
    ) -> Where:
        """Build from any collections; one text alone is taken as one name."""
        points, metrics = ([v] if isinstance(v, str) else v for v in (points, metrics))
        return cls(
            None if points is None else frozenset(points), None if metrics is None else frozenset(metrics), start, end
        )

    @property
    def texts(self) -> dict[str, frozenset[str]]:
        """The columns that are asked for by name, with the names wanted."""
        every = {"point": self.points, "metric": self.metrics, "origin": self.origins}
        return {column: wanted for column, wanted in every.items() if wanted is not None}

    def rows_of(self, table: pa.Table, layout: Layout) -> pa.Table:
        """Return the rows of an in-memory table that are asked for."""
        return self.in_span(self.named(table), layout)

    def named(self, table: pa.Table) -> pa.Table:
        """Return the rows whose texts are asked for."""
        for column, wanted in self.texts.items():
            table = pick(table, text_mask(table[column], wanted))
        return table

    def in_span(self, table: pa.Table, layout: Layout) -> pa.Table:
        """Return the rows of an in-memory table whose time is asked for; mostly all of them are, without a copy."""
        if (self.start is None and self.end is None) or not table.num_rows:
            return table
        first, last = pc.min_max(table[layout.time]).as_py().values()
        if self.start is not None and first < self.start:
            table = pick(table, numpy_of(table[layout.time]) >= self.start)
        if self.end is not None and last >= self.end:
            table = pick(table, numpy_of(table[layout.time]) < self.end)
        return table


def write_file(root: Path, layout: Layout, label: str, rows: pa.Table) -> NewFile:
    """Write `rows` (in the layout's order, of one partition) as one data file below `root`; not yet fsynced."""
    path = f"{layout.partition}={label}/part-{uuid.uuid4()}.parquet"
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        _to_disk(rows, layout),
        root / path,
        row_group_size=layout.row_group_rows,
        compression="zstd",
        use_dictionary=[f.name for f in layout.schema if f.name not in layout.encodings],
        column_encoding=layout.encodings,
        store_schema=False,
    )
    return NewFile(path, (root / path).stat().st_size, label, _statistics(rows, layout))


def _to_disk(rows: pa.Table, layout: Layout) -> pa.Table:
    """Whole seconds become timestamps; texts stay dictionaries, which Parquet writes as such."""
    for name in layout.times:
        place = rows.schema.get_field_index(name)
        stamps = pc.multiply(rows.column(name), US).cast(pa.timestamp("us", "UTC"))
        rows = rows.set_column(place, pa.field(name, stamps.type), stamps)
    return rows.select(layout.schema.names)


def _statistics(rows: pa.Table, layout: Layout) -> str:
    low: dict[str, object] = {}
    high: dict[str, object] = {}
    for name in (*layout.order, *layout.judged_by):
        column = rows.column(name)
        if pa.types.is_dictionary(column.type):
            array = one_dictionary(column)
            column = array.dictionary.take(arrow_of(np.unique(numpy_of(array.indices))))
        span = pc.min_max(column).as_py()
        if name in layout.times:
            span = {k: datetime.fromtimestamp(v, UTC).isoformat().replace("+00:00", "Z") for k, v in span.items()}
        low[name], high[name] = span["min"], span["max"]
    return json.dumps({"numRecords": rows.num_rows, "minValues": low, "maxValues": high, "nullCount": {}})


def read_file(root: Path, path: str, layout: Layout, where: Where, columns: Sequence[str] | None = None) -> pa.Table:
    """Read the rows of one data file that `where` asks for, in the file's order, with in-memory types.

    Raises:
        FileNotFoundError: vacuumed meanwhile: open a newer snapshot.
        StoreCorrupt: the file cannot be read.
    """
    names = list(layout.schema.names if columns is None else columns)
    spanned = [layout.time] if where.start is not None or where.end is not None else []
    needed = [*names, *(name for name in (*where.texts, *spanned) if name not in names)]
    try:
        with pq.ParquetFile(root / path, read_dictionary=layout.texts) as file:
            groups = _row_groups(file.metadata, layout, where)
            whole = len(groups) == file.num_row_groups
            table = file.read(needed) if whole else file.read_row_groups(groups, needed)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        message = f"data file {root / path} cannot be read ({error}): run `wattlas doctor --repair`."
        raise StoreCorrupt(message) from error
    return where.in_span(_to_memory(where.named(table), layout), layout).select(names)


def _row_groups(metadata: pq.FileMetaData, layout: Layout, where: Where) -> list[int]:
    """Return the row groups whose statistics do not rule out a wanted point."""
    groups = list(range(metadata.num_row_groups))
    if where.points is None:
        return groups
    points, place = sorted(where.points), layout.schema.get_field_index("point")
    return [group for group in groups if _meets(metadata, group, place, points)]


def _meets(metadata: pq.FileMetaData, group: int, place: int, points: list[str]) -> bool:
    statistics = metadata.row_group(group).column(place).statistics
    if statistics is None or not statistics.has_min_max:
        return True
    found = bisect_left(points, statistics.min)
    return found < len(points) and points[found] <= statistics.max


def _to_memory(table: pa.Table, layout: Layout) -> pa.Table:
    """Timestamps become whole seconds, field types and nullability those of the layout."""
    columns = [
        pa.chunked_array([_seconds(chunk) for chunk in column.chunks], pa.int64()) if name in layout.times else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema([layout.schema.field(n) for n in table.column_names]))


def _seconds(stamps: pa.Array) -> pa.Array:
    numbers = stamps.view(pa.int64())
    if stamps.null_count == len(stamps):
        return numbers
    return pc.divide(numbers, US) if stamps.null_count else arrow_of(numpy_of(numbers) // US)
