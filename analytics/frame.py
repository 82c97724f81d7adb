"""The reading table as numpy arrays, and the runs in it: stretches of rows that belong to one series."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from analytics.samples import Samples
from collectors.arrays import numpy_of
from collectors.reading import Quality
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

BATCH_ROWS = 1 << 16  # readings that are worked on at once: the arrays in between stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Run:
    """Rows [first, stop) of the table: the readings of one metric of one point."""

    point: str
    metric: str
    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Readings as arrays, without copies where the table has one chunk, and their runs in the table's order."""

    runs: tuple[Run, ...]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    estimated: NDArray[np.bool_]

    def batches(self) -> Iterator[list[Run]]:
        """Yield the runs of whole points, together at most `BATCH_ROWS` readings unless one point has more."""
        batch: list[Run] = []
        for _, runs in groupby(self.runs, key=lambda run: run.point):
            of_point = list(runs)
            if batch and of_point[-1].stop - batch[0].first > BATCH_ROWS:
                yield batch
                batch = []
            batch += of_point
        if batch:
            yield batch

    def samples(self, runs: Sequence[Run], *, rows: Sequence[int], interval_s: Sequence[float]) -> Samples:
        """Lay some runs end to end; `rows` and `interval_s` speak of each run."""
        where = [slice(run.first, run.stop) for run in runs]
        return Samples(
            names=tuple(f"{run.point} {run.metric}" for run in runs),
            counts=np.array([run.stop - run.first for run in runs], dtype=np.int64),
            rows=np.array(rows, dtype=np.int64),
            interval_s=np.array(interval_s, dtype=np.float64),
            time=_laid(self.time, where),
            value=_laid(self.value, where),
            estimated=_laid(self.estimated, where),
            index=np.concatenate([np.arange(part.start, part.stop) for part in where]),
        )


def frame_of(readings: pa.Table) -> Frame:
    """Return the arrays of a table with the columns point, metric, time, value and quality of `READING_SCHEMA`.

    Raises:
        InputError: a series stands in two places of the table, or a rejected reading is in it.
    """
    points, point_names = coded(readings["point"])
    metrics, metric_names = coded(readings["metric"])
    quality, qualities = coded(readings["quality"])
    if Quality.REJECTED in qualities and (quality == qualities.index(Quality.REJECTED)).any():
        msg = "the readings hold rejected ones: leave those out before the ledger is computed"
        raise InputError(msg)
    known = qualities.index(Quality.ESTIMATED) if Quality.ESTIMATED in qualities else -1
    changes = np.flatnonzero((points[1:] != points[:-1]) | (metrics[1:] != metrics[:-1])) + 1
    firsts = [0, *changes.tolist()] if len(readings) else []
    runs = tuple(
        Run(point_names[points[first]], metric_names[metrics[first]], first, stop)
        for first, stop in pairwise([*firsts, len(readings)])
    )
    _refuse_scattered(runs)
    return Frame(runs, plain(readings["time"]), plain(readings["value"]), quality == known)


def coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[str]]:
    """Return a text column as codes and the texts that they stand for."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if not column.num_chunks:
        return np.empty(0, dtype=np.int32), []
    array = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
    return numpy_of(array.indices), array.dictionary.to_pylist()


def plain(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """Return a number column as one array, without a copy where it has one chunk; null becomes nan."""
    return numpy_of(column)


def _laid(column: NDArray[Any], where: Sequence[slice]) -> NDArray[Any]:
    """Return the stretches end to end: a view where they adjoin, else a copy."""
    if all(one.stop == other.start for one, other in pairwise(where)):
        return column[where[0].start : where[-1].stop]
    return np.concatenate([column[part] for part in where])


def _refuse_scattered(runs: Sequence[Run]) -> None:
    stretches = [point for point, _ in groupby(runs, key=lambda run: run.point)]
    if len(set(stretches)) < len(stretches) or len({(run.point, run.metric) for run in runs}) < len(runs):
        msg = "the readings of a point stand in several places of the table: sort them by point, metric and time"
        raise InputError(msg)
