"""One version of a Delta table: which files hold what, and reading them; it never changes, whatever writers do."""

from __future__ import annotations

from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import empty_table, numpy_of
from collectors.store.layout import US
from collectors.store.order import pick
from collectors.store.parquet import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from deltalake import DeltaTable
    from numpy.typing import NDArray

    from collectors.store.layout import Layout
    from collectors.store.parquet import Where

READERS = 2  # files read at once: Arrow itself spreads the columns of each over the cores


class FileRange(NamedTuple):
    """A data file: its least and greatest point, its path and number of rows."""

    low: str
    high: str
    path: str
    rows: int


class Snapshot:
    """The files of one version, with Delta's statistics of each."""

    def __init__(self, root: Path, layout: Layout, table: DeltaTable | None) -> None:
        """Read the file list of an open table; None is a table not written yet."""
        self.root, self.layout, self._table = root, layout, table
        self.version = -1 if table is None else table.version()
        self.files = _files(table)

    def number(self, app_id: str) -> int:
        """Return the last application transaction of `app_id`, -1 where there is none."""
        number = None if self._table is None else self._table.transaction_version(app_id)
        return -1 if number is None else number

    def labels(self) -> list[str]:
        """Return the partition label of each file."""
        return self.files[f"partition.{self.layout.partition}"].to_pylist() if self.files.num_rows else []

    def label_of(self) -> dict[str, str]:
        """Return the partition label by file path."""
        return dict(zip(self.files["path"].to_pylist(), self.labels(), strict=True))

    def sizes(self) -> dict[str, int]:
        """Return the size [bytes] by file path."""
        if not self.files.num_rows:
            return {}
        return dict(zip(self.files["path"].to_pylist(), self.files["size_bytes"].to_pylist(), strict=True))

    def files_by_label(self) -> dict[str, list[FileRange]]:
        """Return the files of each partition by least point."""
        if not self.files.num_rows:
            return {}
        columns = (self.files[name].to_pylist() for name in ("min.point", "max.point", "path", "num_records"))
        found: dict[str, list[FileRange]] = {label: [] for label in self.labels()}
        for label, *row in zip(self.labels(), *columns, strict=True):
            found[label].append(FileRange(*row))
        return {label: sorted(files) for label, files in found.items()}

    def files_of(self, label: str) -> list[FileRange]:
        """Return the files of one partition by least point."""
        return self.files_by_label().get(label, [])

    def highest(self, column: str) -> int:
        """Return the greatest value of an integer column in any file, -1 where there is none."""
        top = pc.max(self.files[f"max.{column}"]).as_py() if self.files.num_rows else None
        return -1 if top is None else int(top)

    def paths(self, where: Where, *, above: tuple[str, int] | None = None) -> list[str]:
        """Return the files that can hold what `where` asks for, in order of partition and least point.

        `above` = (column, number) asks for files that hold a greater number in that column.
        """
        if not self.files.num_rows:
            return []
        keep = np.ones(self.files.num_rows, bool)
        if where.start is not None:
            keep &= self._seconds("max") >= where.start
        if where.end is not None:
            keep &= self._seconds("min") < where.end
        if above is not None:
            keep &= numpy_of(self.files[f"max.{above[0]}"]) > above[1]
        for column, wanted in where.texts.items():
            keep &= self._meets(column, sorted(wanted))
        files = pick(self.files, keep)
        order = [(f"partition.{self.layout.partition}", "ascending"), ("min.point", "ascending")]
        return files.sort_by(order)["path"].to_pylist()  # type: ignore[no-any-return]  # Arrow has no types

    def paths_within(self, start: int, end: int) -> list[str]:
        """Return the files that can hold rows of [start, end) UTC seconds, in no order: cheap to ask day by day."""
        if not self.files.num_rows:
            return []
        keep = (self._most >= start) & (self._least < end)
        return [self._paths[place] for place in np.flatnonzero(keep).tolist()]

    @cached_property
    def _paths(self) -> list[str]:
        return self.files["path"].to_pylist()  # type: ignore[no-any-return]  # Arrow has no types

    @cached_property
    def _least(self) -> NDArray[np.int64]:
        return self._seconds("min")

    @cached_property
    def _most(self) -> NDArray[np.int64]:
        return self._seconds("max")

    def _seconds(self, side: str) -> NDArray[np.int64]:
        return numpy_of(self.files[f"{side}.{self.layout.time}"].cast(pa.int64())) // US

    def _meets(self, name: str, wanted: list[str]) -> NDArray[np.bool_]:
        """Return for each file whether its range of a text column holds a wanted text."""
        low, high = self.files[f"min.{name}"].to_pylist(), self.files[f"max.{name}"].to_pylist()
        places = [bisect_left(wanted, least) for least in low]
        return np.array([p < len(wanted) and wanted[p] <= most for p, most in zip(places, high, strict=True)], bool)

    def read(self, where: Where, columns: Sequence[str] | None = None) -> list[pa.Table]:
        """Return the wanted rows file by file, each in the layout's order, empty ones left out."""
        one = partial(read_file, self.root, layout=self.layout, where=where, columns=columns)
        with ThreadPoolExecutor(READERS) as readers:
            return [table for table in readers.map(one, self.paths(where)) if table.num_rows]

    def read_by_partition(self, where: Where, columns: Sequence[str] | None = None) -> Iterator[list[pa.Table]]:
        """Yield the wanted rows of one partition after another, in time order."""
        for _, paths in groupby(self.paths(where), key=lambda path: path.partition("/")[0]):
            tables = [read_file(self.root, path, self.layout, where, columns) for path in paths]
            if any(table.num_rows for table in tables):
                yield tables


def _files(table: DeltaTable | None) -> pa.Table:
    """Return Delta's list of files as Arrow; through a stream, for `pa.table` would import pandas."""
    if table is None:
        return empty_table(pa.schema([("path", pa.string())]))
    return pa.RecordBatchReader.from_stream(table.get_add_actions(flatten=True)).read_all()
