"""Which computed rows belong in the books: all within the time that readings speak of, and beyond it only changes."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

from collectors.arrays import arrow_of, numpy_of

if TYPE_CHECKING:
    import pyarrow as pa

    from collectors.store.books import Books
    from ui.books.windows import Window, Windows


def worth_booking(rows: pa.Table, spans: Windows, books: Books) -> pa.Table:
    """Leave out empty rows around what was read, unless the books hold a row there that they replace.

    Windows are computed with a margin, since a new reading bears on its neighbours. Where that margin holds nothing,
    as before a point's first reading, there is nothing to book.
    """
    empty = np.flatnonzero(numpy_of(rows["missing"]) >= 1.0)
    if not empty.size:
        return rows
    some = rows.select(["point", "metric", "start"]).take(arrow_of(empty)).to_pylist()
    beyond = [
        (at, row)
        for at, row in zip(empty.tolist(), some, strict=True)
        if not _within(spans[row["point"]], row["start"])
    ]
    if not beyond:
        return rows
    starts = [row["start"] for _, row in beyond]
    points = sorted({row["point"] for _, row in beyond})
    held = books.rows(points=points, start=min(starts), end=max(starts) + 1, columns=("point", "metric", "start"))
    booked = {(row["point"], row["metric"], row["start"]) for row in held.to_pylist()}
    keep = np.ones(rows.num_rows, dtype=np.bool_)
    keep[[at for at, row in beyond if (row["point"], row["metric"], row["start"]) not in booked]] = False
    return rows.filter(arrow_of(keep))


def thawed(rows: pa.Table, horizon: int, books: Books) -> tuple[pa.Table, int]:
    """Leave out rows that start before `horizon` and stand in the books, and return how many.

    Raw readings from before the horizon have expired, or are about to, or a server lost them: what the books hold of
    that time is frozen (design 4.5). History that comes in for the first time is booked all the same.
    """
    old = np.flatnonzero(numpy_of(rows["start"]) < horizon)
    if not old.size:
        return rows, 0
    keys = rows.select(["point", "metric", "start"]).take(arrow_of(old)).to_pylist()
    starts = [row["start"] for row in keys]
    points = sorted({row["point"] for row in keys})
    held = books.rows(points=points, start=min(starts), end=max(starts) + 1, columns=("point", "metric", "start"))
    booked = {(row["point"], row["metric"], row["start"]) for row in held.to_pylist()}
    frozen = [at for at, row in zip(old.tolist(), keys, strict=True) if tuple(row.values()) in booked]
    keep = np.ones(rows.num_rows, dtype=np.bool_)
    keep[frozen] = False
    return rows.filter(arrow_of(keep)), len(frozen)


def _within(spans: list[Window], time: int) -> bool:
    at = bisect_right(spans, (time, 1 << 62)) - 1
    return at >= 0 and time < spans[at][1]
