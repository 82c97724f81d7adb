"""Small files become few sorted ones; nothing is dropped, readers and appends go on meanwhile.

A closed partition is cut at point boundaries into sorted files whose point ranges do not overlap, so that a reader of
few points opens few files and needs no sort. Memory is bounded: one output file at a time.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import numpy_of
from collectors.store.order import in_order, pick
from collectors.store.parquet import Where, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collectors.store.delta import DeltaFolder, Writer
    from collectors.store.layout import Layout
    from collectors.store.snapshot import FileRange, Snapshot

SMALL_FILES = 32  # an open partition is merged once it holds so many files below half the full size


def cut(rows: pa.Table, layout: Layout) -> Iterator[tuple[str, pa.Table]]:
    """Cut rows in the layout's order into (partition label, part): one partition each, still in order, not too long."""
    days, place = np.unique(numpy_of(rows[layout.time]) // 86_400, return_inverse=True)
    labels, of_day = np.unique(layout.labels(days * 86_400), return_inverse=True)
    for number, label in enumerate(labels):
        part = pick(rows, of_day[place] == number)
        for first, last in _pieces(part, layout.file_rows):
            yield str(label), part.slice(first, last - first)


def _pieces(part: pa.Table, file_rows: int) -> Iterator[tuple[int, int]]:
    """Yield row spans of at most `file_rows` rows that end where a point ends, if one does."""
    first, rows = 0, part.num_rows
    while rows - first > file_rows:
        points = part["point"].slice(first, file_rows + 1).cast(pa.string())
        start_of_last = pc.index(points, points[file_rows]).as_py()
        last = first + (start_of_last or file_rows)
        yield first, last
        first = last
    yield first, rows


def compact(folder: DeltaFolder, today: int) -> int:
    """Compact what needs it, one partition a commit, under the writer lock; return how many were rewritten.

    Partitions before that of `today` (UTC seconds) are closed. In later ones only small files are merged, and only
    once there are many.
    """
    files = folder.snapshot().files_by_label()
    labels = [label for label in sorted(files) if _chosen(files[label], folder.layout, label, today)]
    return sum(folder.write(partial(_partition, label=label, today=today)) for label in labels)


def _partition(writer: Writer, *, label: str, today: int) -> int:
    files = writer.snapshot.files_of(label)
    paths = _chosen(files, writer.layout, label, today)
    if paths:
        adds = ((label, rows) for rows in _merged(writer.snapshot, paths))
        writer.commit(adds=adds, removes=paths, changes_rows=False)
    return int(bool(paths))


def _chosen(files: Sequence[FileRange], layout: Layout, label: str, today: int) -> list[str]:
    """Return which files of a partition to merge: all of a closed one if any two may hold the same point."""
    if label >= layout.label(today):
        small = [file.path for file in files if file.rows < layout.file_rows // 2]
        return small if len(small) >= SMALL_FILES else []
    if all(one.high < other.low for one, other in pairwise(files)):
        return []
    return [file.path for file in files]


def _merged(snapshot: Snapshot, paths: Sequence[str]) -> Iterator[pa.Table]:
    for points in _groups(snapshot, paths):
        tables = [read_file(snapshot.root, path, snapshot.layout, Where(points=points)) for path in paths]
        yield in_order(pa.concat_tables(tables).unify_dictionaries(), snapshot.layout)[0]


def _groups(snapshot: Snapshot, paths: Sequence[str]) -> Iterator[frozenset[str]]:
    """Yield neighbouring points whose rows together fill one output file."""
    counts: dict[str, int] = {}
    for path in paths:
        points = read_file(snapshot.root, path, snapshot.layout, Where(), ["point"])["point"]
        for entry in pc.value_counts(points.cast(pa.string())).to_pylist():
            counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]
    group: list[str] = []
    rows = 0
    for point in sorted(counts):
        if group and rows + counts[point] > snapshot.layout.file_rows:
            yield frozenset(group)
            group, rows = [], 0
        group.append(point)
        rows += counts[point]
    yield frozenset(group)
